/*
 * neighbours - the nearest images by Euclidean distance of their pixels, exactly, without comparing
 * all pixels of all pairs.
 *
 * duplicates.c and outliers.c search with it. Each image x is reduced to a sketch s(x) of a few
 * numbers: its first principal components, and the length of the remainder. Distances of sketches
 * are lower bounds of distances of images:
 *     |s(x) - s(y)| <= |x - y|      (orthonormal components; |u| - |v| <= |u - v| for the rest)
 * A pair whose sketches are farther apart than the best pair so far cannot be better, and is
 * skipped. A matrix product gives the distances of all pairs of sketches. The few remaining pairs
 * are compared pixel by pixel in integers. Floating point only selects candidates, with a margin
 * for its rounding, so the results are the same on every machine and with any number of threads.
 * (Lower bounds: Faloutsos, Ranganathan, Manolopoulos 1994, "Fast subsequence matching".)
 */
#ifndef MNIST_DATA_NEIGHBOURS_H
#define MNIST_DATA_NEIGHBOURS_H

#include "mnist/data/pca.h"

enum {
    NEIGHBOURS_COMPONENTS = 46, /* of the sketch; fewer if the image has fewer pixels */
    NEIGHBOURS_PAIRS_MAX = 1000,
    NEIGHBOURS_NEAREST_MAX = 64,
};

/* A set of images with their sketches. */
struct neighbours;

/* images [count, basis->size] are borrowed until neighbours_free. basis has at most
   NEIGHBOURS_COMPONENTS components; sets that are compared must have the same basis. NULL with
   error (out of memory, interrupted). Caller frees with neighbours_free. */
__attribute__((warn_unused_result)) struct neighbours *neighbours_new(
    const uint8_t *images, int count, const struct pca *basis, struct thread_pool *pool,
    struct progress *progress, struct error *error);
void neighbours_free(struct neighbours **neighbours);

struct neighbours_pair {
    int first, second;         /* image of a, image of b */
    uint32_t distance_squared; /* byte units */
};

/* Finds the `wanted` (1 .. NEIGHBOURS_PAIRS_MAX) pairs of an image from a and an image from b with
   the smallest distance above 0, ordered by (distance, first, second). pairs [wanted] receives
   *found pairs. If a == b, the pairs are within one set, first < second. False with error (out of
   memory, interrupted). */
__attribute__((warn_unused_result)) bool neighbours_closest(const struct neighbours *a,
                                                            const struct neighbours *b, int wanted,
                                                            struct neighbours_pair *pairs,
                                                            int *found, struct thread_pool *pool,
                                                            struct progress *progress,
                                                            struct error *error);

struct neighbours_near {
    int index;                 /* an image of the set, -1 = none                  */
    uint32_t distance_squared; /* byte units */
};

/* For each of members [count] (ascending indices into a), finds the `wanted` (1 ..
   NEIGHBOURS_NEAREST_MAX) nearest other members, ordered by (distance, index); near [count,
   wanted]. False with error (out of memory, interrupted). */
__attribute__((warn_unused_result)) bool neighbours_nearest(
    const struct neighbours *a, const uint32_t *members, int count, int wanted,
    struct neighbours_near *near, struct thread_pool *pool, struct progress *progress,
    struct error *error);

/* Sum of the squared differences of two images' bytes. size * 255^2 < 2^32, so size <= 66051. */
uint32_t neighbours_distance(const uint8_t *a, const uint8_t *b, size_t size);

#endif
