/*
 * sketch - a few numbers for each image, whose distances are never longer than those of the images.
 *
 * neighbours.c searches with them; the idea and why nothing is missed are told in neighbours.h. A
 * sketch has SKETCH_WIDTH floats: components (0s if there are fewer), the length of what they leave
 * out, and one place more. In that place the left side of a product has 1 and the right side
 * -|s(y)|^2 / 2, so that one product gives
 *     g(x, y) = s(x).s(y) - |s(y)|^2 / 2,      |s(x) - s(y)|^2 = |s(x)|^2 - 2 g(x, y)
 * and "nearer than d" is g > (|s(x)|^2 - d^2) / 2: one comparison a pair.
 *
 * Rounding. With R the longest sketch and u = 2^-24, a product of SKETCH_WIDTH terms is off by at
 * most SKETCH_WIDTH u (R^2 + R^2/2), and a sketch, made in double and rounded once, moves by at
 * most u R. sketch_limit adds both, doubled, to d^2.
 */
#ifndef MNIST_DATA_SKETCH_H
#define MNIST_DATA_SKETCH_H

#include "mnist/data/pca.h"

enum {
    SKETCH_COMPONENTS = 46,
    SKETCH_REST = SKETCH_COMPONENTS, /* where the rest's length stands */
    SKETCH_EXTRA,                    /* where 1 or -|s|^2 / 2 stands   */
    SKETCH_WIDTH,
    SKETCH_COLS = 512, /* products are scanned in rows of so many */
};

struct sketches {
    int count;
    double longest; /* R */
    float *left;    /* [count, SKETCH_WIDTH], EXTRA = 1          */
    float *right;   /* [count, SKETCH_WIDTH], EXTRA = -|s|^2 / 2 */
    double *square; /* [count] |s|^2                             */
};

/* Of images [count, basis->size]; basis has at most SKETCH_COMPONENTS. False with error set
   (memory, stopped); sketches is empty then. Caller releases with sketches_release. */
__attribute__((warn_unused_result)) bool sketches_make(struct sketches *sketches,
                                                       const uint8_t *images, int count,
                                                       const struct pca *basis,
                                                       struct thread_pool *pool,
                                                       struct progress *watch, struct error *error);
void sketches_release(struct sketches *sketches);

/* What g(x, y) exceeds for each pair of image `row` of a with one of b whose pixels are at this
   distance or nearer. */
float sketch_limit(const struct sketches *a, int row, const struct sketches *b,
                   double distance_squared);

/* products [rows, width] = left [rows, SKETCH_WIDTH] right [cols, SKETCH_WIDTH]^T, width a
   multiple of SKETCH_COLS; columns from cols on are -infinity. On the calling thread if
   blas_begin is in force. */
void sketch_multiply(float *products, int width, const float *left, int rows, const float *right,
                     int columns);

/* The first column from `from` on whose product exceeds limit, SKETCH_COLS if none. products
   [SKETCH_COLS]. */
int sketch_next_above(const float *products, int from, float limit);

#endif
