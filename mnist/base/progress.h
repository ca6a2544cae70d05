/*
 * progress - progress reports of long computations, and their cancellation.
 *
 * A command (commands/) owns a struct progress; the computation (data/, nn/) calls progress_tick at
 * least every 20 ms. A tick is cheap: its owner decides when to update a display.
 */
#ifndef MNIST_BASE_PROGRESS_H
#define MNIST_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    /* done of total units are finished. Returns false if the computation should stop. */
    bool (*tick)(struct progress *progress, double done, double total);
};

/* Returns false if the computation should stop; a NULL progress never stops it. Called only by the
   thread that started the computation. */
static inline bool progress_tick(struct progress *progress, double done, double total)
{
    return progress == NULL || progress->tick(progress, done, total);
}

#endif
