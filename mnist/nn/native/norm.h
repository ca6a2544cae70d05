/*
 * norm - batch normalisation in the native engine, with the relu after it.
 *
 * Used in two ways, which give the same bits: as a stage of its own (batchnorm.c), or fused into
 * the next convolution, which applies it while copying its input to scratch (conv.h). In the fused
 * form y = relu(x scale + shift) is never stored in memory, and the gradient sums are computed
 * while dx is in cache.
 *
 * engine/norm.h has the formulas and the two phases. Sums over one image are computed in floats,
 * sums over images and slots in doubles, in order. Padded channels have scale 0 and shift 0, so
 * they stay 0. The gradients are scale | shift.
 */
#ifndef MNIST_NN_NATIVE_NORM_H
#define MNIST_NN_NATIVE_NORM_H

#include "mnist/nn/engine/norm.h"
#include "mnist/nn/native/native_stages.h"

struct native_norm {
    int layer;
    int padded; /* channels with padding; equal to of.stride */
    bool relu;  /* a relu follows */
    struct norm of;
};

/* Offset of the block that contains channel c of an image, in floats. */
static inline size_t native_norm_block_at(const struct native_norm *norm, int image, int c)
{
    return ((size_t)image * (size_t)norm->padded + (size_t)c) * (size_t)norm->of.plane;
}

void native_norm_describe(struct native_norm *norm, const struct stage *stage, int layer, int end);

/* Sizes for the stage: doubles of sums and totals, floats of gradients and factors. */
static inline size_t native_norm_sum_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->padded;
}

static inline size_t native_norm_total_count(const struct native_norm *norm)
{
    return 4 * (size_t)norm->padded;
}

static inline size_t native_norm_gradient_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->of.channels;
}

static inline size_t native_norm_factor_count(const struct native_norm *norm)
{
    return 2 * (size_t)norm->padded;
}

/* Training, forward phase 0: writes the slot's sums. Needs scratch of SLOT_IMAGES * NATIVE_BLOCK
   floats. */
void native_norm_sums(const struct stage *stage, const struct native_norm *norm,
                      const struct slot *slot);
void native_norm_reduce(const struct stage *stage, const struct native_norm *norm,
                        const struct slot_sums *sums);

/* Writes factors scale | shift for y = x scale + shift: native_norm_factors from the batch's totals
   (training), native_norm_fold from the running statistics (prediction). */
void native_norm_factors(const struct stage *stage, const struct native_norm *norm,
                         const struct slot *slot, float *factors);
void native_norm_fold(const struct stage *stage, const struct native_norm *norm,
                      const float *values, float *factors);

/* Backward phase 0. The caller clears slot->sums, then calls native_norm_image_sums for each image
   in order; it also sets dy to 0 where the relu is 0. Then native_norm_gradients adds the gradients
   of scale and shift, once. */
void native_norm_image_sums(const struct stage *stage, const struct native_norm *norm,
                            const struct slot *slot, int image, float *dy, const float *factors);
void native_norm_gradients(const struct native_norm *norm, const struct slot *slot,
                           float *gradients);
/* Backward phase 1: computes slot->dx from dy, which may be the same memory. */
void native_norm_backward(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, const float *dy);

void native_norm_unpack_gradients(const struct stage *stage, const struct native_norm *norm,
                                  float *network_gradients, const float *gradients);

#endif
