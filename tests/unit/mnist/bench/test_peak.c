/*
 * test_peak - every kernel that this processor can run computes its sum, and its speed is a number.
 *
 * By hand: x = x / 2 + 1 from 3 + i is 2 + (1 + i) / 2^turns, so chains 0 to 11 add up to 24 + 78 /
 * 2^turns in each lane. The speed is only required to be positive and finite, on one thread and on
 * several, and to be measured for the requested time.
 */
#include "mnist/bench/peak.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static void there_is_a_kernel_and_an_end(void **state)
{
    (void)state;
    int count = 0;
    assert_null(peak_kernel_at(-1));
    while (peak_kernel_at(count) != NULL)
        count++;
    assert_in_range(count, 1, 3);
    assert_null(peak_kernel_at(count + 1));
    for (int i = 1; i < count; i++) /* the widest first */
        assert_true(peak_kernel_at(i)->turn_flop < peak_kernel_at(i - 1)->turn_flop);
}

static void kernels_do_their_arithmetic(void **state)
{
    (void)state;
    static const long turns[] = {0, 1, 2, 3, 10, 100000};
    for (int i = 0; peak_kernel_at(i) != NULL; i++) {
        const struct peak_kernel *kernel = peak_kernel_at(i);
        for (size_t t = 0; t < sizeof turns / sizeof turns[0]; t++) {
            double lanes = kernel->turn_flop / (2 * 12);
            double wanted = lanes * (24 + ldexp(78, -(int)fmin((double)turns[t], 60)));
            if (fabs((double)kernel->run(turns[t]) - wanted) > 1e-6 * wanted)
                fail_msg("%s, %ld turns: %g, not %g", kernel->name, turns[t],
                         (double)kernel->run(turns[t]), wanted);
        }
    }
}

static void figures_are_numbers(void **state)
{
    (void)state;
    struct error error;
    for (int threads = 1; threads <= 3; threads++) {
        struct thread_pool *pool = thread_pool_new(threads, &error);
        assert_non_null(pool);
        for (int i = 0; peak_kernel_at(i) != NULL; i++) {
            double flops = peak_measure(peak_kernel_at(i), pool, 0.002);
            assert_true(isfinite(flops) && flops > 0);
            flops = peak_measure(peak_kernel_at(i), pool, 0);
            assert_true(isfinite(flops) && flops > 0);
        }
        thread_pool_free(&pool);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measures_as_long_as_asked(void **state)
{
    (void)state;
    struct error error;
    struct thread_pool *pool = thread_pool_new(2, &error);
    assert_non_null(pool);
    double begun_s = now_s();
    peak_measure(peak_kernel_at(0), pool, 0.05);
    assert_true(now_s() - begun_s >= 0.05);
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_a_kernel_and_an_end),
        cmocka_unit_test(kernels_do_their_arithmetic),
        cmocka_unit_test(figures_are_numbers),
        cmocka_unit_test(measures_as_long_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
