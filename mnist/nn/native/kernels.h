/*
 * kernels - declarations of the kernels under the names of the current instruction set.
 *
 * Included only by the *_kernels.c files. All other code calls the kernels through struct
 * native_kernels (native.h), which documents each function.
 */
#ifndef MNIST_NN_NATIVE_KERNELS_H
#define MNIST_NN_NATIVE_KERNELS_H

#include "mnist/nn/native/lanes.h"
#include "mnist/nn/native/native.h"

native_conv_forward NATIVE(native_conv_forward);
native_conv_forward NATIVE(native_few_channels_forward);
native_winograd_forward NATIVE(native_winograd_forward);
native_winograd_wgrad NATIVE(native_winograd_wgrad);
native_sparse_wgrad NATIVE(native_sparse_wgrad);
native_sparse_dgrad NATIVE(native_sparse_dgrad);
native_grey_wgrad NATIVE(native_grey_wgrad);
native_pack NATIVE(native_pack_direct);
native_pack NATIVE(native_pack_planar);
native_pack NATIVE(native_pack_sparse);
native_pack NATIVE(native_pack_winograd);
native_pack NATIVE(native_unpack_planar);
native_pack NATIVE(native_unpack_sparse);
native_pack NATIVE(native_unpack_winograd);

void NATIVE(native_dense_forward)(const struct native_product *p, float *y, const float *x,
                                  const float *w, const float *b);
void NATIVE(native_dense_wgrad)(const struct native_product *p, float *dw, float *db,
                                const float *dy, const float *x);
void NATIVE(native_dense_dgrad)(const struct native_product *p, float *dx, const float *dy,
                                const float *w);

void NATIVE(native_bias_relu)(const struct native_geometry *g, float *db, float *dy,
                              const float *y);
void NATIVE(native_relu)(float *y, const float *x, size_t count);
void NATIVE(native_relu_backward)(float *dx, const float *dy, const float *y, size_t count);
void NATIVE(native_add)(float *y, const float *x, size_t count);
void NATIVE(native_multiply)(float *y, const float *a, const float *b, size_t count);

#define ACTIVATION(id, name) extern const struct native_activation NATIVE(native_##name);
#include "mnist/language/layers.def"

void NATIVE(native_philox)(uint16_t *draws, size_t groups, const struct rng *stream);
void NATIVE(native_dropout)(const struct native_dropout *d, float *y, const float *x,
                            const uint16_t *draws);

void NATIVE(native_norm_sums)(float *sum, const float *x, int plane);
void NATIVE(native_norm_squares)(float *squares, const float *x, const float *mean, int plane);
void NATIVE(native_norm_apply)(float *y, const float *x, const float *scale, const float *shift,
                               bool relu, int plane);
void NATIVE(native_norm_gradient_sums)(float *sum, float *product, float *dy,
                                       const struct native_norm_block *block);
void NATIVE(native_norm_backward)(float *dx, const float *dy, const float *x, const float *mean,
                                  const float *a, const float *b, const float *c, int plane);

void NATIVE(native_group_moments)(struct native_moments *moments, const float *x, int plane);
void NATIVE(native_group_apply)(float *y, const float *x, const float *mean, const float *factor,
                                const float *shift, int plane);
void NATIVE(native_group_gradient_sums)(float *sum, float *product, const float *dy, const float *x,
                                        const float *mean, int plane);
void NATIVE(native_group_backward)(float *dx, const float *dy, const float *x,
                                   const struct native_group_factors *factors, int plane);
void NATIVE(native_layer_apply)(float *y, const float *x, const struct native_layer_norm *norm);
void NATIVE(native_layer_gradient_sums)(float sum[][NATIVE_BLOCK], float product[][NATIVE_BLOCK],
                                        const float *dy, const float *x,
                                        const struct native_layer_norm *norm);
void NATIVE(native_layer_backward)(float *dx, const float *dy, const float *x,
                                   const struct native_layer_norm *norm);

void NATIVE(native_maxpool)(const struct native_pool *pool, float *y, uint32_t *argmax,
                            const float *x);
void NATIVE(native_maxpool_backward)(const struct native_pool *pool, float *dx, const float *dy,
                                     const uint32_t *argmax);
void NATIVE(native_avgpool)(const struct native_pool *pool, float *y, const float *x);
void NATIVE(native_avgpool_backward)(const struct native_pool *pool, float *dx, const float *dy);

/* Distance between neighbouring results, in pixels of the input. */
INLINED int native_position_step(const struct native_geometry *g)
{
    return g->stride * (g->pool ? 2 : 1);
}

/* Offset from the patch of a position to that of corner k of its 2x2 window, in floats of the
   input. */
INLINED int native_corner_offset(const struct native_geometry *g, int k)
{
    return (k / 2 * g->in_columns + k % 2) * g->stride * BLOCK;
}

#endif
