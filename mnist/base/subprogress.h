/*
 * subprogress - one part of a longer computation as a share of its progress.
 *
 * A computation of several parts (four files to load) gives each part a subprogress, so that the
 * outer progress runs once from 0 to 1 instead of restarting for each part.
 */
#ifndef MNIST_BASE_SUBPROGRESS_H
#define MNIST_BASE_SUBPROGRESS_H

#include "mnist/base/progress.h"

struct subprogress {
    struct progress progress; /* for the part */
    struct progress *outer;
    double begin, end; /* the part's share of outer, 0..1 */
};

/* The progress of a part that covers begin to end (0..1) of outer, which may be NULL. part is owned
   by the caller, must outlive the computation and may be reused for the next part. */
struct progress *subprogress_begin(struct subprogress *part, struct progress *outer, double begin,
                                   double end);

#endif
