/*
 * subprogress - scales each tick and passes it to the outer progress.
 */
#include "mnist/base/subprogress.h"

static bool tick(struct progress *progress, double done, double total)
{
    struct subprogress *part = (struct subprogress *)progress; /* its first member */
    double share = total > 0 ? done / total : 0;
    return progress_tick(part->outer, part->begin + (part->end - part->begin) * share, 1);
}

struct progress *subprogress_begin(struct subprogress *part, struct progress *outer, double begin,
                                   double end)
{
    *part = (struct subprogress){
        .progress = {.tick = tick}, .outer = outer, .begin = begin, .end = end};
    return &part->progress;
}
