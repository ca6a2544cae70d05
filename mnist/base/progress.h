/*
 * progress - how long work says how far it is, and learns that it should stop.
 *
 * Whoever starts the work (commands/) owns the watch; whoever does it (data/, nn/) calls
 * progress_tick often, at least every 20 ms. The tick is cheap: the watch decides itself when to
 * show anything.
 */
#ifndef MNIST_BASE_PROGRESS_H
#define MNIST_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    /* done of total units are finished. Returns false when the user wants the work to stop. */
    bool (*tick)(struct progress *watch, double done, double total);
};

/* True = go on. A NULL watch never stops anything. Called from one thread only: the one that
   started the work. */
static inline bool progress_tick(struct progress *watch, double done, double total)
{
    return watch == NULL || watch->tick(watch, done, total);
}

#endif
