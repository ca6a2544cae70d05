/*
 * neighbours - the nearest images by Euclidean distance of their pixels, exactly, without comparing
 * all pixels of all pairs.
 *
 * duplicates.c and outliers.c search with it. Each image x is reduced to a sketch s(x) of a few
 * numbers: its first principal components, and the length of what they leave out. The sketch never
 * stretches a distance:
 *     |s(x) - s(y)| <= |x - y|      (orthonormal components; |u| - |v| <= |u - v| for the rest)
 * so a pair whose sketches are farther apart than the best found so far cannot be better, and is
 * passed over. The sketches' distances come from a matrix product, all pairs of them; the few pairs
 * that remain are compared pixel by pixel in integers. So floating point decides only what is
 * looked at, with a margin for its rounding, never the result: results are the same on every
 * machine and with any number of threads. (The lower-bounding idea: Faloutsos, Ranganathan,
 * Manolopoulos 1994, "Fast subsequence matching".)
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

/* Images [count, basis->size] are borrowed for the life of the result. basis has
   NEIGHBOURS_COMPONENTS or fewer; sets that are searched together share one. NULL with error set
   (memory, stopped). Caller frees with neighbours_free. */
__attribute__((warn_unused_result)) struct neighbours *neighbours_new(
    const uint8_t *images, int count, const struct pca *basis, struct thread_pool *pool,
    struct progress *watch, struct error *error);
void neighbours_free(struct neighbours **neighbours);

struct neighbours_pair {
    int first, second;         /* image of a, image of b */
    uint32_t distance_squared; /* byte units */
};

/* The `wanted` (1 .. NEIGHBOURS_PAIRS_MAX) pairs with the smallest distance above 0, one image
   from a, one from b, ordered by (distance, first, second), into pairs [wanted]; *found = how
   many there are. a == b: pairs within one set, first < second. False with error set (memory,
   stopped). */
__attribute__((warn_unused_result)) bool neighbours_closest(const struct neighbours *a,
                                                            const struct neighbours *b, int wanted,
                                                            struct neighbours_pair *pairs,
                                                            int *found, struct thread_pool *pool,
                                                            struct progress *watch,
                                                            struct error *error);

struct neighbours_near {
    int index;                 /* an image of the set, -1 = there are not so many */
    uint32_t distance_squared; /* byte units */
};

/* For each of members [count] (indices into a, ascending) the `wanted` (1 ..
   NEIGHBOURS_NEAREST_MAX) nearest of the other members, by (distance, index), into near [count,
   wanted]. */
__attribute__((warn_unused_result)) bool neighbours_nearest(
    const struct neighbours *a, const uint32_t *members, int count, int wanted,
    struct neighbours_near *near, struct thread_pool *pool, struct progress *watch,
    struct error *error);

/* Sum of the squared differences of two images' bytes. size * 255^2 < 2^32, so size <= 66051. */
uint32_t neighbours_distance(const uint8_t *a, const uint8_t *b, size_t size);

#endif
