/*
 * split - selects the training images that are held out for validation.
 *
 * The split is stratified: each class contributes in proportion to its size (like scikit-learn's
 * `train_test_split` with stratify=labels). Numbers are rounded by largest remainder, ties to the
 * lower class, so that they add up. Within a class the images are selected at random with
 * rng_stream(seed, RNG_SPLIT, 0, class). The same labels, count and seed give the same split on
 * every machine.
 *
 * Both lists are ascending; trainer.c shuffles the images in each epoch.
 */
#ifndef MNIST_DATA_SPLIT_H
#define MNIST_DATA_SPLIT_H

#include "mnist/base/errors.h"

#include <stdint.h>

struct split {
    int train_count, validation_count;
    uint32_t *train;      /* [train_count], ascending      */
    uint32_t *validation; /* [validation_count], ascending */
};

/* Holds out validation_count (0 .. count - 1) of count images. On failure (a validation part as
   large as the data set, out of memory) error is set and split is empty. Caller releases with
   split_release. */
__attribute__((warn_unused_result)) bool split_make(struct split *split, const uint8_t *labels,
                                                    int count, int validation_count, uint64_t seed,
                                                    struct error *error);
void split_release(struct split *split);

#endif
