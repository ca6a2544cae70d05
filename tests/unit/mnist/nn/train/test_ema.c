/*
 * Proves for averaged weights: the ramp by hand, and the average by its formula in double
 * precision.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mnist/nn/train/ema.h"

static void decay_rises_to_its_limit(void **state)
{
    (void)state;
    assert_true(ema_decay(0.999f, 0) == 0.1f);
    assert_true(ema_decay(0.999f, 8) == 0.5f);
    assert_true(ema_decay(0.999f, 8980) < 0.999f);
    assert_true(ema_decay(0.999f, 8990) == 0.999f);
    assert_true(ema_decay(0.3f, 8) == 0.3f);
}

static void average_follows_the_formula(void **state)
{
    (void)state;
    enum { COUNT = 40000 }; /* more than one task */
    static float average[COUNT], values[COUNT];
    static double expected[COUNT];
    struct error error = {0};
    struct thread_pool *pool = thread_pool_new(2, &error);
    assert_non_null(pool);
    for (int i = 0; i < COUNT; i++)
        expected[i] = average[i] = (float)(i % 37);
    for (uint64_t n = 0; n < 50; n++) {
        double decay = fmin(0.9, (1.0 + (double)n) / (10.0 + (double)n));
        for (int i = 0; i < COUNT; i++) {
            values[i] = (float)((i * 13 + (int)n * 7) % 17) - 8;
            expected[i] = decay * expected[i] + (1 - decay) * (double)values[i];
        }
        ema_update(pool, average, values, COUNT, 0.9f, n);
        for (int i = 0; i < COUNT; i++)
            assert_true(fabs((double)average[i] - expected[i]) < 1e-5);
    }
    thread_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decay_rises_to_its_limit),
        cmocka_unit_test(average_follows_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
