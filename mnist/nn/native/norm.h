/*
 * norm - batch normalisation in the native engine, with the relu that may follow.
 *
 * It is a stage of its own (native_stage_norm), or what a convolution does to its input while it
 * copies it into its scratch memory (conv.h): then y = relu(x scale + shift) is never
 * stored, and the gradient's sums are made while it lies in the cache. Both give the same bits.
 *
 * norm.h has the formulas and the two phases. Sums are made over one image in floats, over images
 * and slots in doubles, in order. What fills up the last block has scale 0 and stays 0. Gradients
 * are scale | shift.
 */
#ifndef MNIST_NN_NATIVE_NORM_H
#define MNIST_NN_NATIVE_NORM_H

#include "mnist/nn/engine/norm.h"
#include "mnist/nn/native/native_stages.h"

struct native_norm {
    int layer;
    int filled; /* channels, with those that fill up the last block; also of.stride */
    bool relu;  /* follows */
    struct norm of;
};

void native_norm_describe(struct native_norm *norm, const struct stage *stage, int layer, int end);

/* What a stage needs for it, in doubles, doubles, floats, floats. */
static inline size_t native_norm_sum_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->filled;
}

static inline size_t native_norm_total_count(const struct native_norm *norm)
{
    return 4 * (size_t)norm->filled;
}

static inline size_t native_norm_gradient_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->of.channels;
}

static inline size_t native_norm_factor_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->filled;
}

/* Forward in training, phase 0: the slot's sums. scratch: SLOT_IMAGES * NATIVE_BLOCK floats. */
void native_norm_sums(const struct stage *stage, const struct native_norm *norm,
                      const struct slot *slot);
void native_norm_reduce(const struct stage *stage, const struct native_norm *norm,
                        const struct slot_sums *sums);

/* factors: scale | shift, so that y = x scale + shift; in training by the batch's totals, in
   prediction by the running statistics. */
void native_norm_factors(const struct stage *stage, const struct native_norm *norm,
                         const struct slot *slot, float *factors);
void native_norm_fold(const struct stage *stage, const struct native_norm *norm,
                      const float *values, float *factors);

/* Backward, phase 0: after the sums were set to 0, for each image in order; where relu gives 0, its
   dy becomes 0 too. Then, once, the gradients of scale and shift from the sums. */
void native_norm_image_sums(const struct stage *stage, const struct native_norm *norm,
                            const struct slot *slot, int image, float *dy, const float *factors);
void native_norm_gradients(const struct native_norm *norm, const struct slot *slot,
                           float *gradients);
/* Phase 1: slot->dx of dy, which may be its memory. */
void native_norm_backward(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, const float *dy);

void native_norm_collect(const struct stage *stage, const struct native_norm *norm,
                         float *network_gradients, const float *gradients);

#endif
