/*
 * subprogress - one part of a longer work, shown on the whole work's watch.
 *
 * Work that is made of several pieces of work (load four files; components, then sketches, then
 * pairs) gives each a phase's watch; the outer watch then goes once from 0 to 1 instead of starting
 * anew with each piece.
 */
#ifndef MNIST_BASE_SUBPROGRESS_H
#define MNIST_BASE_SUBPROGRESS_H

#include "mnist/base/progress.h"

struct subprogress {
    struct progress watch; /* what the piece of work is given */
    struct progress *outer;
    double begin, end; /* the piece's share of the whole, 0..1 */
};

/* The watch of the share from begin to end (0..1) of outer, which may be NULL. phase is the
   caller's, for as long as the piece of work lasts; it may be used again for the next. */
struct progress *subprogress_begin(struct subprogress *phase, struct progress *outer, double begin,
                                   double end);

#endif
