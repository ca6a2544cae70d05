/*
 * Proves the learning rates by hand at the first, last and turning points of each schedule, and
 * step by step against `torch.optim.lr_scheduler`.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mnist/nn/train/schedule.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static void assert_rate(const struct schedule *schedule, uint64_t step, double expected)
{
    double got = (double)schedule_rate(schedule, step);
    if (!(fabs(got - expected) <= 1e-6 * fabs(expected) + 1e-12))
        fail_msg("%s, step %d: %g, expected %g", schedule_name(schedule), (int)step, got, expected);
}

static void corners_by_hand(void **state)
{
    (void)state;
    struct schedule s = {.kind = SCHEDULE_CONSTANT, .rate = 0.1f, .steps = 100, .warmup_steps = 10};
    assert_rate(&s, 0, 0.01);
    assert_rate(&s, 8, 0.09);
    assert_rate(&s, 9, 0.1);
    assert_rate(&s, 99, 0.1);
    s.kind = SCHEDULE_COSINE;
    assert_rate(&s, 4, 0.05);
    assert_rate(&s, 10, 0.1);
    assert_rate(&s, 55, 0.05);
    assert_rate(&s, 99, 0.1 * (1 + cos(acos(-1) * 89 / 90)) / 2);
    assert_rate(&s, 1000, 0.1 * (1 + cos(acos(-1) * 89 / 90)) / 2);
    s = (struct schedule){
        .kind = SCHEDULE_STEP, .rate = 0.8f, .steps = 100, .every_steps = 30, .factor = 0.5f};
    assert_rate(&s, 29, 0.8);
    assert_rate(&s, 30, 0.4);
    assert_rate(&s, 99, 0.1);
    s = (struct schedule){
        .kind = SCHEDULE_ONECYCLE, .rate = 0.01f, .steps = 101, .warmup_steps = 21};
    assert_rate(&s, 0, 0.01 / 25);
    assert_rate(&s, 10, (0.01 + 0.01 / 25) / 2);
    assert_rate(&s, 20, 0.01);
    assert_rate(&s, 60, (0.01 + 0.01 / 25e4) / 2);
    assert_rate(&s, 100, 0.01 / 25e4);
}

static void short_schedules_stay_finite(void **state)
{
    (void)state;
    for (enum schedule_kind kind = 0; kind < SCHEDULE_PLUGIN; kind++)
        for (uint64_t steps = 1; steps < 6; steps++)
            for (uint64_t step = 0; step < 8; step++) {
                struct schedule s = {.kind = kind, .rate = 0.01f, .steps = steps, .factor = 0.5f};
                float rate = schedule_rate(&s, step);
                assert_true(rate >= 0 && rate <= 0.01f);
            }
}

static void compare(const struct model_file *file, const char *name, struct schedule s)
{
    float expected[100];
    struct error error = {0};
    assert_true(model_file_read(file, name, expected, s.steps, &error));
    for (uint64_t step = 0; step < s.steps; step++)
        assert_rate(&s, step, (double)expected[step]);
}

static void steps_equal_pytorch(void **state)
{
    (void)state;
    struct model_file *file = open_reference("schedules.safetensors");
    compare(file, "onecycle", (struct schedule){SCHEDULE_ONECYCLE, 0.02f, 100, 0, 0, 0, NULL});
    compare(file, "onecycle_odd", (struct schedule){SCHEDULE_ONECYCLE, 0.02f, 37, 0, 0, 0, NULL});
    compare(file, "cosine", (struct schedule){SCHEDULE_COSINE, 0.02f, 60, 0, 0, 0, NULL});
    compare(file, "step", (struct schedule){SCHEDULE_STEP, 0.02f, 30, 0, 7, 0.5f, NULL});
    model_file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_by_hand),
        cmocka_unit_test(short_schedules_stay_finite),
        cmocka_unit_test(steps_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
