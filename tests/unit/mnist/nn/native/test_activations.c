/*
 * The activation functions of the native engine (layers.def): the same bits on every
 * instruction set, the error bounds that activation.h states, special values.
 *
 * Bits: y and slope of each instruction set of this processor equal those of plain C, for floats of
 * every exponent and sign, special values and random bits (all NaN count as equal). y is the same
 * with and without slope, and in place.
 *
 * Errors: y and slope are compared with the C library's long doubles for random mantissas of each
 * exponent. A list of the functions with their formulas and bounds is below; a function that is
 * missing in it fails the test.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/native/native.h"

enum { SEED = 1, PER_EXPONENT = 1000, RANDOM_BITS = 200000, EXPONENTS = 256 };

static const double numbers[] = {0.3}; /* of leakyrelu and elu */

/* ---- the functions --------------------------------------------------------------------------- */

static long double number(void)
{
    return (long double)(float)numbers[0];
}

static long double gelu(long double x)
{
    return x * erfcl(-x * sqrtl(0.5L)) / 2;
}
static long double gelu_slope(long double x)
{
    return erfcl(-x * sqrtl(0.5L)) / 2 + x * expl(-x * x / 2) / sqrtl(2 * acosl(-1));
}
static long double sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}
static long double sigmoid_slope(long double x)
{
    return sigmoid(x) * sigmoid(-x);
}
static long double silu(long double x)
{
    return x * sigmoid(x);
}
static long double silu_slope(long double x)
{
    return sigmoid(x) + x * sigmoid_slope(x);
}
static long double tanh_slope(long double x)
{
    return 1 / (coshl(x) * coshl(x));
}
static long double leakyrelu(long double x)
{
    return x > 0 ? x : number() * x;
}
static long double leakyrelu_slope(long double x)
{
    return x > 0 ? 1 : number();
}
static long double elu(long double x)
{
    return x > 0 ? x : number() * expm1l(x);
}
static long double elu_slope(long double x)
{
    return x > 0 ? 1 : number() * expl(x);
}

/* bound_ulp holds for x > from; for other x, the absolute error of y is at most bound_below.
   slope_bound is an absolute error. The limits are those of y for x = -infinity and infinity. */
struct function {
    const char *name;
    long double (*y)(long double x), (*slope)(long double x);
    double from, bound_ulp, bound_below, slope_bound;
    double limit_below, limit_above, slope_below, slope_above;
};

static const struct function functions[NATIVE_ACTIVATION_COUNT] = {
    [NATIVE_ACTIVATION_gelu] = {"gelu", gelu, gelu_slope, -1, 6.9, 1.8e-7, 1.9e-7, NAN, INFINITY,
                                NAN, NAN},
    [NATIVE_ACTIVATION_silu] = {"silu", silu, silu_slope, -86.9, 6.8, 2e-36, 1.9e-7, 0, INFINITY, 0,
                                NAN},
    [NATIVE_ACTIVATION_sigmoid] = {"sigmoid", sigmoid, sigmoid_slope, -86.9, 6.2, 2e-36, 9e-8, 0, 1,
                                   0, 0},
    [NATIVE_ACTIVATION_tanh] = {"tanh", tanhl, tanh_slope, -INFINITY, 3.3, 0, 2.6e-7, -1, 1, 0, 0},
    [NATIVE_ACTIVATION_leakyrelu] = {"leakyrelu", leakyrelu, leakyrelu_slope, -INFINITY, 0.5, 0, 0,
                                     -INFINITY, INFINITY, 0.3, 1},
    [NATIVE_ACTIVATION_elu] = {"elu", elu, elu_slope, -INFINITY, 2, 0, 2.4e-8, -0.3, INFINITY, 0,
                               1},
};

/* ---- inputs ---------------------------------------------------------------------------------- */

static float with_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 0, 1, the largest fractions, and infinity and NaN among them, for each sign and exponent; then
   random fractions and random bits. count becomes a multiple of 16. */
static float *inputs_new(size_t *count)
{
    static const uint32_t fractions[] = {0, 1, 2, 0x3fffff, 0x400000, 0x400001, 0x7ffffe, 0x7fffff};
    size_t room = EXPONENTS * 2 * (8 + PER_EXPONENT) + RANDOM_BITS, n = 0;
    struct rng rng = rng_stream(SEED, RNG_SAMPLE, 0, 0);
    float *x = malloc(room * sizeof *x);
    assert_non_null(x);
    for (uint32_t exponent = 0; exponent < EXPONENTS * 2; exponent++) {
        for (int i = 0; i < 8; i++)
            x[n++] = with_bits(exponent << 23 | fractions[i]);
        for (int i = 0; i < PER_EXPONENT; i++)
            x[n++] = with_bits(exponent << 23 | rng_u32(&rng) >> 9);
    }
    while (n < room)
        x[n++] = with_bits(rng_u32(&rng));
    *count = n / NATIVE_BLOCK * NATIVE_BLOCK;
    return x;
}

static float *floats_new(size_t count)
{
    float *floats = calloc(count, sizeof *floats);
    assert_non_null(floats);
    return floats;
}

/* y = f(x) and slope = f'(x), whichever kernel computes the slope. y may be x. */
static void evaluate(const struct engine *engine, int index, float *y, float *slope, const float *x,
                     size_t count)
{
    const struct native_activation *function = engine->kernels->activations[index];
    function->forward(y, slope, x, count, numbers);
    for (size_t i = 0; function->backward != NULL && i < count; i++)
        slope[i] = 1;
    if (function->backward != NULL)
        function->backward(slope, slope, y, count, numbers);
}

/* ---- bits ------------------------------------------------------------------------------------ */

static void assert_same_bits(const char *what, const char *isa, const float *got, const float *want,
                             const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(got + i, want + i, sizeof *got) != 0 && !(isnan(got[i]) && isnan(want[i])))
            fail_msg("%s on %s at %a: %a, not %a", what, isa, (double)x[i], (double)got[i],
                     (double)want[i]);
}

/* Compares one function of a table of kernels with y and slope of plain C. */
static void compare_kernels(const struct engine *engine, int index, const float *want,
                            const float *want_slope, const float *x, size_t count)
{
    const char *name = functions[index].name;
    float *y = floats_new(count), *slope = floats_new(count);
    evaluate(engine, index, y, slope, x, count);
    assert_same_bits(name, engine->isa, y, want, x, count);
    assert_same_bits("slope", engine->isa, slope, want_slope, x, count);
    engine->kernels->activations[index]->forward(y, NULL, x, count, numbers);
    assert_same_bits("without slope", engine->isa, y, want, x, count);
    memcpy(y, x, count * sizeof *y);
    evaluate(engine, index, y, slope, y, count);
    assert_same_bits("in place", engine->isa, y, want, x, count);
    assert_same_bits("slope in place", engine->isa, slope, want_slope, x, count);
    free(y);
    free(slope);
}

static void instruction_sets_give_the_same_bits(void **state)
{
    (void)state;
    size_t count;
    float *x = inputs_new(&count), *y = floats_new(count), *slope = floats_new(count);
    for (int f = 0; f < NATIVE_ACTIVATION_COUNT; f++) {
        assert_non_null(functions[f].name);
        evaluate(&engine_native_plain, f, y, slope, x, count);
        const struct engine *engine;
        for (int i = 0; (engine = engine_at(i)) != NULL; i++)
            if (engine->isa != NULL)
                compare_kernels(engine, f, y, slope, x, count);
    }
    free(x);
    free(y);
    free(slope);
}

static void multiply_gives_the_same_bits(void **state)
{
    (void)state;
    size_t count;
    float *x = inputs_new(&count), *y = floats_new(count), *want = floats_new(count);
    float *reversed = floats_new(count);
    for (size_t i = 0; i < count; i++) {
        reversed[i] = x[count - 1 - i];
        want[i] = x[i] * reversed[i];
    }
    const struct engine *engine;
    for (int i = 0; (engine = engine_at(i)) != NULL; i++)
        if (engine->isa != NULL) {
            engine->kernels->multiply(y, x, reversed, count);
            assert_same_bits("multiply", engine->isa, y, want, x, count);
        }
    free(x);
    free(y);
    free(want);
    free(reversed);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Distance in units in the last place of want as a float. */
static double error_ulp(float got, long double want)
{
    int exponent;
    frexpl(want, &exponent);
    long double unit = ldexpl(1, exponent - 24 > -149 ? exponent - 24 : -149);
    return (double)(fabsl((long double)got - want) / unit);
}

static void check_errors(const struct function *f, float x, float y, float slope)
{
    long double want = f->y((long double)x), want_slope = f->slope((long double)x);
    bool relative = (double)x > f->from;
    double error = error_ulp(y, want), slope_error = (double)fabsl((long double)slope - want_slope);
    if (relative ? !(error <= f->bound_ulp) : !(fabsl((long double)y - want) <= f->bound_below))
        fail_msg("%s(%a) is %a, %g ulp from %La", f->name, (double)x, (double)y, error, want);
    if (!(slope_error <= f->slope_bound))
        fail_msg("the slope of %s at %a is %a, %g from %La", f->name, (double)x, (double)slope,
                 slope_error, want_slope);
}

static void errors_are_within_the_bounds(void **state)
{
    (void)state;
    size_t count;
    float *x = inputs_new(&count), *y = floats_new(count), *slope = floats_new(count);
    for (int f = 0; f < NATIVE_ACTIVATION_COUNT; f++) {
        evaluate(engine_default(), f, y, slope, x, count);
        for (size_t i = 0; i < count; i++)
            if (isfinite(x[i]))
                check_errors(&functions[f], x[i], y[i], slope[i]);
    }
    free(x);
    free(y);
    free(slope);
}

/* ---- special values -------------------------------------------------------------------------- */

/* y and slope of one float. */
static float value(int index, float x, float *slope)
{
    float block[NATIVE_BLOCK], y[NATIVE_BLOCK], slopes[NATIVE_BLOCK];
    for (int i = 0; i < NATIVE_BLOCK; i++)
        block[i] = x;
    evaluate(engine_default(), index, y, slopes, block, NATIVE_BLOCK);
    *slope = slopes[0];
    return y[0];
}

static void assert_limit(float got, double limit)
{
    assert_true(isnan(limit) ? isnan(got) : got == (float)limit || fabs(got - limit) <= 2e-36);
}

static void special_values(void **state)
{
    (void)state;
    for (int i = 0; i < NATIVE_ACTIVATION_COUNT; i++) {
        const struct function *f = &functions[i];
        float slope, zero = i == NATIVE_ACTIVATION_sigmoid ? 0.5f : 0;
        assert_true(isnan(value(i, NAN, &slope)));
        assert_true(isnan(value(i, -NAN, &slope)));
        assert_limit(value(i, -INFINITY, &slope), f->limit_below);
        assert_limit(slope, f->slope_below);
        assert_limit(value(i, INFINITY, &slope), f->limit_above);
        assert_limit(slope, f->slope_above);
        for (int sign = -1; sign <= 1; sign += 2) {
            assert_true(value(i, copysignf(0, (float)sign), &slope) == zero);
            assert_true(fabs((double)slope - (double)f->slope(0)) < 1e-7);
        }
    }
    float slope;
    assert_true(signbit(value(NATIVE_ACTIVATION_tanh, -0.0f, &slope)) != 0);
    assert_true(value(NATIVE_ACTIVATION_tanh, 1e-30f, &slope) == 1e-30f && slope == 1);
    assert_true(value(NATIVE_ACTIVATION_tanh, -1e-45f, &slope) == -1e-45f && slope == 1);
    assert_true(value(NATIVE_ACTIVATION_gelu, 1e-30f, &slope) == 5e-31f && slope == 0.5f);
    assert_true(value(NATIVE_ACTIVATION_silu, 1e-30f, &slope) == 5e-31f && slope == 0.5f);
    assert_true(value(NATIVE_ACTIVATION_gelu, -50, &slope) == 0 && slope == 0);
    assert_true(value(NATIVE_ACTIVATION_gelu, 50, &slope) == 50 && slope == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instruction_sets_give_the_same_bits),
        cmocka_unit_test(multiply_gives_the_same_bits),
        cmocka_unit_test(errors_are_within_the_bounds),
        cmocka_unit_test(special_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
