/*
 * synthetic - images that nobody wrote: the strokes of a wandering pen, and labels by chance.
 *
 * `bench` (commands/bench.c) measures with them when no data set is loaded. An engine's speed may depend on what
 * the images hold (whatever relu silences need not be computed), so they have about as much ink as MNIST's (19 % of the
 * pixels), in lines as thick. There is nothing to be learnt from them.
 */
#ifndef MNIST_DATA_SYNTHETIC_H
#define MNIST_DATA_SYNTHETIC_H

#include "mnist/data/dataset.h"

#include <stdint.h>

enum { SYNTHETIC_SIDE = 28 };

/* A data set named "synthetic" of train_count and test_count images [28, 28]; the same seed gives
   the same everywhere. NULL with error set. Caller frees with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *synthetic_new(int train_count, int test_count,
                                                                  uint64_t seed,
                                                                  struct error *error);

#endif
