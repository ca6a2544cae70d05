/*
 * exact_exp, exact_log, exact_cospi, exact_power: within the stated bounds of the C library's long
 * double functions over millions of arguments (every exponent; every 9973rd float for exp and log),
 * and at the edges. Also the very bits of a few values, so that a compiler that contracts or
 * reorders is noticed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/exact.h"

/* Distance in units in the last place of want as a double. */
static double ulps(double got, long double want)
{
    double near = (double)want;
    double unit = nextafter(fabs(near), INFINITY) - fabs(near);
    return (double)fabsl((long double)got - want) / unit;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void exp_is_near_for_floats(void **state)
{
    (void)state;
    for (uint64_t bits = 0; bits < 1ULL << 32; bits += 9973) {
        double x = (double)float_of((uint32_t)bits);
        if (!(fabs(x) <= 708) || fabs(x) < 1e-30)
            continue;
        if (!(ulps(exact_exp(x), expl((long double)x)) <= 2))
            fail_msg("exact_exp(%a) = %a", x, exact_exp(x));
    }
}

static void log_is_near_for_floats(void **state)
{
    (void)state;
    for (uint64_t bits = 1; bits < 0x7f800000; bits += 9973) {
        double x = (double)float_of((uint32_t)bits);
        if (!(ulps(exact_log(x), logl((long double)x)) <= 2))
            fail_msg("exact_log(%a) = %a", x, exact_log(x));
    }
    for (int k = -1022; k < 1024; k++) {
        double x = ldexp(1.3, k);
        assert_true(ulps(exact_log(x), logl((long double)x)) <= 2);
    }
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

static void edges_are_as_stated(void **state)
{
    (void)state;
    assert_true(exact_exp(0) == 1 && exact_exp(-0.0) == 1);
    assert_true(exact_exp(-709) == 0 && exact_exp(-INFINITY) == 0);
    assert_true(isinf(exact_exp(710)) && isinf(exact_exp(INFINITY)));
    assert_true(isfinite(exact_exp(709.7)));
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
        cmocka_unit_test(exp_is_near_for_floats),   cmocka_unit_test(log_is_near_for_floats),
        cmocka_unit_test(cosine_is_near),           cmocka_unit_test(edges_are_as_stated),
        cmocka_unit_test(bits_are_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
