/*
 * Norms of one image (layernorm, groupnorm), forward and backward, on every engine.
 *
 * By reference: networks with a norm as the first layer, after a convolution with a relu, after a
 * dense layer, with groups that cross blocks of 16 channels, equal PyTorch's. By law: gradients
 * equal finite differences, for 1 and 17 channels, 1 and 33 images. By hand: names and shapes of
 * tensors, equal values, groups of one value, a mean that is large compared with the deviation.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <math.h>
#include <stdio.h>

static void norms_equal_pytorch(void **state)
{
    (void)state;
    assert_int_equal(compare_with_pytorch("norms.safetensors"), 9);
}

static void gradients_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    static const char *const texts[] = {
        "conv 4 3x3; layernorm; relu; maxpool 2; dense 10",
        "layernorm; conv 17 3x3; relu; layernorm; globalpool avg; layernorm; dense 10",
        "conv 20 3x3; groupnorm 2; relu; conv 34 1x1; groupnorm 17; dense 10",
        "groupnorm 1; conv 6 3x3; groupnorm 6; maxpool 2; dropout 0.3; dense 10",
        "dense 19; layernorm; relu; dense 20; groupnorm 4; dense 10",
        "conv 4 3x3; batchnorm; relu; groupnorm 2; dense 10",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (int channels = 1; channels <= 17; channels += 16)
            check_gradients(texts[i], (struct shape){channels, 7, 8}, channels == 1 ? 33 : 1);
}

/* ---- tensors --------------------------------------------------------------------------------- */

static void assert_scale_and_shift(const struct network *network, const char *layer, int rank,
                                   const int *dims)
{
    for (int shift = 0; shift < 2; shift++) {
        char name[TENSOR_NAME_SIZE];
        snprintf(name, sizeof name, "%s.%s", layer, shift ? "bias" : "weight");
        const struct tensor *tensor = network_find_tensor(network, name);
        assert_non_null(tensor);
        assert_int_equal(tensor->role, shift ? TENSOR_SHIFT : TENSOR_SCALE);
        assert_int_equal(tensor->rank, rank);
        assert_memory_equal(tensor->dims, dims, (size_t)rank * sizeof *dims);
        for (size_t i = 0; i < tensor->count; i++)
            assert_true(network_values_const(network)[tensor->offset + i] == (shift ? 0 : 1));
    }
}

/* The names and shapes of nn.LayerNorm([C, H, W]) and nn.GroupNorm; roles without weight decay. */
static void tensors_are_those_of_pytorch(void **state)
{
    (void)state;
    static const char text[] = "layernorm; conv 24 3x3; groupnorm 3; dense 10; layernorm";
    struct network *network = network_from_text(text, (struct shape){2, 5, 7}, 1);
    assert_scale_and_shift(network, "layernorm1", 3, (int[]){2, 5, 7});
    assert_scale_and_shift(network, "groupnorm1", 1, (int[]){24});
    assert_scale_and_shift(network, "layernorm2", 3, (int[]){10, 1, 1});
    network_free(&network);
}

/* ---- by hand --------------------------------------------------------------------------------- */

static const char *const norms[] = {"layernorm", "groupnorm 1", "groupnorm 3"};
enum { NORMS = 3, CHANNELS = 18, VALUES = CHANNELS * 5 * 7 };
static const struct shape shape = {CHANNELS, 5, 7};

/* The difference from the mean is 0 up to rounding, which 1 / sqrt(epsilon) = 316 multiplies, so
   the output is the shift, which initially is 0. */
static void equal_values_give_the_shift(void **state)
{
    (void)state;
    float x[VALUES], y[VALUES];
    for (int i = 0; i < VALUES; i++)
        x[i] = 0.3f;
    for (int i = 0; i < NORMS; i++) {
        predict_outputs(norms[i], shape, x, y);
        for (int j = 0; j < VALUES; j++)
            assert_true(fabsf(y[j]) < 1e-6f);
    }
    predict_outputs("groupnorm 18", (struct shape){CHANNELS, 1, 1}, x, y);
    for (int j = 0; j < CHANNELS; j++)
        assert_true(fabsf(y[j]) < 1e-6f);
}

/* A group of one value: the gradients of the weights before it are 0, up to rounding as above. */
static void groups_of_one_value_pass_no_gradient(void **state)
{
    (void)state;
    struct shape pixel = {1, 1, 1};
    struct network *network = network_from_text("dense 18; groupnorm 18; dense 10", pixel, 1);
    struct bench bench = bench_make(network, memory_images_make(pixel, 5, 1));
    bench_step(&bench);
    const struct tensor *weight = network_find_tensor(network, "dense1.weight");
    for (size_t i = 0; i < weight->count; i++)
        assert_true(fabsf(network_gradients(network)[weight->offset + i]) < 1e-6f);
    bench_release(&bench);
}

/* (x - mean) / sqrt(variance + 1e-5) of each group of `size` values. */
static void normalise(double *y, const float *x, int size)
{
    for (int first = 0; first < VALUES; first += size) {
        double mean = 0, variance = 0;
        for (int i = first; i < first + size; i++)
            mean += (double)x[i] / size;
        for (int i = first; i < first + size; i++)
            variance += ((double)x[i] - mean) * ((double)x[i] - mean) / size;
        for (int i = first; i < first + size; i++)
            y[i] = ((double)x[i] - mean) / sqrt(variance + 1e-5);
    }
}

/* With sums of squares in single precision, nothing would be left of a variance of 1/3. */
static void a_large_mean_is_subtracted_first(void **state)
{
    (void)state;
    static const int sizes[NORMS] = {VALUES, VALUES, VALUES / 3};
    struct memory_images noise = memory_images_make(shape, 1, 4);
    float x[VALUES], y[VALUES];
    double want[VALUES];
    for (int i = 0; i < VALUES; i++)
        x[i] = 1000 + noise.x[i];
    for (int i = 0; i < NORMS; i++) {
        predict_outputs(norms[i], shape, x, y);
        normalise(want, x, sizes[i]);
        for (int j = 0; j < VALUES; j++)
            if (!(fabs((double)y[j] - want[j]) < 2e-4))
                fail_msg("%s: value %d is %.9g, not %.9g", norms[i], j, (double)y[j], want[j]);
    }
    memory_images_release(&noise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_equal_pytorch),
        cmocka_unit_test(gradients_equal_slopes),
        cmocka_unit_test(tensors_are_those_of_pytorch),
        cmocka_unit_test(equal_values_give_the_shift),
        cmocka_unit_test(groups_of_one_value_pass_no_gradient),
        cmocka_unit_test(a_large_mean_is_subtracted_first),
    };
    return run_on_every_engine(tests, sizeof tests / sizeof tests[0]);
}
