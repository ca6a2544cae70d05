/*
 * duplicates - exact and near duplicates among the images of a data set.
 *
 * Exact duplicates have equal bytes; they are found by hash, then compared. Near duplicates are the
 * pairs of different images with the smallest Euclidean distance. All pairs are covered (1.8
 * billion in MNIST's training part), not a sample: neighbours.h describes the algorithm and why it
 * is exact.
 */
#ifndef MNIST_DATA_DUPLICATES_H
#define MNIST_DATA_DUPLICATES_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

enum duplicates_where {
    DUPLICATES_TRAIN,      /* both images in the training part                          */
    DUPLICATES_TEST,       /* both in the test part                                     */
    DUPLICATES_TRAIN_TEST, /* first in the training part, second in the test part: a leak */
    DUPLICATES_PLACES,
};

enum { DUPLICATES_NEAR_MAX = 100 };

struct duplicates_pair {
    int first, second; /* indices in their parts; first < second within one part */
    uint8_t first_label, second_label;
    uint32_t distance_squared; /* sum over pixels of the difference squared, byte units */
};

struct duplicates {
    struct {
        struct duplicates_pair
            *exact; /* [exact_count], by (first, second): each image with its first equal image */
        int exact_count;
        int exact_conflicts; /* exact pairs with different labels */
        struct duplicates_pair
            near[DUPLICATES_NEAR_MAX]; /* by distance, then indices; without exact duplicates */
        int near_count;
    } places[DUPLICATES_PLACES];
};

/* Finds all exact duplicates, and near_count (0 .. DUPLICATES_NEAR_MAX) near duplicates for each
   value of duplicates_where. NULL with error (out of memory, interrupted). Caller frees with
   duplicates_free. */
__attribute__((warn_unused_result)) struct duplicates *duplicates_find(
    const struct dataset *dataset, int near_count, struct thread_pool *pool,
    struct progress *progress, struct error *error);
void duplicates_free(struct duplicates **duplicates);

#endif
