/*
 * Proves for the curve of the learning rates: it contains every step until the array is full, then
 * evenly spaced ones, each with the rate of its step, and always the highest and the last rate.
 * Checked for every length up to three halvings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mnist/nn/train/rate_curve.h"

/* The rate of a step, from 0; all are different. */
static float rate_of(uint64_t step)
{
    return (float)(step + 1) / 8192;
}

static void every_point_is_the_rate_of_its_step(void **state)
{
    (void)state;
    enum { STEPS = 8 * RATE_CURVE_POINTS };
    struct rate_curve curve;
    rate_curve_begin(&curve, 5);
    for (uint64_t step = 0; step < STEPS; step++) {
        rate_curve_add(&curve, rate_of(step));
        assert_int_equal(curve.steps, step + 1);
        assert_int_equal(curve.count, (curve.steps + curve.stride - 1) / curve.stride);
        assert_true(curve.count <= RATE_CURVE_POINTS);
        assert_true(curve.stride == 1 || curve.count > RATE_CURVE_POINTS / 2);
        assert_true(curve.last == rate_of(step));
        for (int i = 0; i < curve.count; i++)
            assert_true(curve.rates[i] == rate_of((uint64_t)i * curve.stride));
    }
    assert_true(curve.highest == curve.last && curve.highest_step == STEPS - 1);
    for (int i = 0; i < 100; i++)
        rate_curve_add(&curve, 0.5f);
    assert_true(curve.highest == rate_of(STEPS - 1) && curve.highest_step == STEPS - 1);
    assert_true(curve.last == 0.5f);
    assert_int_equal(curve.first, 5);
    assert_int_equal(curve.stride, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_is_the_rate_of_its_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
