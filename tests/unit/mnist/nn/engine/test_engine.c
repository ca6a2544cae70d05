/*
 * Every kind of layer, forward and backward, on every engine that this processor can run: the
 * reference engine, and the native engine on each instruction set.
 *
 * By reference: logits, loss, all gradients and running statistics of small networks equal
 * PyTorch's (double precision) up to rounding; tests/reference/make_reference.py generates the
 * values. By law: gradients equal finite differences of the loss, for odd shapes, 1 and 17
 * channels, batches of 1 and 127 (a PyTorch file would be large). By hand: ties, NaN and dropout.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "tests/unit/mnist/nn/decision_fixture.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { BATCH_MAX = 128, NETWORK_SEED = 3 };

static const struct engine *engine; /* the engine under test */

/* ---- one batch, forward and backward --------------------------------------------------------- */

struct bench {
    struct network *network;
    struct memory_images images;
    struct thread_pool *pool;
    struct plan *plan;
    float smoothing;
};

static uint32_t in_order[BATCH_MAX];

static struct bench bench_make(struct network *network, struct memory_images images)
{
    struct error error = {0};
    struct bench bench = {network, images, thread_pool_new(2, &error), NULL, 0};
    assert_non_null(bench.pool);
    struct plan_config config = {
        .engine = engine, .batch = images.count, .training = true, .threads = 2};
    bench.plan = plan_new(network, &config, &error);
    assert_non_null(bench.plan);
    for (uint32_t i = 0; i < BATCH_MAX; i++)
        in_order[i] = i;
    return bench;
}

static void bench_release(struct bench *bench)
{
    plan_free(&bench->plan);
    thread_pool_free(&bench->pool);
    memory_images_release(&bench->images);
    network_free(&bench->network);
}

/* Returns the mean loss of the batch and computes the network's gradients. */
static double bench_step(struct bench *bench)
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
        assert_true(predict_activations(
            network, engine, last, images->x + (size_t)i * shape_size(images->shape), got, &error));
        assert_close(name, got, want + i * 10, 10, 3e-6, 1e-5);
    }
    free(want);
}

/* Asserts that this engine takes the same decisions as PyTorch, although it rounds differently: the
   values differ by up to 2.5e-6 of a layer's root mean square (test_native.c). */
static void assert_decided(const char *name, const char *text, const struct network *network,
                           struct memory_images *images)
{
    struct decisions *decisions = decisions_new(engine, text, images->shape, images->count);
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

static void layers_equal_pytorch(void **state)
{
    (void)state;
    struct model_file *file = open_reference("layers.safetensors");
    char names[1024], *rest = NULL;
    int compared = 0;
    snprintf(names, sizeof names, "%s", model_file_metadata(file, "cases"));
    for (char *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        compare_case(file, name);
        compared++;
    }
    assert_int_equal(compared, 19);
    model_file_free(&file);
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

static void check_gradients(const char *text, struct shape shape, int count)
{
    struct network *network = network_from_text(text, shape, NETWORK_SEED);
    struct memory_images images = decided_images_make(text, shape, NETWORK_SEED, count, 2e-4);
    struct decisions *decisions = decisions_new(engine, text, shape, count);
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

/* Plain C would take minutes here. test_native.c shows that its bits equal those of the other
   instruction sets. */
static void skip_if_slow(void)
{
    if (engine == &engine_native_plain && engine != engine_default())
        skip();
}

static void gradients_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    static const char *const texts[] = {
        "conv 6 3x3; dense 10",
        "conv 3 1x1; conv 4 5x5 stride=2 pad=2; dense 10",
        "conv 17 3x3 pad=same; relu; conv 3 3x3; dense 10",
        "conv 4 3x3; relu; maxpool 2; conv 4 3x3 pad=1; maxpool 2; dense 10",
        "conv 4 3x3; maxpool 3 stride=2 pad=1; dense 10",
        "conv 4 3x3; relu; avgpool 2; dense 10",
        "conv 4 3x3; avgpool 3 stride=1 pad=1; dense 10",
        "conv 8 3x3; globalpool max; dense 10",
        "conv 8 3x3; relu; globalpool avg; dense 10",
        "conv 4 3x3; dropout 0.3; flatten; dense 12; relu; dropout 0.5; dense 10",
        "dense 17; relu; dense 10",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (int channels = 1; channels <= 17; channels += 16)
            for (int count = 1; count <= 127; count += 126)
                check_gradients(texts[i], (struct shape){channels, 9, 11}, count);
}

static void batchnorm_gradients_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    check_gradients("conv 4 3x3; batchnorm; relu; maxpool 2; dense 10", (struct shape){1, 9, 11},
                    33);
    check_gradients("conv 4 3x3; batchnorm; dense 10", (struct shape){17, 9, 7}, 33);
    check_gradients("conv 4 3x3; batchnorm; relu; dense 10", (struct shape){1, 11, 11}, 1);
    check_gradients("dense 12; batchnorm; dense 10", (struct shape){1, 3, 5}, 127);
}

/* ---- by hand --------------------------------------------------------------------------------- */

static void activations(const char *text, struct shape shape, const float *x, float *output)
{
    struct network *network = network_from_text(text, shape, 1);
    struct error error = {0};
    int last = network_layer_count(network) - 1;
    assert_true(predict_activations(network, engine, last, x, output, &error));
    network_free(&network);
}

static void maxima_pass_nan_on_and_relu_too(void **state)
{
    (void)state;
    float x[16] = {1, 2, -3, -4, 5, 0, -1, -2, NAN, 1, 0, 0, 2, 3, 0, 0}, y[16];
    activations("maxpool 2", (struct shape){1, 4, 4}, x, y);
    assert_true(y[0] == 5 && y[1] == -1 && isnan(y[2]) && y[3] == 0);
    activations("maxpool 3 stride=1", (struct shape){1, 4, 4}, x, y);
    assert_true(isnan(y[0]) && y[1] == 5 - 3 && isnan(y[2]) && y[3] == 3);
    activations("relu", (struct shape){1, 4, 4}, x, y);
    assert_true(y[0] == 1 && y[2] == 0 && isnan(y[8]));
    activations("globalpool max", (struct shape){1, 4, 4}, x, y);
    assert_true(isnan(y[0]));
}

/* The first input channel is 1 everywhere, so all outputs are equal. The second one has the weight
   0, and is 0 at the first pixel of each window and 1 elsewhere: the gradient of its weight is 0
   only if the first position of each window receives the whole gradient. */
static void ties_go_to_the_first(void **state)
{
    (void)state;
    static const char *const texts[] = {"conv 1 1x1; maxpool 2; dense 10",
                                        "conv 1 1x1; maxpool 4; dense 10",
                                        "conv 1 1x1; globalpool max; dense 10"};
    for (int i = 0; i < 3; i++) {
        struct shape shape = {2, 4, 4};
        struct network *network = network_from_text(texts[i], shape, 1);
        struct bench bench = bench_make(network, memory_images_make(shape, 1, 1));
        float *weight = network_values(network);
        weight[0] = 1;
        weight[1] = 0; /* the second channel only receives the gradient */
        for (int pixel = 0; pixel < 16; pixel++) {
            bool first = pixel == 0 || (i == 0 && pixel / 4 % 2 == 0 && pixel % 2 == 0);
            bench.images.x[pixel] = 1;
            bench.images.x[16 + pixel] = first ? 0.0f : 1.0f;
        }
        bench_step(&bench);
        assert_true(network_gradients(network)[0] != 0);
        assert_true(network_gradients(network)[1] == 0);
        bench_release(&bench);
    }
}

/* In prediction, dropout passes its input unchanged. In training, the share of kept values matches
   the rate, kept values are scaled, and the choice depends on epoch and position and on nothing
   else. */
static void dropout_keeps_the_stated_share(void **state)
{
    (void)state;
    struct shape shape = {1, 40, 50};
    float x[2000], y[2000];
    for (int i = 0; i < 2000; i++)
        x[i] = 1;
    activations("dropout 0.3", shape, x, y);
    assert_memory_equal(x, y, sizeof x);

    struct network *network = network_from_text("dropout 0.3; dense 10", shape, 1);
    struct bench bench = bench_make(network, memory_images_make(shape, 2, 1));
    for (int i = 0; i < 4000; i++)
        bench.images.x[i] = 1;
    bench_step(&bench);
    const float *gradient =
        network_gradients(network); /* of dense1.weight: sum over images of x' dy */
    const float *bias = gradient + 20000;
    int none = 0, kept = 0;
    for (int i = 0; i < 2000; i++) {
        none += gradient[i] == 0;
        kept += fabsf(gradient[i] - bias[0] / 0.7f) < 1e-4f * fabsf(bias[0]) + 1e-7f;
    }
    assert_in_range(none, 2000 * 0.09 - 55, 2000 * 0.09 + 55);
    assert_in_range(kept, 2000 * 0.49 - 95, 2000 * 0.49 + 95);
    bench_release(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_equal_pytorch),
        cmocka_unit_test(gradients_equal_slopes),
        cmocka_unit_test(batchnorm_gradients_equal_slopes),
        cmocka_unit_test(maxima_pass_nan_on_and_relu_too),
        cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(dropout_keeps_the_stated_share),
    };
    int failed = 0;
    for (int i = 0; (engine = engine_at(i)) != NULL; i++) {
        char name[64];
        snprintf(name, sizeof name, "engine %s %s", engine->name, engine->isa ? engine->isa : "");
        failed += _cmocka_run_group_tests(name, tests, sizeof tests / sizeof tests[0], NULL, NULL);
    }
    return failed;
}
