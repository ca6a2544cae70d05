/*
 * Prediction: results do not depend on the number of threads or on the other images of a batch; one
 * image, many images and a layer's activations agree; the weights are those of the last refresh;
 * interrupts; the scores match the probabilities.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/metrics.h"
#include "tests/unit/mnist/nn/network_fixture.h"

enum { IMAGES = 301 };

static const struct shape shape = {2, 9, 10};
static const char text[] = "conv 5 3x3; batchnorm; relu; maxpool 2; conv 6 3x3 pad=same; relu; "
                           "globalpool avg; dropout 0.4; dense 10";

static struct thread_pool *make_pool(int threads)
{
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(threads, &error);
    assert_non_null(pool);
    return pool;
}

static float *probabilities_of(const struct network *network, struct memory_images *images,
                               int threads, uint8_t *labels)
{
    struct error error = {0};
    struct thread_pool *pool = make_pool(threads);
    struct data_source source = memory_source(images);
    float *probabilities = calloc((size_t)images->count * 10, sizeof *probabilities);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    assert_non_null(predictor);
    assert_true(predictor_run(predictor, &source, probabilities, labels, NULL, &error));
    predictor_free(&predictor);
    thread_pool_free(&pool);
    return probabilities;
}

static void predictions_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    uint8_t labels[IMAGES];
    float *one = probabilities_of(network, &images, 1, labels);
    assert_memory_equal(labels, images.labels, IMAGES);
    for (int threads = 2; threads <= 5; threads++) {
        float *more = probabilities_of(network, &images, threads, NULL);
        assert_memory_equal(one, more, IMAGES * 10 * sizeof *one);
        free(more);
    }
    for (int i = 0; i < IMAGES; i++) {
        double sum = 0;
        for (int c = 0; c < 10; c++)
            sum += (double)one[i * 10 + c];
        assert_true(fabs(sum - 1) < 1e-6);
    }
    free(one);
    memory_images_release(&images);
    network_free(&network);
}

static void one_image_gives_the_same_bits_as_in_a_batch(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    float *many = probabilities_of(network, &images, 2, NULL), single[10], logits[10];
    struct thread_pool *pool = make_pool(1);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    for (int i = 0; i < IMAGES; i += 37) {
        const float *x = images.x + (size_t)i * shape_size(shape);
        predictor_one(predictor, x, single);
        assert_memory_equal(single, many + i * 10, sizeof single);
        assert_true(predict_activations(network, engine_default(), 8, x, logits, &error));
        assert_int_equal(metrics_argmax(logits, 10), metrics_argmax(single, 10));
    }
    predictor_free(&predictor);
    thread_pool_free(&pool);
    free(many);
    memory_images_release(&images);
    network_free(&network);
}

static void each_layers_activations_follow_from_the_one_before(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, 1, 1);
    float conv[5 * 7 * 8], norm[5 * 7 * 8], relu[5 * 7 * 8], pool[5 * 3 * 4];
    float *to[4] = {conv, norm, relu, pool};
    for (int i = 0; i < 4; i++)
        assert_true(predict_activations(network, engine_default(), i, images.x, to[i], &error));
    for (int i = 0; i < 5 * 7 * 8; i++) {
        assert_true(fabsf(norm[i] - conv[i] / sqrtf(1 + 1e-5f)) < 1e-5f);
        assert_true(relu[i] == (norm[i] < 0 ? 0 : norm[i]));
    }
    for (int c = 0; c < 5; c++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 4; j++) {
                const float *corner = relu + (c * 7 + 2 * i) * 8 + 2 * j;
                float largest = fmaxf(fmaxf(corner[0], corner[1]), fmaxf(corner[8], corner[9]));
                assert_true(pool[(c * 3 + i) * 4 + j] == largest);
            }
    memory_images_release(&images);
    network_free(&network);
}

static void scores_match_the_probabilities(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    struct data_source source = memory_source(&images);
    float *probabilities = probabilities_of(network, &images, 2, NULL);
    struct thread_pool *pool = make_pool(2);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    struct predictor_score score;
    double want = 0;
    int correct = 0;
    assert_true(predictor_score(predictor, &source, &score, NULL, &error));
    for (int i = 0; i < IMAGES; i++) {
        want -= log((double)probabilities[i * 10 + images.labels[i]]) / IMAGES;
        correct += metrics_argmax(probabilities + i * 10, 10) == images.labels[i];
    }
    assert_true(fabs(score.loss - want) < 1e-5);
    assert_true(fabs(score.accuracy - (double)correct / IMAGES) < 1e-12);
    predictor_free(&predictor);
    thread_pool_free(&pool);
    free(probabilities);
    memory_images_release(&images);
    network_free(&network);
}

static void refresh_packs_new_weights(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, 1, 1);
    struct thread_pool *pool = make_pool(1);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    float before[10], after[10], fresh[10];
    predictor_one(predictor, images.x, before);
    network_initialise(network, 2);
    const struct tensor *variance = network_find_tensor(network, "batchnorm1.running_var");
    network_values(network)[variance->offset] = 9;
    predictor_refresh(predictor);
    predictor_one(predictor, images.x, after);
    predictor_free(&predictor);
    predictor = predictor_new(network, engine_default(), pool, &error);
    predictor_one(predictor, images.x, fresh);
    assert_memory_equal(after, fresh, sizeof after);
    assert_memory_not_equal(after, before, sizeof after);
    predictor_free(&predictor);
    thread_pool_free(&pool);
    memory_images_release(&images);
    network_free(&network);
}

static bool stop_at_once(struct progress *watch, double done, double total)
{
    (void)watch;
    assert_true(done > 0 && done <= total && total == IMAGES);
    return false;
}

static void interrupt_stops(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text(text, shape, 1);
    struct memory_images images = memory_images_make(shape, IMAGES, 1);
    struct data_source source = memory_source(&images);
    struct thread_pool *pool = make_pool(2);
    struct predictor *predictor = predictor_new(network, engine_default(), pool, &error);
    struct progress watch = {stop_at_once};
    struct predictor_score score;
    assert_false(predictor_score(predictor, &source, &score, &watch, &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    predictor_free(&predictor);
    thread_pool_free(&pool);
    memory_images_release(&images);
    network_free(&network);
}

static void too_many_classes_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    struct network *network = network_from_text("conv 5 3x3", shape, 1);
    struct thread_pool *pool = make_pool(1);
    assert_null(predictor_new(network, engine_default(), pool, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    thread_pool_free(&pool);
    network_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_do_not_depend_on_threads),
        cmocka_unit_test(one_image_gives_the_same_bits_as_in_a_batch),
        cmocka_unit_test(each_layers_activations_follow_from_the_one_before),
        cmocka_unit_test(scores_match_the_probabilities),
        cmocka_unit_test(refresh_packs_new_weights),
        cmocka_unit_test(interrupt_stops),
        cmocka_unit_test(too_many_classes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
