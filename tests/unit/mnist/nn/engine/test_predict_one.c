/*
 * A single image gives the same result, to the last bit, as in a batch: with each built-in network,
 * and with networks of activations, norms of one image and residual connections, the probabilities
 * of predictor_one (the command predict) equal those of the image at any position of a batch of any
 * size, and those of predictor_run (evaluate) with any number of threads. The results are the same
 * on each instruction set.
 */
#include "mnist/base/rng.h"
#include "mnist/commands/architecture.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/workspace/session_state.h" /* before cmocka.h, which defines a macro fail */
#include "tests/unit/mnist/nn/network_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IMAGES = 50, CLASSES = 10 };

static const struct shape shape = {1, 28, 28};

typedef float probability_table[IMAGES][CLASSES];

/* The network of the text with batch-norm statistics other than 0 and 1. */
static struct network *normalised_network(const char *text)
{
    struct network *network = network_from_text(text, shape, 1);
    struct rng rng = rng_stream(2, RNG_SAMPLE, 0, 0);
    for (size_t i = network_parameter_count(network); i < network_value_count(network); i++)
        network_values(network)[i] += rng_uniform(&rng);
    return network;
}

static struct thread_pool *make_pool(int threads)
{
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(threads, &error);
    assert_non_null(pool);
    return pool;
}

static void predict_alone(probability_table to, const struct network *network,
                          const struct engine *engine, const struct memory_images *images)
{
    struct error error = {0};
    struct thread_pool *pool = make_pool(1);
    struct predictor *predictor = predictor_new(network, engine, pool, &error);
    assert_non_null(predictor);
    for (int i = 0; i < IMAGES; i++)
        predictor_one(predictor, images->x + (size_t)i * shape_size(shape), to[i]);
    predictor_free(&predictor);
    thread_pool_free(&pool);
}

static void predict_all(probability_table to, const struct network *network,
                        const struct engine *engine, struct memory_images *images, int threads)
{
    struct error error = {0};
    struct thread_pool *pool = make_pool(threads);
    struct data_source source = memory_source(images);
    struct predictor *predictor = predictor_new(network, engine, pool, &error);
    assert_non_null(predictor);
    assert_true(predictor_run(predictor, &source, &to[0][0], NULL, NULL, &error));
    predictor_free(&predictor);
    thread_pool_free(&pool);
}

/* Predicts batches of `size` images (the last may be smaller) in an order that depends on shift. */
static void predict_batches(probability_table to, struct network *network,
                            struct memory_images *images, int size, int shift)
{
    struct error error = {0};
    struct thread_pool *pool = make_pool(2);
    struct data_source source = memory_source(images);
    struct plan_config config = {.engine = engine_default(), .batch = size, .threads = 2};
    struct plan *plan = plan_new(network, &config, &error);
    uint32_t order[IMAGES];
    probability_table mixed;
    assert_non_null(plan);
    for (int i = 0; i < IMAGES; i++)
        order[i] = (uint32_t)((7 * i + shift) % IMAGES);
    for (int first = 0; first < IMAGES; first += size) {
        int left = IMAGES - first;
        struct plan_batch batch = {
            .source = &source, .indices = order + first, .images = left < size ? left : size};
        plan_predict(plan, pool, &batch, mixed[first], NULL);
    }
    for (int i = 0; i < IMAGES; i++)
        memcpy(to[order[i]], mixed[i], sizeof mixed[i]);
    plan_free(&plan);
    thread_pool_free(&pool);
}

static void assert_same_probabilities(const char *what, probability_table got,
                                      probability_table want)
{
    for (int i = 0; i < IMAGES; i++)
        for (int c = 0; c < CLASSES; c++)
            if (memcmp(&got[i][c], &want[i][c], sizeof got[i][c]) != 0)
                fail_msg("%s: image %d, class %d: %.9g, not %.9g", what, i, c, (double)got[i][c],
                         (double)want[i][c]);
}

static void compare(const char *name, const char *text)
{
    static const int sizes[] = {1, 2, 3, 15, 16, 17, 33, 50};
    struct network *network = normalised_network(text);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    const struct engine *engine;
    probability_table want, got;
    char what[64];
    predict_alone(want, network, engine_default(), &images);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int shift = 0; shift < 6; shift += 5) {
            snprintf(what, sizeof what, "%s, batches of %d, shift %d", name, sizes[i], shift);
            predict_batches(got, network, &images, sizes[i], shift);
            assert_same_probabilities(what, got, want);
        }
    for (int threads = 1; threads <= 3; threads++) {
        snprintf(what, sizeof what, "%s, all images, %d threads", name, threads);
        predict_all(got, network, engine_default(), &images, threads);
        assert_same_probabilities(what, got, want);
    }
    for (int i = 1; (engine = engine_at(i)) != NULL && engine->isa != NULL; i++) {
        snprintf(what, sizeof what, "%s, %s", name, engine->isa);
        predict_alone(got, network, engine, &images);
        assert_same_probabilities(what, got, want);
        predict_all(got, network, engine, &images, 2);
        assert_same_probabilities(what, got, want);
    }
    memory_images_release(&images);
    network_free(&network);
}

static void compare_builtin(const char *name)
{
    const char *text = blueprint_builtin(name);
    assert_non_null(text);
    compare(name, text);
}

static void lenet(void **state)
{
    (void)state;
    compare_builtin("lenet");
}

static void fast(void **state)
{
    (void)state;
    compare_builtin("fast");
}

static void keras(void **state)
{
    (void)state;
    compare_builtin("keras");
}

static void best(void **state)
{
    (void)state;
    compare_builtin("best");
}

static void activations(void **state)
{
    (void)state;
    compare("activations", "conv 20 5x5; gelu; maxpool 2; conv 18 3x3; batchnorm; silu; sigmoid; "
                           "conv 8 3x3; tanh; elu; dense 19; leakyrelu; dense 10");
}

static void norms_of_one_image(void **state)
{
    (void)state;
    compare("norms", "groupnorm 1; conv 20 5x5; layernorm; relu; maxpool 2; conv 24 3x3; "
                     "groupnorm 3; relu; globalpool avg; groupnorm 4; dense 21; layernorm; "
                     "dense 10");
}

static void residuals(void **state)
{
    (void)state;
    compare("residuals", "conv 20 5x5; relu; maxpool 2; conv 20 3x3 pad=same; batchnorm; "
                         "add maxpool1; relu; conv 20 3x3 pad=1; add relu2; add maxpool1; "
                         "globalpool avg; dense 20; add globalpool1; dense 10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet),       cmocka_unit_test(fast),
        cmocka_unit_test(keras),       cmocka_unit_test(best),
        cmocka_unit_test(activations), cmocka_unit_test(norms_of_one_image),
        cmocka_unit_test(residuals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
