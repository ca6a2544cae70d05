/*
 * Activations (gelu, silu, sigmoid, tanh, leakyrelu, elu), forward and backward, on every engine.
 *
 * By reference: networks with each activation as the first layer, after a convolution, after a
 * batch-norm and before sums over channels, whose padding must be 0 although sigmoid(0) is not,
 * equal PyTorch's. By law: gradients equal finite differences, for 1 and 17 channels, 1 and 33
 * images. By formula: values and derivatives equal those of the C library in double precision from
 * -40 to 40 and far outside. By hand: infinity and NaN.
 */
#include "tests/unit/mnist/nn/engine_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void activations_equal_pytorch(void **state)
{
    (void)state;
    assert_int_equal(compare_with_pytorch("activations.safetensors"), 13);
}

/* ---- formulas -------------------------------------------------------------------------------- */

static double normal_share(double x)
{
    return erfc(-x * sqrt(0.5)) / 2;
}

static double gelu(double x)
{
    return x * normal_share(x);
}

static double gelu_slope(double x)
{
    return normal_share(x) + x * exp(-x * x / 2) * sqrt(0.5 / acos(-1));
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double sigmoid_slope(double x)
{
    return sigmoid(x) * sigmoid(-x);
}

static double silu(double x)
{
    return x * sigmoid(x);
}

static double silu_slope(double x)
{
    return sigmoid(x) + x * sigmoid_slope(x);
}

static double tanh_slope(double x)
{
    return 1 / (cosh(x) * cosh(x));
}

static double leakyrelu(double x)
{
    return x > 0 ? x : 0.01 * x;
}

static double leakyrelu_slope(double x)
{
    return x > 0 ? 1 : 0.01;
}

static double elu(double x)
{
    return x > 0 ? x : expm1(x);
}

static double elu_slope(double x)
{
    return x > 0 ? 1 : exp(x);
}

static double leakyrelu_3(double x)
{
    return x > 0 ? x : 0.3 * x;
}

static double leakyrelu_3_slope(double x)
{
    return x > 0 ? 1 : 0.3;
}

static double elu_half(double x)
{
    return x > 0 ? x : 0.5 * expm1(x);
}

static double elu_half_slope(double x)
{
    return x > 0 ? 1 : 0.5 * exp(x);
}

static const struct activation {
    const char *text;
    double (*value)(double), (*slope)(double);
    bool falls_to_0; /* at -infinity, as a product of infinity and 0 */
} activations[] = {
    {"gelu", gelu, gelu_slope, true},
    {"silu", silu, silu_slope, true},
    {"sigmoid", sigmoid, sigmoid_slope, false},
    {"tanh", tanh, tanh_slope, false},
    {"leakyrelu", leakyrelu, leakyrelu_slope, false},
    {"leakyrelu 0.3", leakyrelu_3, leakyrelu_3_slope, false},
    {"elu", elu, elu_slope, false},
    {"elu 0.5", elu_half, elu_half_slope, false},
};
enum { ACTIVATIONS = sizeof activations / sizeof activations[0] };

/* ---- values and derivatives ------------------------------------------------------------------ */

enum { TEXT_SIZE = 128, POINTS = 1301 }; /* neither a multiple of 16 nor of 4 */

/* -40 to 40 in steps of 1/16, and numbers near 0 and far outside. 0 itself is left out, where
   leakyrelu and elu have a kink. */
static void fill_points(float x[POINTS])
{
    static const float special[] = {1e-38f, 1e-20f, 1e-6f, 1e-3f, 87.5f, 89.25f,
                                    104,    200,    800,   1e4f,  1e10f};
    enum { SPECIALS = sizeof special / sizeof special[0] };
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(i - POINTS / 2 + (i >= POINTS / 2)) / 16;
    for (int i = 0; i < SPECIALS; i++) {
        x[3 * i] = special[i];
        x[3 * i + 1] = -special[i];
    }
}

static void assert_points(const struct activation *activation, const char *what, const float *x,
                          const float *got, double (*want)(double))
{
    for (int i = 0; i < POINTS; i++) {
        double right = want((double)x[i]);
        if (!(fabs((double)got[i] - right) <= 2e-7 + 1e-6 * fabs(right)))
            fail_msg("%s: %s at %.9g is %.9g, not %.9g", activation->text, what, (double)x[i],
                     (double)got[i], right);
    }
}

static void values_equal_the_formulas(void **state)
{
    (void)state;
    float x[POINTS], y[POINTS];
    fill_points(x);
    for (int i = 0; i < ACTIVATIONS; i++) {
        predict_outputs(activations[i].text, (struct shape){1, 1, POINTS}, x, y);
        assert_points(&activations[i], "value", x, y, activations[i].value);
        predict_outputs(activations[i].text, (struct shape){POINTS, 1, 1}, x, y);
        assert_points(&activations[i], "value", x, y, activations[i].value);
    }
}

/* Writes the derivatives at x. The units of dense1 output x, and only the first output of dense2
   depends on them, with the same weight w for each: the gradient of the bias of dense1 is
   f'(x) w g, where g is the first gradient of the bias of dense2. */
static void slopes_at(const char *text, const float x[POINTS], float slopes[POINTS])
{
    const float weight = 0x1p-10f;
    struct shape shape = {1, 1, 1};
    char full[64];
    snprintf(full, sizeof full, "dense %d; %s; dense 10", (int)POINTS, text);
    struct network *network = network_from_text(full, shape, 1);
    struct bench bench = bench_make(network, memory_images_make(shape, 1, 1));
    float *values = network_values(network), *gradients = network_gradients(network);
    size_t bias1 = network_find_tensor(network, "dense1.bias")->offset;
    size_t weight2 = network_find_tensor(network, "dense2.weight")->offset;
    size_t bias2 = network_find_tensor(network, "dense2.bias")->offset;
    memset(values, 0, network_parameter_count(network) * sizeof *values);
    memcpy(values + bias1, x, POINTS * sizeof *values);
    for (int i = 0; i < POINTS; i++)
        values[weight2 + (size_t)i] = fabsf(x[i]) < 50 ? weight : 0;
    bench_step(&bench);
    for (int i = 0; i < POINTS; i++)
        slopes[i] = gradients[bias1 + (size_t)i] / weight / gradients[bias2];
    bench_release(&bench);
}

static void slopes_equal_the_formulas(void **state)
{
    (void)state;
    float x[POINTS], slopes[POINTS];
    fill_points(x);
    for (int i = 0; i < ACTIVATIONS; i++) {
        slopes_at(activations[i].text, x, slopes);
        for (int j = 0; j < POINTS; j++)
            if (fabsf(x[j]) >= 50) {
                assert_true(slopes[j] == 0); /* the weight is 0, so NaN would be a fault */
                slopes[j] = (float)activations[i].slope((double)x[j]);
            }
        assert_points(&activations[i], "derivative", x, slopes, activations[i].slope);
    }
}

static void infinity_and_nan(void **state)
{
    (void)state;
    float x[20] = {INFINITY, -INFINITY, NAN, 0}, y[20];
    for (int i = 0; i < ACTIVATIONS; i++) {
        predict_outputs(activations[i].text, (struct shape){20, 1, 1}, x, y);
        assert_true(y[0] == (float)activations[i].value(INFINITY));
        if (!activations[i].falls_to_0)
            assert_true(y[1] == (float)activations[i].value(-INFINITY));
        assert_true(isnan(y[2]));
        assert_true(y[3] == (float)activations[i].value(0));
    }
}

/* ---- finite differences ---------------------------------------------------------------------- */

/* Copies the pattern with the activation in place of each '@'. */
static void insert_activation(char text[TEXT_SIZE], const char *pattern, const char *activation)
{
    size_t used = 0;
    for (; *pattern != '\0'; pattern++) {
        char one[2] = {*pattern};
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s",
                                 *pattern == '@' ? activation : one);
        assert_true(used < TEXT_SIZE);
    }
}

static void gradients_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    static const char *const texts[] = {
        "conv 4 3x3; @; dense 10",
        "@; conv 17 3x3; relu; @; conv 3 3x3; maxpool 2; @; globalpool avg; dense 10",
        "dense 19; @; dense 10",
    };
    char text[TEXT_SIZE];
    for (int i = 0; i < ACTIVATIONS; i++)
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
            for (int channels = 1; channels <= 17; channels += 16) {
                insert_activation(text, texts[t], activations[i].text);
                check_gradients(text, (struct shape){channels, 9, 8}, channels == 1 ? 33 : 1);
            }
}

static void gradients_after_a_batchnorm_equal_slopes(void **state)
{
    (void)state;
    skip_if_slow();
    char text[TEXT_SIZE];
    for (int i = 0; i < ACTIVATIONS; i++) {
        insert_activation(text, "conv 4 3x3; batchnorm; @; maxpool 2; dropout 0.3; dense 10",
                          activations[i].text);
        check_gradients(text, (struct shape){1, 9, 8}, 33);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_equal_pytorch),
        cmocka_unit_test(values_equal_the_formulas),
        cmocka_unit_test(slopes_equal_the_formulas),
        cmocka_unit_test(infinity_and_nan),
        cmocka_unit_test(gradients_equal_slopes),
        cmocka_unit_test(gradients_after_a_batchnorm_equal_slopes),
    };
    return run_on_every_engine(tests, sizeof tests / sizeof tests[0]);
}
