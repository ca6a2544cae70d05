/*
 * im2col - copies the inputs of a convolution into a matrix, so that the convolution becomes a
 * matrix product.
 *
 * A column of the matrix contains the inputs of one output. conv.c calls it for a few images
 * at a time, so that the matrix stays in the cache.
 *
 *     col[(c K + u) K + v][(image, i, j)] = x[c, image, i stride + u - pad, j stride + v - pad]
 *                                           (0 outside)
 */
#ifndef MNIST_NN_REFERENCE_IM2COL_H
#define MNIST_NN_REFERENCE_IM2COL_H

#include <stddef.h>

#include "mnist/nn/model/layer.h"

/* Some images of a slot: x points to the first one in [C, n, H, W], plane_stride = n * H * W. */
struct im2col {
    struct shape in, out;
    int kernel, stride, pad;
    int images;
    size_t plane_stride;
};

/* col [C K K, images * H' * W']. */
void im2col(float *col, const float *x, const struct im2col *shape);

/* The transpose: adds each element of col to the element of dx that im2col would have read for
   it. */
void col2im(float *dx, const float *col, const struct im2col *shape);

#endif
