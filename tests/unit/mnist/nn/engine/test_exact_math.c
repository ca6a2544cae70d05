/*
 * exact_exp, exact_log, exact_cospi and exact_power are within the bounds that exact_math.h states
 * for doubles, compared with the C library's long double functions: millions of random arguments
 * with every exponent (test_exact_math_floats.c tests floats), and limits of the range. The exact
 * bits of a few values are compared too, to detect a compiler that contracts or reorders
 * operations.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/exact_math.h"

enum { SAMPLES = 500000 };

/* Distance in units in the last place of want, as a double. */
static double ulps(double got, long double want)
{
    double near = (double)want;
    double unit = nextafter(fabs(near), INFINITY) - fabs(near);
    return (double)(fabsl((long double)got - want) / (long double)unit);
}

static double uniform(struct rng *rng, double low, double high)
{
    uint64_t word = (uint64_t)rng_u32(rng) << 32 | rng_u32(rng);
    return low + (high - low) * ((double)(word >> 11) * 0x1p-53);
}

static void assert_exp_is_near(double x)
{
    if (!(ulps(exact_exp(x), expl((long double)x)) <= 2))
        fail_msg("exact_exp(%a) = %a", x, exact_exp(x));
}

static void assert_log_is_near(double x)
{
    if (!(ulps(exact_log(x), logl((long double)x)) <= 2))
        fail_msg("exact_log(%a) = %a", x, exact_log(x));
}

static void exp_is_near(void **state)
{
    (void)state;
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, 0);
    for (int i = 0; i < SAMPLES; i++) {
        assert_exp_is_near(uniform(&rng, -708, 709.7));
        assert_exp_is_near(uniform(&rng, -30, 0)); /* as in a softmax */
        assert_exp_is_near(uniform(&rng, -1, 1));
    }
    assert_exp_is_near(-708);
    assert_exp_is_near(709.7);
}

static void log_is_near(void **state)
{
    (void)state;
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, 1);
    for (int i = 0; i < SAMPLES; i++) {
        assert_log_is_near(ldexp(uniform(&rng, 1, 2), i % 2046 - 1022));
        assert_log_is_near(uniform(&rng, 1, 10)); /* as in a cross-entropy */
        assert_log_is_near(uniform(&rng, 0.5, 2));
    }
    assert_log_is_near(0x1p-1022);
    assert_log_is_near(0x1.fffffffffffffp+1023);
}

static void cosine_is_near(void **state)
{
    (void)state;
    for (int i = 0; i <= 1000000; i++) {
        double x = i / 1e6;
        assert_true(fabs(exact_cospi(x) - (double)cosl(acosl(-1) * (long double)x)) <= 1e-15);
    }
    assert_true(exact_cospi(0.5) == 0);
}

static void limits_are_as_stated(void **state)
{
    (void)state;
    assert_true(exact_exp(0) == 1 && exact_exp(-0.0) == 1);
    assert_true(exact_exp(-709) == 0 && exact_exp(-INFINITY) == 0);
    assert_true(isinf(exact_exp(710)) && isinf(exact_exp(INFINITY)));
    assert_true(exact_exp(-708) > 0 && exact_exp(nextafter(-708, -INFINITY)) == 0);
    assert_true(isfinite(exact_exp(709.7)) && isinf(exact_exp(nextafter(709.7, INFINITY))));
    assert_true(isinf(exact_log(-0.0)) && exact_log(-0.0) < 0);
    assert_true(isinf(exact_log(nextafter(0x1p-1022, 0))) && exact_log(0x1p-1022) > -709);
    assert_true(isnan(exact_exp(NAN)) && isnan(exact_log(NAN)));
    assert_true(exact_log(1) == 0 && isinf(exact_log(0)) && exact_log(0) < 0);
    assert_true(isnan(exact_log(-1)) && isinf(exact_log(INFINITY)));
    assert_true(exact_power(3, 5) == 243 && exact_power(0.5, 0) == 1);
    assert_true(fabs(exact_power(0.999, 1000000) - pow(0.999, 1000000)) < 1e-300);
    assert_true(ulps(exact_power(0.999, 5000), powl(0.999L, 5000)) < 1e5);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* A digest of many results: FNV-1a over their bits. */
static void bits_are_always_the_same(void **state)
{
    (void)state;
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = -7000; i < 7000; i++) {
        double x = i / 10.0;
        hash = (hash ^ bits_of(exact_exp(x))) * 0x100000001b3u;
        hash = (hash ^ bits_of(exact_log(x * x + 0.1))) * 0x100000001b3u;
        hash = (hash ^ bits_of(exact_cospi((i + 7000) / 14000.0))) * 0x100000001b3u;
    }
    assert_int_equal(hash, 0x935a4455c493973eu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_near),
        cmocka_unit_test(log_is_near),
        cmocka_unit_test(cosine_is_near),
        cmocka_unit_test(limits_are_as_stated),
        cmocka_unit_test(bits_are_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
