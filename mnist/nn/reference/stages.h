/*
 * stages - the plain kernels, one kind of layer each, as stages for engines.
 *
 * Each function describes its stage in *stage (engine.h) for the layer at first: sizes of memory
 * and the functions that do the work. engine_openblas is made of these; another engine may take
 * those that it has no better one for. Values lie as [C, n, H, W] before and after each; a dense
 * layer's as [out, n].
 */
#ifndef MNIST_NN_REFERENCE_STAGES_H
#define MNIST_NN_REFERENCE_STAGES_H

#include "mnist/nn/engine/engine.h"

/* Each returns how many layers it took: convolution also takes the relu and the maxpool that may
   follow it. */
int stage_conv(struct stage *stage, int first, int end);
int stage_pool(struct stage *stage, int first);
int stage_global(struct stage *stage, int first);
int stage_dense(struct stage *stage, int first);
int stage_norm(struct stage *stage, int first, int end, bool training);
int stage_relu(struct stage *stage, int first);
int stage_dropout(struct stage *stage, int first, bool training);
int stage_flatten(struct stage *stage, int first);
/* Of any engine: it goes through the engine's take and put. */
int stage_plugin(struct stage *stage, int first, bool training);

/* [C, n, P] <-> [n, C * P] and [C, n, P] <-> [C * P, n], P = H * W: what stands before a dense
   layer. */
void flatten_rows(float *rows, const float *x, struct shape shape, int n);
void unflatten_rows(float *x, const float *rows, struct shape shape, int n);

/* Place of a layer's tensor in the block of values. */
static inline size_t stage_offset(const struct stage *stage, int tensor)
{
    return network_tensor(stage->network, tensor)->offset;
}

/* Its place in the stage's gradients, where the first layer's weights come first: only that layer
   of
   these stages has any. */
static inline size_t stage_gradient(const struct stage *stage, int tensor)
{
    int first = network_layer(stage->network, stage->first)->weight;
    return stage_offset(stage, tensor) - stage_offset(stage, first);
}

#endif
