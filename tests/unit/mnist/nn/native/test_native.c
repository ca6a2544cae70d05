/*
 * The native engine gives the same bits on every instruction set and with any number of threads,
 * and agrees with the reference engine up to rounding.
 *
 * For a table of networks, image sizes (odd and even, 1 to 17 channels) and batches (1 to 127
 * images), a training step and a prediction run on every instruction set of this processor. Loss,
 * all gradients, running statistics and logits must be equal to the last bit, and close to those of
 * engine_openblas. The images keep a margin from ties in relus and maxima (decision_fixture.h), so
 * that both engines, which round differently, take the same decisions. Short trainings with all
 * random features enabled must give equal hashes for every instruction set and 1, 2, 3 and 5
 * threads.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/trainer.h"
#include "tests/unit/mnist/nn/decision_fixture.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { BATCH_MAX = 127, LOGITS = 10, NETWORK_SEED = 3 };

/* The values of the two engines differ by up to 2.5e-6 of a layer's root mean square. */
static const double margin = 1e-5;

/* ---- one step -------------------------------------------------------------------------------- */

struct outcome {
    double loss;
    float *values, *gradients, *logits;
    size_t value_count, parameter_count;
};

static struct outcome step(const struct engine *engine, const char *text,
                           struct memory_images *images)
{
    struct error error = {0};
    int count = images->count;
    struct network *network = network_from_text(text, images->shape, NETWORK_SEED);
    struct data_source source = memory_source(images);
    struct thread_pool *pool = thread_pool_new(2, &error);
    struct plan_config config = {.engine = engine, .batch = count, .training = true, .threads = 2};
    struct plan *plan = plan_new(network, &config, &error);
    assert_non_null(plan);
    uint32_t indices[BATCH_MAX];
    for (uint32_t i = 0; i < BATCH_MAX; i++)
        indices[i] = i;
    struct plan_batch batch = {.source = &source,
                               .indices = indices,
                               .images = count,
                               .epoch = DECISION_EPOCH,
                               .seed = DECISION_SEED,
                               .smoothing = 0.1f};
    struct outcome outcome = {.loss = plan_train(plan, pool, &batch).loss,
                              .value_count = network_value_count(network),
                              .parameter_count = network_parameter_count(network)};
    outcome.values = calloc(outcome.value_count, sizeof(float));
    outcome.gradients = calloc(outcome.parameter_count, sizeof(float));
    outcome.logits = calloc((size_t)count * LOGITS, sizeof(float));
    assert_true(outcome.values != NULL && outcome.gradients != NULL && outcome.logits != NULL);
    memcpy(outcome.values, network_values(network), outcome.value_count * sizeof(float));
    memcpy(outcome.gradients, network_gradients(network), outcome.parameter_count * sizeof(float));
    struct predictor *predictor = predictor_new(network, engine, pool, &error);
    assert_non_null(predictor);
    assert_true(predictor_run(predictor, &source, outcome.logits, NULL, NULL, &error));
    predictor_free(&predictor);
    plan_free(&plan);
    thread_pool_free(&pool);
    network_free(&network);
    return outcome;
}

static void outcome_release(struct outcome *outcome)
{
    free(outcome->values);
    free(outcome->gradients);
    free(outcome->logits);
}

static void assert_same_bits(const char *what, const float *got, const float *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(got + i, want + i, sizeof *got) != 0)
            fail_msg("%s: value %zu is %.9g, not %.9g", what, i, (double)got[i], (double)want[i]);
}

/* Writes "TEXT, N images CxHxW, WITH". */
static void describe(char what[256], const char *text, const struct memory_images *images,
                     const char *with)
{
    struct shape shape = images->shape;
    snprintf(what, 256, "%s, %d images %dx%dx%d, %s", text, images->count, shape.channels,
             shape.height, shape.width, with);
}

/* Asserts that the reference engine's values also keep the margin, so that both engines take the
   same decisions. */
static void assert_decided(const char *what, const char *text, struct memory_images *images)
{
    struct network *network = network_from_text(text, images->shape, NETWORK_SEED);
    struct decisions *decisions =
        decisions_new(&engine_openblas, text, images->shape, images->count);
    double got = decisions_margin(decisions, network_values(network), images, NULL);
    if (!(got >= margin / 2))
        fail_msg("%s: its margin from a tie is only %g", what, got);
    decisions_free(&decisions);
    network_free(&network);
}

static void compare_with_reference(const struct outcome *got, const char *text,
                                   struct memory_images *images)
{
    char what[256];
    describe(what, text, images, "openblas");
    assert_decided(what, text, images);
    struct outcome want = step(&engine_openblas, text, images);
    assert_close(what, got->gradients, want.gradients, want.parameter_count, 3e-5, 1e-3);
    assert_close(what, got->values, want.values, want.value_count, 1e-5, 1e-4);
    assert_close(what, got->logits, want.logits, (size_t)images->count * LOGITS, 1e-5, 1e-4);
    assert_true(fabs(got->loss - want.loss) < 1e-5 * fabs(want.loss));
    outcome_release(&want);
}

static void compare(const char *text, struct shape shape, int count)
{
    char what[256];
    /* The variance of a single value is 0, so a comparison with the reference would compare only
       rounding errors. */
    bool referable = count > 1 || strstr(text, "batchnorm") == NULL;
    struct memory_images images =
        referable ? decided_images_make(text, shape, NETWORK_SEED, count, margin)
                  : memory_images_make(shape, count, 9);
    struct outcome want = step(engine_default(), text, &images);
    if (referable)
        compare_with_reference(&want, text, &images);
    const struct engine *engine;
    for (int i = 1; (engine = engine_at(i)) != NULL && engine->isa != NULL; i++) {
        struct outcome got = step(engine, text, &images);
        describe(what, text, &images, engine->isa);
        assert_memory_equal(&got.loss, &want.loss, sizeof got.loss);
        assert_same_bits(what, got.gradients, want.gradients, want.parameter_count);
        assert_same_bits(what, got.values, want.values, want.value_count);
        assert_same_bits(what, got.logits, want.logits, (size_t)count * LOGITS);
        outcome_release(&got);
    }
    outcome_release(&want);
    memory_images_release(&images);
}

static void layers_have_the_same_bits(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "conv 6 3x3; dense 10",
        "conv 6 3x3; relu; maxpool 2; dense 10",
        "conv 33 5x5; relu; maxpool 2; dense 10",
        "conv 5 5x5 pad=2; relu; maxpool 2; conv 17 5x5 pad=2; maxpool 2; relu; dense 10",
        "conv 3 7x7; relu; maxpool 2; dense 10",
        "conv 3 1x1; conv 40 3x3; relu; conv 17 3x3 pad=same; dense 10",
        "conv 17 3x3 pad=same; relu; conv 3 3x3 pad=2; dense 10",
        "conv 20 3x3; relu; conv 24 3x3; relu; maxpool 2; dense 10",
        "conv 4 3x3 stride=2; relu; conv 4 3x3 stride=2 pad=1; dense 10",
        "conv 4 5x5 stride=2 pad=2; maxpool 2; conv 4 1x1; relu; dense 10",
        "conv 4 3x3; relu; maxpool 2; conv 9 7x7 pad=3; maxpool 2; dense 10",
        "conv 4 3x3; maxpool 3 stride=2 pad=1; conv 4 3x3 pad=5; dense 10",
        "conv 4 3x3; relu; avgpool 2; conv 18 3x3 pad=1; relu; globalpool avg; dense 10",
        ("conv 4 3x3; batchnorm; relu; maxpool 2; dropout 0.3; conv 8 3x3 pad=1; "
         "globalpool max; dense 10"),
        ("conv 4 3x3; maxpool 2; batchnorm; relu; flatten; dropout 0.5; dense 12; "
         "batchnorm; relu; dense 10"),
        ("conv 17 3x3 pad=2; batchnorm; relu; conv 20 3x3 pad=2; maxpool 2; batchnorm; "
         "conv 4 3x3 pad=1; dense 10"),
        ("conv 4 3x3; batchnorm; conv 5 5x5 pad=2; relu; batchnorm; relu; "
         "conv 3 3x3 stride=2; dense 10"),
        "maxpool 2; batchnorm; relu; conv 4 3x3 pad=1; dense 10",
        "dense 17; relu; dense 10",
        "flatten; dense 40; relu; dropout 0.2; dense 10",
        "batchnorm; relu; maxpool 2; dense 10",
    };
    static const struct shape shapes[] = {{1, 9, 11}, {3, 12, 10}, {17, 10, 9}};
    static const int counts[] = {1, 33, 127};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
            for (size_t c = 0; c < (s == 0 ? 3 : 2); c++)
                compare(texts[t], shapes[s], counts[c]);
}

static void activations_norms_and_residuals_have_the_same_bits(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "conv 17 3x3 pad=same; gelu; conv 5 3x3; silu; maxpool 2; dense 10",
        "sigmoid; conv 19 3x3; sigmoid; conv 4 3x3; relu; tanh; globalpool avg; sigmoid; dense 10",
        ("conv 6 3x3; batchnorm; leakyrelu 0.1; conv 20 3x3 pad=1; batchnorm; elu 0.7; "
         "dropout 0.2; dense 17; tanh; dense 10"),
        ("leakyrelu; conv 4 3x3; batchnorm; gelu; maxpool 2; elu; conv 3 1x1; batchnorm; silu; "
         "dense 10"),
        "conv 24 3x3; groupnorm 3; relu; conv 20 3x3; relu; layernorm; gelu; avgpool 2; dense 10",
        ("groupnorm 1; conv 34 3x3; relu; groupnorm 2; conv 5 1x1; maxpool 2; layernorm; dense 20; "
         "layernorm; relu; groupnorm 4; dense 10"),
        ("layernorm; conv 40 1x1; groupnorm 5; sigmoid; batchnorm; tanh; layernorm; "
         "globalpool avg; dense 10"),
        ("conv 17 3x3; relu; conv 17 3x3 pad=1; batchnorm; add relu1; relu; conv 17 1x1; "
         "add relu2; maxpool 2; add maxpool1; dense 10"),
        ("conv 6 3x3; relu; add conv1; maxpool 2; dropout 0.3; conv 6 3x3 pad=same; add maxpool1; "
         "add dropout1; batchnorm; dense 10"),
        ("tanh; conv 20 3x3 pad=1; layernorm; conv 20 3x3 pad=same; add conv1; silu; conv 20 1x1; "
         "add add1; add layernorm1; globalpool avg; dense 20; add globalpool1; dense 10"),
        "flatten; dense 19; relu; dropout 0.2; dense 19; add relu1; add dense1; sigmoid; dense 10",
    };
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        compare(texts[t], (struct shape){1, 9, 11}, 33);
        compare(texts[t], (struct shape){17, 10, 9}, 17);
    }
}

/* Winograd's tiles of 4: full tiles, tiles that extend past the edge, edge tiles of 2; rows with
   more tiles than a batch. */
static void large_planes_have_the_same_bits(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ("conv 32 3x3; batchnorm; relu; conv 33 3x3; maxpool 2; batchnorm; relu; "
         "conv 16 3x3; relu; dense 10"),
        "conv 18 3x3 pad=1; relu; conv 16 3x3 pad=1; relu; maxpool 2; conv 4 3x3; dense 10",
        "conv 8 3x3 pad=1; relu; conv 8 3x3; relu; conv 16 3x3 stride=2; relu; dense 10",
        "conv 8 3x3 pad=2; conv 8 3x3; conv 8 3x3; maxpool 2; relu; dense 10",
    };
    static const struct shape shapes[] = {{1, 28, 28}, {3, 21, 27}};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        for (int s = 0; s < 2; s++)
            compare(texts[t], shapes[s], s == 0 ? 17 : 5);
    compare("conv 20 3x3 pad=1; conv 8 3x3 pad=1; dense 10", (struct shape){1, 9, 173}, 3);
}

/* ---- trainings ------------------------------------------------------------------------------- */

static uint64_t train(const struct engine *engine, const char *text, int threads)
{
    struct error error = {0};
    struct shape shape = {1, 28, 28};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, 160, 2);
    struct data_source source = memory_source(&images);
    struct trainer_config config = trainer_config_default();
    config.epochs = 1;
    config.batch = 77; /* neither a divisor of 160 nor a multiple of SLOT_IMAGES */
    config.ema = true;
    config.smoothing = 0.05f;
    config.clip = 1;
    config.decay = 0.01f;
    config.optimizer = OPTIMIZER_ADAMW;
    struct thread_pool *pool = thread_pool_new(threads, &error);
    struct trainer *trainer = trainer_new(network, engine, &config, &source, &source, &error);
    assert_non_null(trainer);
    assert_true(trainer_run(trainer, pool, NULL, NULL, &error));
    uint64_t hash = network_hash(network);
    trainer_free(&trainer);
    thread_pool_free(&pool);
    memory_images_release(&images);
    network_free(&network);
    return hash;
}

static void trainings_have_the_same_hash(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "conv 8 3x3; relu; maxpool 2; conv 16 3x3; relu; maxpool 2; dropout 0.5; dense 10",
        ("conv 8 5x5; maxpool 2; batchnorm; relu; conv 8 3x3 pad=1; batchnorm; relu; "
         "maxpool 2; dense 24; relu; dropout 0.3; dense 10"),
        ("conv 20 5x5; gelu; maxpool 2; groupnorm 4; conv 20 3x3 pad=1; batchnorm; silu; "
         "conv 20 3x3 pad=same; add groupnorm1; layernorm; leakyrelu; maxpool 2; conv 24 3x3; "
         "elu; globalpool avg; dense 24; tanh; dropout 0.3; add globalpool1; sigmoid; dense 10"),
    };
#if defined(__SANITIZE_ADDRESS__)
    enum { FIRST = 2 }; /* the release build compares all */
#else
    enum { FIRST = 0 };
#endif
    static const int threads[] = {1, 2, 5, 3};
    for (int t = 0; t < 3; t++) {
        uint64_t want = train(engine_default(), texts[t], 1);
        const struct engine *engine;
        for (int i = 0; (engine = engine_at(i)) != NULL && engine->isa != NULL; i++)
            for (int n = FIRST; n < 4; n++)
                assert_int_equal(train(engine, texts[t], threads[n]), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_have_the_same_bits),
        cmocka_unit_test(activations_norms_and_residuals_have_the_same_bits),
        cmocka_unit_test(large_planes_have_the_same_bits),
        cmocka_unit_test(trainings_have_the_same_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
