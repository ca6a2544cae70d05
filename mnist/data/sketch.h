/*
 * sketch - short vectors for images, whose distances are lower bounds of the distances of the
 * images.
 *
 * neighbours.c searches with sketches; neighbours.h describes the method and why it is exact. A
 * sketch has SKETCH_WIDTH floats: principal components (padded with 0), the length of the
 * remainder, and one extra element. The extra element is 1 on the left side of a product and
 * -|s(y)|^2 / 2 on the right side, so that one product gives
 *     g(x, y) = s(x).s(y) - |s(y)|^2 / 2,      |s(x) - s(y)|^2 = |s(x)|^2 - 2 g(x, y)
 * and "nearer than d" is g > (|s(x)|^2 - d^2) / 2: one comparison per pair.
 *
 * Rounding: with R the longest sketch and u = 2^-24, a product of SKETCH_WIDTH terms has an error
 * of at most SKETCH_WIDTH u (R^2 + R^2/2), and a sketch, which is computed in double precision and
 * rounded once, an error of at most u R. sketch_limit adds twice both errors to d^2.
 */
#ifndef MNIST_DATA_SKETCH_H
#define MNIST_DATA_SKETCH_H

#include "mnist/data/pca.h"

enum {
    SKETCH_COMPONENTS = 46,
    SKETCH_REST = SKETCH_COMPONENTS, /* index of the remainder's length */
    SKETCH_EXTRA,                    /* index of 1 or -|s|^2 / 2        */
    SKETCH_WIDTH,
    SKETCH_COLUMNS = 512, /* products per row of a scan */
};

struct sketches {
    int count;
    double longest; /* R */
    float *left;    /* [count, SKETCH_WIDTH], EXTRA = 1          */
    float *right;   /* [count, SKETCH_WIDTH], EXTRA = -|s|^2 / 2 */
    double *square; /* [count] |s|^2                             */
};

/* Computes the sketches of images [count, basis->size]; basis has at most SKETCH_COMPONENTS
   components. False with error (out of memory, interrupted); sketches is then empty. Caller
   releases with sketches_release. */
__attribute__((warn_unused_result)) bool sketches_make(
    struct sketches *sketches, const uint8_t *images, int count, const struct pca *basis,
    struct thread_pool *pool, struct progress *progress, struct error *error);
void sketches_release(struct sketches *sketches);

/* A limit that g(x, y) exceeds for every pair of image `row` of a and an image of b with at most
   this distance of their pixels. */
float sketch_limit(const struct sketches *a, int row, const struct sketches *b,
                   double distance_squared);

/* products [rows, width] = left [rows, SKETCH_WIDTH] right [columns, SKETCH_WIDTH]^T. width is a
   multiple of SKETCH_COLUMNS; the columns from `columns` on are set to -infinity. Runs on the
   calling thread between blas_begin and blas_end. */
void sketch_multiply(float *products, int width, const float *left, int rows, const float *right,
                     int columns);

/* The first column from `from` on whose product exceeds limit; SKETCH_COLUMNS if there is none.
   products [SKETCH_COLUMNS]. */
int sketch_next_above(const float *products, int from, float limit);

#endif
