/*
 * synthetic - a random data set: the strokes of a pen on a random walk, with random labels.
 *
 * `bench` measures with it when no data set is loaded. The speed of an engine may depend on the
 * images, because the sparse backward pass skips zeros after relu. So the images have about as much
 * ink as MNIST's (19 % of the pixels), in lines of the same width. A network cannot learn anything
 * from them.
 */
#ifndef MNIST_DATA_SYNTHETIC_H
#define MNIST_DATA_SYNTHETIC_H

#include "mnist/data/dataset.h"

#include <stdint.h>

enum { SYNTHETIC_SIDE = 28 };

/* A data set named "synthetic" with train_count and test_count images [28, 28]; the same seed gives
   the same images on every machine. NULL with error on failure. Caller frees with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *synthetic_new(int train_count, int test_count,
                                                                  uint64_t seed,
                                                                  struct error *error);

#endif
