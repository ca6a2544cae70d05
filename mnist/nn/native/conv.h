/*
 * conv - what a convolution stage of the native engine knows about itself.
 *
 * conv_shape.c works it out from the layers, conv.c runs it.
 *
 * Which kernels do the work follows from the shapes alone, so it is the same on every machine:
 *
 *                 forward                 gradient of the weights     of the input
 *     planar      direct                  planar                      not wanted
 *     3x3, pooled Winograd                sparse                      sparse
 *     3x3         Winograd                Winograd                    Winograd
 *     others      direct                  sparse                      sparse
 *
 * (3x3 with stride 1 and at most 2 zeros around; "pooled" also where a maximum is the next layer.)
 * Kernels know no padding: where there is some, the image is copied into scratch with its border.
 * What no later layer needs is not computed: behind a convolution of 11 x 11 that is pooled to 5 x
 * 5, nobody asks for the eleventh row, nor for what it is made of.
 *
 * A batch-norm with its relu before the convolution is made on the way into such a copy
 * (norm.h), and its sums of the gradient right after each image's dx; so it costs little
 * memory traffic.
 *
 *     prepared   forward weights | bias | weights for the input's gradient | batch-norm's factors
 *     gradients  weights, as the kernel adds them up | bias | batch-norm's
 *     scratch    images with border | gradients with border | what the kernels work in | factors
 *
 * Where the input's gradient is Winograd's too, the weights' gradients of all images come first; so
 * images and gradients with border are in the same place, one after the other.
 */
#ifndef MNIST_NN_NATIVE_CONV_H
#define MNIST_NN_NATIVE_CONV_H

#include "mnist/nn/native/norm.h"

struct native_conv {
    int layer;               /* the convolution's                                       */
    bool normed;             /* a batch-norm, and perhaps relu, come before it          */
    struct native_norm norm; /* then this one                                           */
    struct native_geometry forward, input; /* input: the Winograd kernel that gives dx */
    struct native_weights weights;
    int pad, group; /* zeros around; images whose copies with border lie side by side */
    bool planar, winograd, sparse, border, input_border;
    int band;     /* rows of the result whose gradient goes at a time */
    int together; /* images whose weight gradients do, if a band is the whole result */
    size_t bias_at, input_at, folded_at;            /* prepared, in floats */
    size_t dbias_at, dnorm_at;                      /* gradients           */
    size_t gradient_border_at, work_at, factors_at; /* scratch             */
    size_t x_floats, bordered, dy_bordered;         /* of one image        */
};

_Static_assert(sizeof(struct native_conv) <= STAGE_DETAIL_SIZE, "a stage's notes must fit");

/* Fills in the stage's shapes, counts and sizes and its struct native_conv, for the convolution at
   first, or after the batch-norm there, and the layers that go with it; end is the first layer that
   is none of the plan's. */
void native_conv_describe(struct stage *stage, int first, int end, bool training);

/* The stage's work (engine.h). */
double native_conv_work(const struct stage *stage, const struct slot *slot, bool backward);

/* The weights as the Winograd kernel that gives dx wants them. */
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
