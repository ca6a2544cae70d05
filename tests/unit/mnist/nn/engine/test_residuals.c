/*
 * Residual connections (add), forward and backward, on every engine.
 *
 * By reference: networks whose sources are a convolution before its relu, a relu that is fused with
 * a convolution, a batch-norm, layers before the first trained one, a layer whose last row the next
 * pool does not read, and several connections of one source, equal PyTorch's. By law: gradients
 * equal finite differences, also with dropout in place between a relu and a layer that changes
 * signs in place; in a network without dropout and batch-norm, training and prediction give the
 * same loss. By comparison: the output of each layer equals that of the reference engine. By hand:
 * sums.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/engine/predict.h"

static void residuals_equal_pytorch(void **state)
{
    (void)state;
    assert_int_equal(compare_with_pytorch("residuals.safetensors"), 13);
}

static void gradients_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    static const char *const texts[] = {
        "conv 17 3x3; relu; conv 17 3x3 pad=same; add relu1; relu; maxpool 2; dense 10",
        "conv 4 3x3; dropout 0.3; conv 4 3x3 pad=same; add dropout1; dense 10",
        "conv 4 3x3; relu; dropout 0.3; add relu1; add conv1; flatten; dense 10",
        ("relu; conv 17 3x3 pad=1; relu; conv 17 3x3 pad=1; add conv1; add relu2; "
         "globalpool avg; dense 10"),
        "conv 6 3x3; batchnorm; relu; conv 6 3x3 pad=1; batchnorm; add relu1; relu; dense 10",
        ("conv 6 3x3; groupnorm 2; silu; conv 6 3x3 pad=1; layernorm; add silu1; add conv1; "
         "dense 10"),
        "dense 19; relu; dropout 0.2; dense 19; add relu1; add dropout1; dense 10",
        "conv 4 3x3; conv 4 3x3 pad=1; relu; dropout 0.3; add conv1; dense 10",
        "conv 4 3x3; groupnorm 2; relu; dropout 0.3; dropout 0.1; gelu; dense 10",
        "dense 19; dense 19; relu; dropout 0.2; add dense1; dense 10",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (int channels = 1; channels <= 17; channels += 16)
            check_gradients(texts[i], (struct shape){channels, 7, 8}, channels == 1 ? 33 : 1);
}

/* ---- by comparison --------------------------------------------------------------------------- */

static const char *const compared_texts[] = {
    "conv 17 3x3; relu; conv 17 3x3 pad=1; add relu1; relu; add conv1; maxpool 2; dense 10",
    ("conv 4 3x3; maxpool 2; conv 4 1x1 pad=3; add conv1; relu; avgpool 2; conv 4 1x1 pad=3; "
     "add relu1; add conv1; conv 2 3x3; dense 10"),
    "relu; add relu1; conv 3 3x3; gelu; add conv1; groupnorm 3; add gelu1; add add2; dense 10",
    ("conv 4 3x3; layernorm; sigmoid; conv 4 3x3 pad=1; add layernorm1; tanh; add sigmoid1; "
     "dense 10"),
    "flatten; dense 19; relu; dense 19; add relu1; dense 19; add dense1; dense 10",
};
enum { TEXTS = sizeof compared_texts / sizeof compared_texts[0] };
static const struct shape shape = {1, 13, 13};

/* As in test_native.c: two engines differ by rounding. */
static void each_layer_equals_the_reference(void **state)
{
    (void)state;
    struct memory_images images = memory_images_make(shape, 1, 3);
    for (int t = 0; t < TEXTS; t++) {
        struct network *network = network_from_text(compared_texts[t], shape, 1);
        for (int layer = 0; layer < network_layer_count(network); layer++) {
            size_t size = shape_size(network_layer(network, layer)->out);
            float *got = calloc(size, sizeof *got), *want = calloc(size, sizeof *want);
            struct error error = {0};
            assert_true(got != NULL && want != NULL);
            assert_true(predict_activations(network, tested_engine, layer, images.x, got, &error));
            assert_true(
                predict_activations(network, &engine_openblas, layer, images.x, want, &error));
            assert_close(network_layer(network, layer)->name, got, want, size, 1e-5, 1e-4);
            free(got);
            free(want);
        }
        network_free(&network);
    }
    memory_images_release(&images);
}

/* 37 images are three slots, the last of which is not full. */
static void training_and_prediction_give_the_same_loss(void **state)
{
    (void)state;
    for (int t = 0; t < TEXTS; t++) {
        struct error error = {0};
        struct network *network = network_from_text(compared_texts[t], shape, 1);
        struct bench bench = bench_make(network, memory_images_make(shape, 37, 3));
        struct data_source source = memory_source(&bench.images);
        struct predictor *predictor = predictor_new(network, tested_engine, bench.pool, &error);
        struct predictor_score score;
        assert_non_null(predictor);
        assert_true(predictor_score(predictor, &source, &score, NULL, &error));
        double loss = bench_step(&bench);
        if (!(fabs(loss - score.loss) <= 1e-6 * fabs(loss)))
            fail_msg("%s: loss %.9g in training, %.9g in prediction", compared_texts[t], loss,
                     score.loss);
        predictor_free(&predictor);
        bench_release(&bench);
    }
}

/* ---- by hand --------------------------------------------------------------------------------- */

static void outputs_are_sums(void **state)
{
    (void)state;
    const struct shape row = {1, 1, 4};
    const float x[4] = {-1, 2, -3, 4};
    float y[4];
    predict_outputs("relu; add relu1", row, x, y);
    assert_true(y[0] == 0 && y[1] == 4 && y[2] == 0 && y[3] == 8);
    predict_outputs("flatten; relu; add flatten1", (struct shape){1, 1, 4}, x, y);
    assert_true(y[0] == -1 && y[1] == 4 && y[2] == -3 && y[3] == 8);
    predict_outputs("flatten; relu; add flatten1; add relu1; add add1", row, x, y);
    assert_true(y[0] == -2 && y[1] == 10 && y[2] == -6 && y[3] == 20);
    predict_outputs("maxpool 1; leakyrelu 0.5; add maxpool1; relu; add leakyrelu1", row, x, y);
    assert_true(y[0] == -0.5f && y[1] == 6 && y[2] == -1.5f && y[3] == 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residuals_equal_pytorch),
        cmocka_unit_test(gradients_equal_slopes),
        cmocka_unit_test(each_layer_equals_the_reference),
        cmocka_unit_test(training_and_prediction_give_the_same_loss),
        cmocka_unit_test(outputs_are_sums),
    };
    return run_on_every_engine(tests, sizeof tests / sizeof tests[0]);
}
