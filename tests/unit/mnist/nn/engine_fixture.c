/*
 * engine_fixture - see engine_fixture.h.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "mnist/nn/engine/predict.h"
#include "tests/unit/mnist/nn/decision_fixture.h"

enum { BATCH_MAX = 128, NETWORK_SEED = 3 };

const struct engine *tested_engine;

/* ---- one batch, forward and backward --------------------------------------------------------- */

static uint32_t in_order[BATCH_MAX];

struct bench bench_make(struct network *network, struct memory_images images)
{
    struct error error = {0};
    struct bench bench = {network, images, thread_pool_new(2, &error), NULL, 0};
    assert_non_null(bench.pool);
    struct plan_config config = {
        .engine = tested_engine, .batch = images.count, .training = true, .threads = 2};
    bench.plan = plan_new(network, &config, &error);
    assert_non_null(bench.plan);
    for (uint32_t i = 0; i < BATCH_MAX; i++)
        in_order[i] = i;
    return bench;
}

void bench_release(struct bench *bench)
{
    plan_free(&bench->plan);
    thread_pool_free(&bench->pool);
    memory_images_release(&bench->images);
    network_free(&bench->network);
}

double bench_step(struct bench *bench)
{
    struct data_source source = memory_source(&bench->images);
    struct plan_batch batch = {.source = &source,
                               .indices = in_order,
                               .images = bench->images.count,
                               .epoch = DECISION_EPOCH,
                               .seed = DECISION_SEED,
                               .smoothing = bench->smoothing};
    return plan_train(bench->plan, bench->pool, &batch).loss / bench->images.count;
}

/* ---- PyTorch's values ------------------------------------------------------------------------ */

static struct shape parse_shape(const char *text)
{
    struct shape shape;
    assert_int_equal(sscanf(text, "%dx%dx%d", &shape.channels, &shape.height, &shape.width), 3);
    return shape;
}

static const char *case_text(const struct model_file *file, const char *name, const char *key)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", name, key);
    const char *text = model_file_metadata(file, full);
    assert_non_null(text);
    return text;
}

/* With the prefix "value.", loads the case's values into the network; with another prefix, compares
   the case's tensors. */
static void load_values(const struct model_file *file, const char *name, struct network *network)
{
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        char full[128];
        snprintf(full, sizeof full, "value.%s", tensor->name);
        float *values = reference_values(file, name, full, tensor->count);
        memcpy(network_values(network) + tensor->offset, values, tensor->count * sizeof *values);
        free(values);
    }
}

static struct memory_images load_images(const struct model_file *file, const char *name,
                                        struct shape shape, int count)
{
    struct memory_images images = {shape, count, NULL, calloc((size_t)count, 1)};
    images.x = reference_values(file, name, "x", (size_t)count * shape_size(shape));
    float *labels = reference_values(file, name, "labels", (size_t)count);
    for (int i = 0; i < count; i++)
        images.labels[i] = (uint8_t)labels[i];
    free(labels);
    return images;
}

static void compare_tensors(const struct model_file *file, const char *name,
                            struct network *network, bool gradients)
{
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        bool trained = tensor->offset < network_parameter_count(network);
        char full[128], what[192];
        if (trained != gradients)
            continue;
        snprintf(full, sizeof full, "%s.%s", gradients ? "gradient" : "after", tensor->name);
        snprintf(what, sizeof what, "%s: %s", name, full);
        float *want = reference_values(file, name, full, tensor->count);
        const float *got = gradients ? network_gradients(network) : network_values(network);
        assert_close(what, got + tensor->offset, want, tensor->count, 3e-6, 2e-5);
        free(want);
    }
}

static void compare_logits(const struct model_file *file, const char *name,
                           const struct network *network, const struct memory_images *images)
{
    int last = network_layer_count(network) - 1;
    float *want = reference_values(file, name, "logits", (size_t)images->count * 10);
    for (int i = 0; i < images->count; i++) {
        float got[10];
        struct error error = {0};
        assert_true(predict_activations(network, tested_engine, last,
                                        images->x + (size_t)i * shape_size(images->shape), got,
                                        &error));
        assert_close(name, got, want + i * 10, 10, 3e-6, 1e-5);
    }
    free(want);
}

/* Asserts that this engine takes the same decisions as PyTorch, although it rounds differently: the
   values differ by up to 2.5e-6 of a layer's root mean square (test_native.c). */
static void assert_decided(const char *name, const char *text, const struct network *network,
                           struct memory_images *images)
{
    struct decisions *decisions = decisions_new(tested_engine, text, images->shape, images->count);
    double got = decisions_margin(decisions, network_values_const(network), images, NULL);
    if (!(got >= 1e-5))
        fail_msg("%s: the margin of its images from a tie is only %g", name, got);
    decisions_free(&decisions);
}

static void compare_case(const struct model_file *file, const char *name)
{
    struct shape shape = parse_shape(case_text(file, name, "input"));
    const char *text = case_text(file, name, "network");
    struct network *network = network_from_text(text, shape, 1);
    int count = (int)strtol(case_text(file, name, "images"), NULL, 10);
    load_values(file, name, network);
    struct bench bench = bench_make(network, load_images(file, name, shape, count));
    assert_decided(name, text, network, &bench.images);
    bench.smoothing = strtof(case_text(file, name, "smoothing"), NULL);
    compare_logits(file, name, network, &bench.images);
    float *loss = reference_values(file, name, "loss", 1);
    float got = (float)bench_step(&bench);
    assert_close(name, &got, loss, 1, 1e-6, 1e-5);
    compare_tensors(file, name, network, true);
    compare_tensors(file, name, network, false);
    free(loss);
    bench_release(&bench);
}

int compare_with_pytorch(const char *file_name)
{
    struct model_file *file = open_reference(file_name);
    char names[1024], *rest = NULL;
    int compared = 0;
    const char *cases = model_file_metadata(file, "cases");
    assert_true(strlen(cases) < sizeof names);
    snprintf(names, sizeof names, "%s", cases);
    for (char *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        compare_case(file, name);
        compared++;
    }
    model_file_free(&file);
    return compared;
}

/* ---- finite differences ---------------------------------------------------------------------- */

/* (L(w + step) - L(w - step)) / (2 step). Running statistics change as well, but training does not
   read them. */
static double slope(struct bench *bench, float *value, float step)
{
    float old = *value;
    *value = old + step;
    float high = *value;
    double above = bench_step(bench);
    *value = old - step;
    double span = (double)high - (double)*value, below = bench_step(bench);
    *value = old;
    return (above - below) / span;
}

/* The hash of the decisions (decision_fixture.h) with one value of the network changed by step. */
static uint64_t decided(struct decisions *decisions, struct bench *bench, float *value, float step)
{
    float old = *value;
    uint64_t hash;
    *value = old + step;
    decisions_margin(decisions, network_values(bench->network), &bench->images, &hash);
    *value = old;
    return hash;
}

/* The slope over the widest step that changes no decision, so that the loss is smooth on this
   interval: a relu's corner or a different maximum would falsify the slope. here: hash of the
   decisions without a step. NAN if every step changes a decision. */
static double smooth_slope(struct bench *bench, struct decisions *decisions, uint64_t here,
                           float *value)
{
    static const float widths[] = {1e-3f, 2e-4f, 5e-5f};
    for (int i = 0; i < 3; i++)
        if (decided(decisions, bench, value, widths[i]) == here &&
            decided(decisions, bench, value, -widths[i]) == here)
            return slope(bench, value, widths[i]);
    return NAN;
}

enum { PROBES = 7 }; /* values tested per tensor */

static void check_tensor(struct bench *bench, struct decisions *decisions, const char *text,
                         const struct tensor *tensor, const float *gradients)
{
    uint64_t here = decided(decisions, bench, network_values(bench->network), 0);
    for (size_t probe = 0; probe < PROBES; probe++) {
        size_t index = probe * (tensor->count - 1) / (PROBES - 1);
        float *value = network_values(bench->network) + tensor->offset + index;
        double got = (double)gradients[tensor->offset + index];
        double want = smooth_slope(bench, decisions, here, value);
        if (!(fabs(got - want) <= 1e-3 + 0.02 * fabs(want)))
            fail_msg("%s, %d images: %s[%zu]: gradient %g, slope %g", text, bench->images.count,
                     tensor->name, index, got, want);
    }
}

void check_gradients(const char *text, struct shape shape, int count)
{
    struct network *network = network_from_text(text, shape, NETWORK_SEED);
    struct memory_images images = decided_images_make(text, shape, NETWORK_SEED, count, 2e-4);
    struct decisions *decisions = decisions_new(tested_engine, text, shape, count);
    struct bench bench = bench_make(network, images);
    bench_step(&bench);
    size_t parameters = network_parameter_count(network);
    float *gradients = calloc(parameters, sizeof *gradients);
    assert_non_null(gradients);
    memcpy(gradients, network_gradients(network), parameters * sizeof *gradients);
    for (int i = 0; i < network_tensor_count(network); i++)
        if (network_tensor(network, i)->offset < parameters)
            check_tensor(&bench, decisions, text, network_tensor(network, i), gradients);
    free(gradients);
    decisions_free(&decisions);
    bench_release(&bench);
}

void skip_if_slow(void)
{
    if (tested_engine == &engine_native_plain && tested_engine != engine_default())
        skip();
}

/* ---- outputs and engines --------------------------------------------------------------------- */

void predict_outputs(const char *text, struct shape shape, const float *x, float *output)
{
    struct network *network = network_from_text(text, shape, 1);
    struct error error = {0};
    int last = network_layer_count(network) - 1;
    assert_true(predict_activations(network, tested_engine, last, x, output, &error));
    network_free(&network);
}

int run_on_every_engine(const struct CMUnitTest *tests, size_t count)
{
    int failed = 0;
    for (int i = 0; (tested_engine = engine_at(i)) != NULL; i++) {
        char name[64];
        snprintf(name, sizeof name, "engine %s %s", tested_engine->name,
                 tested_engine->isa ? tested_engine->isa : "");
        failed += _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    }
    return failed;
}
