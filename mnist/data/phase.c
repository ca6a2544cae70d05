/*
 * phase - a watch that passes its ticks on, scaled.
 */
#include "mnist/data/phase.h"

static bool tick(struct watch *watch, double done, double total)
{
    struct phase *phase = (struct phase *)watch; /* its first member */
    double share = total > 0 ? done / total : 0;
    return watch_tick(phase->outer, phase->begin + (phase->end - phase->begin) * share, 1);
}

struct watch *phase_begin(struct phase *phase, struct watch *outer, double begin, double end)
{
    *phase = (struct phase){.watch = {.tick = tick}, .outer = outer, .begin = begin, .end = end};
    return &phase->watch;
}
