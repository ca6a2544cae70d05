/*
 * Proves for plugin layers, on every engine that this machine can run, by law: a plugin that
 * computes relu trains to the bits of relu with any number of threads and any batch; a plugin with
 * weights has the gradients of finite differences; forward and backward get the same random
 * numbers; values are in the order [C, H, W]. By hand: tensors, initial weights, text, refusals,
 * the registry. Functions that run on the pool's threads count their failures; the count must be 0.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/predict.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/train/gradient_check.h"
#include "mnist/nn/train/trainer.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { IMAGES = 101, EPOCHS = 2 };

static const struct shape shape = {1, 9, 10};

/* ---- layers ---------------------------------------------------------------------------------- */

static void plan_same(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers, (void)plan;
}

static void relu_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = x[i] > 0 ? x[i] : 0;
}

static void relu_backward(const void *context, struct layer_pass *pass, const float *x,
                          const float *y, const float *dy, float *dx)
{
    (void)context, (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        dx[i] = x[i] > 0 ? dy[i] : 0;
}

static const struct layer_type plugin_relu = {
    .name = "ramp", .plan = plan_same, .forward = relu_forward, .backward = relu_backward};

/* scale gain=1: y = gain w[c] x, a weight for each channel. */
static void plan_scale(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = plan->in.channels;
    plan->first = 1;
    plan->spread = 0.25f;
}

static void scale_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    size_t plane = (size_t)pass->in.height * (size_t)pass->in.width;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = (float)pass->numbers[0] * pass->weights[i / plane] * x[i];
}

static void scale_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    (void)context, (void)y;
    size_t plane = (size_t)pass->in.height * (size_t)pass->in.width;
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        dx[i] = (float)pass->numbers[0] * pass->weights[i / plane] * dy[i];
        pass->gradients[i / plane] += (float)pass->numbers[0] * x[i] * dy[i];
    }
}

static const struct layer_type scale = {.name = "scale",
                                        .parameter_count = 1,
                                        .parameters = {{"gain", LAYER_NUMBER, .fallback = 1}},
                                        .plan = plan_scale,
                                        .forward = scale_forward,
                                        .backward = scale_backward};

/* Doubles a value or drops it; counts its calls, and the random numbers of backward that differ. */
struct counts {
    atomic_int training, evaluation, backward, wrong;
    atomic_int drops;
};

static void drop_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    struct counts *counts = *(struct counts *const *)context;
    atomic_fetch_add(pass->training ? &counts->training : &counts->evaluation, 1);
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        bool keep = !pass->training || rng_uniform(&pass->rng) >= 0.5f;
        y[i] = keep ? (pass->training ? 2 * x[i] : x[i]) : 0;
        if (!keep)
            atomic_fetch_add(&counts->drops, 1);
    }
}

static void drop_backward(const void *context, struct layer_pass *pass, const float *x,
                          const float *y, const float *dy, float *dx)
{
    struct counts *counts = *(struct counts *const *)context;
    bool wrong = !pass->training;
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        bool keep = rng_uniform(&pass->rng) >= 0.5f;
        wrong = wrong || y[i] != (keep ? 2 * x[i] : 0) || dx[i] != 0;
        dx[i] = keep ? 2 * dy[i] : 0;
    }
    atomic_fetch_add(&counts->backward, 1);
    atomic_fetch_add(&counts->wrong, wrong);
}

static struct counts counts;
static struct counts *const counts_at = &counts;
static const struct layer_type drop = {.name = "drop",
                                       .context = &counts_at,
                                       .plan = plan_same,
                                       .forward = drop_forward,
                                       .backward = drop_backward};

/* [C, H, W] becomes [W, H, C]. */
static void plan_turn(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->out = (struct shape){plan->in.width, plan->in.height, plan->in.channels};
}

static void turn(struct shape in, const float *x, float *y)
{
    for (int c = 0; c < in.channels; c++)
        for (int h = 0; h < in.height; h++)
            for (int w = 0; w < in.width; w++)
                y[(w * in.height + h) * in.channels + c] = x[(c * in.height + h) * in.width + w];
}

static void turn_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    turn(pass->in, x, y);
}

static void turn_backward(const void *context, struct layer_pass *pass, const float *x,
                          const float *y, const float *dy, float *dx)
{
    (void)context, (void)x, (void)y;
    turn(pass->out, dy, dx);
}

static const struct layer_type turned = {
    .name = "turn", .plan = plan_turn, .forward = turn_forward, .backward = turn_backward};

/* ---- trainings ------------------------------------------------------------------------------- */

/* text's network with `layer` in the place of each relu; NULL = with relu. */
static struct network *network_with(const char *text, const struct layer_type *layer)
{
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct error error = {0};
    int count = specs_from_text(specs, text);
    for (int i = 0; layer != NULL && i < count; i++)
        if (specs[i].type == &layer_relu)
            specs[i] = (struct layer_spec){.type = layer, .line = i + 1, .numbers = {1}};
    struct network *network = network_new(specs, count, shape, 1, &error);
    if (network == NULL)
        fail_msg("%s: line %d: %s", text, error.line, error.text);
    return network;
}

struct way {
    const struct engine *engine;
    int threads, batch;
    bool validated;
};

static uint64_t trained_hash(const char *text, const struct layer_type *layer, struct way way)
{
    struct error error = {0};
    struct network *network = network_with(text, layer);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    struct data_source source = memory_source(&images);
    struct trainer_config config = trainer_config_default();
    config.epochs = EPOCHS;
    config.batch = way.batch;
    struct trainer *trainer =
        trainer_new(network, way.engine, &config, &source, way.validated ? &source : NULL, &error);
    struct thread_pool *pool = thread_pool_new(way.threads, &error);
    assert_non_null(trainer);
    assert_non_null(pool);
    if (!trainer_run(trainer, pool, NULL, NULL, &error))
        fail_msg("%s", error.text);
    uint64_t hash = network_hash(network);
    thread_pool_free(&pool);
    trainer_free(&trainer);
    network_free(&network);
    memory_images_release(&images);
    return hash;
}

/* A pool after relu is tested with openblas only: native fuses the three layers, and sums in
   another order. */
static void plugin_relu_trains_to_the_bits_of_relu(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "conv 4 3x3; relu; conv 18 3x3; relu; dense 10",
        "relu; flatten; dense 20; relu; dropout 0.2; dense 10",
        "conv 5 3x3; maxpool 2; relu; dense 10; relu",
        "conv 4 3x3; relu; maxpool 2; conv 18 3x3; relu; dense 10",
    };
    for (int i = 0; engine_at(i) != NULL; i++)
        for (int t = 0; t < (engine_at(i) == &engine_openblas ? 4 : 3); t++)
            for (int batch = 7; batch <= 48; batch += 41) {
                struct way one = {engine_at(i), 1, batch, false}, three = one;
                three.threads = 3;
                uint64_t expected = trained_hash(texts[t], NULL, one);
                assert_int_equal(trained_hash(texts[t], &plugin_relu, one), expected);
                assert_int_equal(trained_hash(texts[t], &plugin_relu, three), expected);
            }
}

static void weights_have_right_gradients_and_train(void **state)
{
    (void)state;
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(1, &error);
    const struct layer_spec spec = {.type = &scale, .numbers = {1.5}};
    for (int i = 0; engine_at(i) != NULL; i++) {
        const struct gradient_check_config config = {.engine = engine_at(i),
                                                     .pool = pool,
                                                     .spec = &spec,
                                                     .in = {18, 3, 4},
                                                     .count = 1000,
                                                     .seed = 1};
        struct gradient_check check;
        assert_true(gradient_check_layer(&config, &check, &error));
        assert_int_equal(check.row_count, 2);
        assert_true(check.rows[0].error < GRADIENT_CHECK_ERROR_MAX);
        assert_true(check.rows[1].error < GRADIENT_CHECK_ERROR_MAX);
        assert_int_equal(check.rows[1].compared, 18);

        static const char text[] = "conv 18 3x3; relu; dense 10";
        uint64_t plain = trained_hash(text, NULL, (struct way){engine_at(i), 1, 48, false});
        uint64_t one = trained_hash(text, &scale, (struct way){engine_at(i), 1, 48, false});
        assert_true(one != plain);
        assert_int_equal(trained_hash(text, &scale, (struct way){engine_at(i), 3, 48, false}), one);
    }
    thread_pool_free(&pool);
}

static void random_numbers_are_the_same_in_backward_and_on_any_thread(void **state)
{
    (void)state;
    static const char text[] = "conv 3 3x3; relu; flatten; relu; dense 10";
    for (int i = 0; engine_at(i) != NULL; i++) {
        memset(&counts, 0, sizeof counts);
        uint64_t one = trained_hash(text, &drop, (struct way){engine_at(i), 1, 48, false});
        assert_int_equal(counts.training, 2 * IMAGES * EPOCHS);
        assert_int_equal(counts.backward, 2 * IMAGES * EPOCHS);
        assert_int_equal(counts.evaluation, 0);
        assert_int_equal(counts.wrong, 0);
        double share = counts.drops / (2.0 * IMAGES * EPOCHS * 3 * 7 * 8);
        assert_true(share > 0.49 && share < 0.51);
        assert_int_equal(trained_hash(text, &drop, (struct way){engine_at(i), 3, 48, false}), one);
        assert_int_equal(counts.wrong, 0);
    }
}

/* Two layers of the same plugin, two images and two epochs have different random numbers. */
static struct rng seen[64];
static int seen_count;

static void note_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    seen[seen_count++ % 64] = pass->rng;
    memcpy(y, x, shape_size(pass->in) * sizeof *y);
}

static void note_backward(const void *context, struct layer_pass *pass, const float *x,
                          const float *y, const float *dy, float *dx)
{
    (void)context, (void)x, (void)y;
    memcpy(dx, dy, shape_size(pass->in) * sizeof *dx);
}

static void each_layer_image_and_epoch_has_its_own_random_numbers(void **state)
{
    (void)state;
    const struct layer_type note = {
        .name = "note", .plan = plan_same, .forward = note_forward, .backward = note_backward};
    struct error error = {0};
    struct network *network = network_with("dense 10; relu; relu", &note);
    struct memory_images images = memory_images_make(shape, 16, 1);
    struct data_source source = memory_source(&images);
    struct trainer_config config = trainer_config_default();
    config.epochs = 2;
    config.batch = 6;
    struct trainer *trainer =
        trainer_new(network, engine_default(), &config, &source, NULL, &error);
    struct thread_pool *pool = thread_pool_new(1, &error);
    seen_count = 0;
    assert_true(trainer_run(trainer, pool, NULL, NULL, &error));
    assert_int_equal(seen_count, 64);
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(seen[i].counter, seen[j].counter, sizeof seen[i].counter);
    thread_pool_free(&pool);
    trainer_free(&trainer);
    network_free(&network);
    memory_images_release(&images);
}

static void evaluation_runs_without_training(void **state)
{
    (void)state;
    static const char text[] = "conv 3 3x3; relu; dense 10";
    memset(&counts, 0, sizeof counts);
    trained_hash(text, &drop, (struct way){engine_default(), 2, 48, true});
    assert_int_equal(counts.training, IMAGES * EPOCHS);
    assert_int_equal(counts.evaluation, IMAGES * EPOCHS);

    struct error error = {0};
    struct network *network = network_with(text, &drop);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    struct data_source source = memory_source(&images);
    struct thread_pool *pool = thread_pool_new(2, &error);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    float *probabilities = malloc(IMAGES * 10 * sizeof *probabilities);
    assert_non_null(probabilities);
    memset(&counts, 0, sizeof counts);
    assert_true(predictor_run(predictor, &source, probabilities, NULL, NULL, &error));
    predictor_one(predictor, images.x, probabilities);
    assert_int_equal(counts.evaluation, IMAGES + 1);
    assert_int_equal(counts.training, 0);
    assert_int_equal(counts.drops, 0);
    free(probabilities);
    predictor_free(&predictor);
    thread_pool_free(&pool);
    network_free(&network);
    memory_images_release(&images);
}

/* On each engine, also where a value's channels do not fill the engine's blocks. */
static void values_are_in_the_order_channels_rows_columns(void **state)
{
    (void)state;
    const struct shape in = {3, 4, 18};
    const struct layer_spec spec = {.type = &turned}, specs[2] = {spec, spec};
    float x[216], expected[216], y[216];
    for (int i = 0; i < 216; i++)
        x[i] = (float)i;
    turn(in, x, expected);
    for (int i = 0; engine_at(i) != NULL; i++) {
        struct error error = {0};
        struct network *network = network_new(specs, 2, in, 1, &error);
        assert_non_null(network);
        assert_int_equal(network_layer(network, 0)->out.channels, 18);
        assert_true(predict_activations(network, engine_at(i), 0, x, y, &error));
        assert_memory_equal(y, expected, sizeof y);
        assert_true(predict_activations(network, engine_at(i), 1, x, y, &error));
        assert_memory_equal(y, x, sizeof y);
        network_free(&network);
    }
}

/* ---- tensors and texts ----------------------------------------------------------------------- */

static void initial_weights_are_as_planned(void **state)
{
    (void)state;
    struct network *network = network_with("conv 200 3x3; relu; relu; dense 10", &scale);
    const struct tensor *tensor = network_find_tensor(network, "scale2.weight");
    assert_non_null(tensor);
    assert_non_null(network_find_tensor(network, "scale1.weight"));
    assert_int_equal(tensor->role, TENSOR_WEIGHT);
    assert_int_equal(tensor->rank, 1);
    assert_int_equal(tensor->count, 200);
    assert_string_equal(network_layer(network, 1)->name, "scale1");
    assert_int_equal(network_layer(network, 1)->parameters, 200);
    float low = 1, high = 1;
    for (size_t i = 0; i < tensor->count; i++) {
        float value = network_values(network)[tensor->offset + i];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    assert_true(low >= 0.75f && low < 0.77f && high <= 1.25f && high > 1.23f);
    network_free(&network);
}

static struct network *one_layer(const struct layer_type *layer, double number, struct error *error)
{
    const struct layer_spec spec = {.type = layer, .line = 7, .numbers = {number}};
    return network_new(&spec, 1, shape, 1, error);
}

static void text_contains_numbers_that_are_not_default(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {{1, "scale"},
                 {2.5, "scale gain=2.5"},
                 {0.1, "scale gain=0.1"},
                 {-3, "scale gain=-3"},
                 {1e-30, "scale gain=1e-30"},
                 {1.0 / 3, "scale gain=0.3333333333333333"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct layer_spec spec = {.type = &scale, .numbers = {cases[i].number}};
        char text[LAYER_TEXT_SIZE];
        assert_string_equal(layer_spec_print(&spec, text), cases[i].text);
        const char *number = strchr(text, '=');
        assert_true(number == NULL || strtod(number + 1, NULL) == cases[i].number);
    }
    struct network *network = network_with("conv 2 3x3; relu; dense 10", &scale);
    char *text = network_text(network);
    assert_string_equal(text, "conv 2 3x3\nscale\ndense 10\n");
    free(text);
    network_free(&network);
}

/* As many numbers as there may be, each as long as it may be. */
static void the_longest_text_fits(void **state)
{
    (void)state;
    struct layer_type longest = {.parameter_count = LAYER_PARAMETERS_MAX};
    struct layer_spec spec = {.type = &longest};
    char text[LAYER_TEXT_SIZE], expected[1024];
    memset(longest.name, 'n', PLUGIN_NAME_SIZE - 1);
    size_t used = (size_t)snprintf(expected, sizeof expected, "%s", longest.name);
    for (int i = 0; i < LAYER_PARAMETERS_MAX; i++) {
        memset(longest.parameters[i].name, 'a' + i, PLUGIN_NAME_SIZE - 1);
        spec.numbers[i] = -1.2345678901234568e-300;
        used += (size_t)snprintf(expected + used, sizeof expected - used,
                                 " %s=-1.2345678901234568e-300", longest.parameters[i].name);
    }
    assert_string_equal(layer_spec_print(&spec, text), expected);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static struct plugin_plan wish;

static void plan_wish(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    assert_memory_equal(&plan->out, &plan->in, sizeof plan->in);
    assert_int_equal(plan->weights, 0);
    *plan = wish;
}

static void refused_plans_say_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        struct plugin_plan plan;
        const char *words; /* NULL = accepted */
    } cases[] = {
        {{.out = {1, 1, 1}, .wrong = "needs a square"}, "needs a square"},
        {{.out = {0, 2, 3}}, "0 x 2 x 3"},
        {{.out = {2, 0, 3}}, "2 x 0 x 3"},
        {{.out = {2, 3, -1}}, "2 x 3 x -1"},
        {{.out = {1, 1, 1}, .weights = -1}, "-1 weights"},
        {{.out = {1, 1, 1}, .weights = PLUGIN_WEIGHTS_MAX + 1}, "16777217 weights"},
        {{.out = {1 << 30, 1 << 30, 1 << 30}}, "at most 64 MiB"},
        {{.out = {1, 4096, 4097}}, "at most 64 MiB"},
        {{.out = {1, 1, 1}, .weights = PLUGIN_WEIGHTS_MAX}, NULL},
        {{.out = {1, 4096, 4096}}, NULL},
    };
    struct layer_type layer = scale;
    layer.plan = plan_wish;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        wish = cases[i].plan;
        struct network *network = one_layer(&layer, 1, &error);
        assert_int_equal(network != NULL, cases[i].words == NULL);
        network_free(&network);
        if (cases[i].words == NULL)
            continue;
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(error.line, 7);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].words);
    }
}

/* ---- the list -------------------------------------------------------------------------------- */

static void the_registry_finds_the_newest(void **state)
{
    (void)state;
    struct error error = {0};
    struct plugin_metric metric = {.name = "mine"};
    assert_null(plugin_find(PLUGIN_METRIC, "mine"));
    const struct plugin_metric *first = plugin_add(PLUGIN_METRIC, &metric, &error);
    metric.context = &metric;
    const struct plugin_metric *second = plugin_add(PLUGIN_METRIC, &metric, &error);
    assert_ptr_equal(plugin_find(PLUGIN_METRIC, "mine"), second);
    assert_null(plugin_find(PLUGIN_METRIC, "min"));
    assert_null(plugin_find(PLUGIN_LOSS, "mine"));
    plugin_forget();
    assert_null(plugin_find(PLUGIN_METRIC, "mine"));
    assert_string_equal(first->name, "mine"); /* the pointer stays valid */
    assert_null(first->context);
    assert_ptr_equal(second->context, &metric);
    const struct plugin_metric *third = plugin_add(PLUGIN_METRIC, &metric, &error);
    assert_ptr_equal(plugin_find(PLUGIN_METRIC, "mine"), third);
    int added = 3;
    while (plugin_add(PLUGIN_METRIC, &metric, &error) != NULL)
        added++;
    assert_int_equal(added, PLUGIN_COUNT_MAX);
    assert_int_equal(error.kind, ERROR_STATE);
    assert_non_null(strstr(error.text, "metric"));
    plugin_forget();
    assert_null(plugin_find(PLUGIN_METRIC, "mine"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plugin_relu_trains_to_the_bits_of_relu),
        cmocka_unit_test(weights_have_right_gradients_and_train),
        cmocka_unit_test(random_numbers_are_the_same_in_backward_and_on_any_thread),
        cmocka_unit_test(each_layer_image_and_epoch_has_its_own_random_numbers),
        cmocka_unit_test(evaluation_runs_without_training),
        cmocka_unit_test(values_are_in_the_order_channels_rows_columns),
        cmocka_unit_test(initial_weights_are_as_planned),
        cmocka_unit_test(text_contains_numbers_that_are_not_default),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(refused_plans_say_line_and_reason),
        cmocka_unit_test(the_registry_finds_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
