/*
 * rate_curve - adds a step, and halves the number of points when the array is full.
 */
#include "mnist/nn/train/rate_curve.h"

#include <assert.h>

void rate_curve_begin(struct rate_curve *curve, uint64_t first)
{
    *curve = (struct rate_curve){.first = first, .stride = 1};
}

static void halve(struct rate_curve *curve)
{
    for (int i = 0; i < RATE_CURVE_POINTS / 2; i++)
        curve->rates[i] = curve->rates[2 * i];
    curve->count = RATE_CURVE_POINTS / 2;
    curve->stride *= 2;
}

void rate_curve_add(struct rate_curve *curve, float rate)
{
    assert(curve->stride > 0 && curve->count <= RATE_CURVE_POINTS);
    if (curve->steps % curve->stride == 0 && curve->count == RATE_CURVE_POINTS)
        halve(curve);
    if (curve->steps % curve->stride == 0)
        curve->rates[curve->count++] = rate;
    if (curve->steps == 0 || rate > curve->highest) {
        curve->highest = rate;
        curve->highest_step = curve->steps;
    }
    curve->last = rate;
    curve->steps++;
}
