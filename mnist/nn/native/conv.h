/*
 * conv - the private data of a convolution stage, shared by conv_shape.c, which computes it from
 * the layers, and conv.c, which runs the stage.
 *
 * The choice of kernels depends on the shapes alone, so it is the same on every machine:
 *
 *                 forward                 weight gradient             input gradient
 *     planar      direct                  grey                        not needed
 *     3x3, pooled Winograd                sparse                      sparse
 *     3x3         Winograd                Winograd                    Winograd
 *     others      direct                  sparse                      sparse
 *
 * ("3x3": stride 1 and padding of at most 2. "pooled": the stage ends with a 2x2 maxpool, or the
 * next layer is a maximum.) The kernels have no padding: an image with padding is copied to scratch
 * with a zero border. Skip rows and columns that no later layer reads: a 2x2 pool of an 11x11 plane
 * reads only 10x10.
 *
 * A batch-norm (and relu) before the convolution is applied during this copy (norm.h), and its
 * gradient sums are computed right after each image's dx, while the data is in cache.
 *
 *     prepared   forward weights | bias | weights for the input gradient | batch-norm's factors
 *     gradients  weights, in the kernel's layout | bias | batch-norm's
 *     scratch    images with border | gradients with border | kernels' working memory | factors
 *
 * If the input gradient uses Winograd, the weight gradients of all images are computed first.
 * Images and gradients with border can then use the same memory.
 */
#ifndef MNIST_NN_NATIVE_CONV_H
#define MNIST_NN_NATIVE_CONV_H

#include "mnist/nn/native/norm.h"

struct native_conv {
    int layer;                             /* index of the convolution */
    bool has_norm;                         /* a batch-norm, and perhaps a relu, precedes it */
    struct native_norm norm;               /* if has_norm */
    struct native_geometry forward, input; /* input: the Winograd convolution that computes dx */
    struct native_weights weights;
    int pad, group; /* padding; images that are copied with border at a time */
    bool planar, winograd, sparse, border, input_border;
    int band;         /* rows of the result per call of a sparse gradient */
    int wgrad_images; /* images per call of sparse_wgrad, if a band is the whole result */
    size_t bias_at, input_at, folded_at;            /* offsets in prepared, in floats */
    size_t dbias_at, dnorm_at;                      /* offsets in gradients */
    size_t gradient_border_at, work_at, factors_at; /* offsets in scratch */
    size_t x_floats, bordered, dy_bordered;         /* floats of one image */
};

_Static_assert(sizeof(struct native_conv) <= STAGE_DETAIL_SIZE, "the private data must fit");

/* Fills in the stage's shapes and sizes and its struct native_conv. first is the convolution, or
   the batch-norm before it; end is the end of the plan's layers. */
void native_conv_describe(struct stage *stage, int first, int end, bool training);

/* The stage's work function (engine.h). */
double native_conv_work(const struct stage *stage, const struct slot *slot, bool backward);

/* The weights of the Winograd convolution that computes dx. */
static inline struct native_weights native_rotated(const struct native_conv *d)
{
    struct native_weights rotated = d->weights;
    rotated.rotated = true;
    rotated.tile = d->input.tile;
    return rotated;
}

static inline const struct layer *native_conv_layer(const struct stage *stage)
{
    const struct native_conv *d = native_detail(stage);
    return network_layer(stage->network, d->layer);
}

#endif
