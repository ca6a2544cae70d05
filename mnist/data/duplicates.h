/*
 * duplicates - images that occur twice, and the pairs that come nearest to it.
 *
 * Exact duplicates: all bytes equal, found by hash, then compared. Near duplicates: the pairs of
 * different images with the smallest Euclidean distance, over *all* pairs (1.8 thousand million in
 * MNIST's training part), not a sample: neighbours.h says how, and why nothing is missed.
 */
#ifndef MNIST_DATA_DUPLICATES_H
#define MNIST_DATA_DUPLICATES_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

enum duplicates_where {
    DUPLICATES_TRAIN,      /* both images in the training part                          */
    DUPLICATES_TEST,       /* both in the test part                                     */
    DUPLICATES_TRAIN_TEST, /* first in the training part, second in the test part: leaks */
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
            *exact; /* [exact_count], by (first, second): each image with the first one like it */
        int exact_count;
        int exact_conflicts; /* of these, pairs with different labels */
        struct duplicates_pair
            near[DUPLICATES_NEAR_MAX]; /* by distance, then indices; exact ones left out */
        int near_count;
    } places[DUPLICATES_PLACES];
};

/* near_count (0 .. DUPLICATES_NEAR_MAX) nearest pairs for each place; 0 = exact duplicates only,
   which is quick. NULL with error set (memory, stopped). Caller frees with duplicates_free. */
__attribute__((warn_unused_result)) struct duplicates *duplicates_find(
    const struct dataset *dataset, int near_count, struct thread_pool *pool, struct progress *watch,
    struct error *error);
void duplicates_free(struct duplicates **duplicates);

#endif
