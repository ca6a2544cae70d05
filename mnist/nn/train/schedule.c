/*
 * schedule - the formulas of schedule.h, in double precision, with exact_math.h instead of libm.
 */
#include "mnist/nn/train/schedule.h"

#include <assert.h>
#include <stddef.h>

#include "mnist/nn/engine/exact_math.h"

/* OneCycleLR's defaults. */
static const double onecycle_start = 25, onecycle_end = 25e4, onecycle_warmup = 0.3;

/* Half a cosine from a (t = 0) to b (t = 1). */
static double anneal(double a, double b, double t)
{
    return b + (a - b) / 2 * (1 + exact_cospi(t));
}

static double onecycle(const struct schedule *schedule, double step)
{
    double steps = (double)schedule->steps, rate = (double)schedule->rate;
    double rise = schedule->warmup_steps > 0 ? (double)schedule->warmup_steps - 1
                                             : onecycle_warmup * steps - 1;
    if (rise > 0 && step <= rise)
        return anneal(rate / onecycle_start, rate, step / rise);
    rise = rise > 0 ? rise : 0;
    double fall = steps - 1 - rise;
    return anneal(rate, rate / onecycle_end, fall > 0 ? (step - rise) / fall : 1);
}

float schedule_rate(const struct schedule *schedule, uint64_t step)
{
    double rate = (double)schedule->rate;
    assert(schedule->kind < SCHEDULE_KINDS);
    assert((schedule->kind == SCHEDULE_PLUGIN) == (schedule->plugin != NULL));
    if (step >= schedule->steps)
        step = schedule->steps > 0 ? schedule->steps - 1 : 0;
    if (schedule->kind == SCHEDULE_PLUGIN)
        return (float)schedule->plugin->rate(schedule->plugin->context, rate, step,
                                             schedule->steps);
    if (schedule->kind == SCHEDULE_ONECYCLE)
        return (float)onecycle(schedule, (double)step);
    if (step < schedule->warmup_steps)
        return (float)(rate * (double)(step + 1) / (double)schedule->warmup_steps);
    if (schedule->kind == SCHEDULE_STEP && schedule->every_steps > 0)
        return (float)(rate * exact_power((double)schedule->factor, step / schedule->every_steps));
    if (schedule->kind == SCHEDULE_COSINE) {
        double done = (double)(step - schedule->warmup_steps);
        return (float)anneal(rate, 0, done / (double)(schedule->steps - schedule->warmup_steps));
    }
    return (float)rate;
}

const char *schedule_name(const struct schedule *schedule)
{
    static const char *const names[] = {"constant", "step", "cosine", "onecycle"};
    return schedule->kind == SCHEDULE_PLUGIN ? schedule->plugin->name : names[schedule->kind];
}
