/*
 * im2col - lays the pixels under a convolution's window out as a matrix, so that the convolution is
 * a product.
 *
 * Called by stage_conv.c for a few images at a time, so that the matrix stays in cache.
 *
 *     col[(c K + u) K + v][(image, i, j)] = x[c, image, i stride + u - pad, j stride + v - pad]
 *                                           (0 outside)
 */
#ifndef MNIST_NN_REFERENCE_IM2COL_H
#define MNIST_NN_REFERENCE_IM2COL_H

#include <stddef.h>

#include "mnist/nn/model/layer.h"

/* Some images of a slot: x points at the first within [C, n, H, W], plane_stride = n * H * W. */
struct im2col {
    struct shape in, out;
    int kernel, stride, pad;
    int images;
    size_t plane_stride;
};

/* col [C K K, images * H' * W']. */
void im2col(float *col, const float *x, const struct im2col *shape);

/* The way back, added up: dx[...] += col[...] for each place that x was copied to. */
void col2im(float *dx, const float *col, const struct im2col *shape);

#endif
