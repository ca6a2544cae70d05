/*
 * subprogress - a watch that passes its ticks on, scaled.
 */
#include "mnist/base/subprogress.h"

static bool tick(struct progress *watch, double done, double total)
{
    struct subprogress *phase = (struct subprogress *)watch; /* its first member */
    double share = total > 0 ? done / total : 0;
    return progress_tick(phase->outer, phase->begin + (phase->end - phase->begin) * share, 1);
}

struct progress *subprogress_begin(struct subprogress *phase, struct progress *outer, double begin,
                                   double end)
{
    *phase =
        (struct subprogress){.watch = {.tick = tick}, .outer = outer, .begin = begin, .end = end};
    return &phase->watch;
}
