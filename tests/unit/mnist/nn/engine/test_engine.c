/*
 * Every kind of layer, forward and backward, on every engine that this processor can run: the
 * reference engine, and the native engine on each instruction set.
 *
 * By reference: logits, loss, all gradients and running statistics of small networks equal
 * PyTorch's (double precision) up to rounding; tests/reference/make_reference.py generates the
 * values. By law: gradients equal finite differences of the loss, for odd shapes, 1 and 17
 * channels, batches of 1 and 33 (a PyTorch file would be large). By hand: ties, NaN and dropout.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <math.h>

static void layers_equal_pytorch(void **state)
{
    (void)state;
    assert_int_equal(compare_with_pytorch("layers.safetensors"), 19);
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
            for (int count = 1; count <= 33; count += 32)
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

static void maxima_pass_nan_on_and_relu_too(void **state)
{
    (void)state;
    float x[16] = {1, 2, -3, -4, 5, 0, -1, -2, NAN, 1, 0, 0, 2, 3, 0, 0}, y[16];
    predict_outputs("maxpool 2", (struct shape){1, 4, 4}, x, y);
    assert_true(y[0] == 5 && y[1] == -1 && isnan(y[2]) && y[3] == 0);
    predict_outputs("maxpool 3 stride=1", (struct shape){1, 4, 4}, x, y);
    assert_true(isnan(y[0]) && y[1] == 5 - 3 && isnan(y[2]) && y[3] == 3);
    predict_outputs("relu", (struct shape){1, 4, 4}, x, y);
    assert_true(y[0] == 1 && y[2] == 0 && isnan(y[8]));
    predict_outputs("globalpool max", (struct shape){1, 4, 4}, x, y);
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
    predict_outputs("dropout 0.3", shape, x, y);
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
    return run_on_every_engine(tests, sizeof tests / sizeof tests[0]);
}
