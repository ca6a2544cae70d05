/*
 * stages - the stages of the reference engine, one file for each kind of layer.
 *
 * Each function fills in *stage (engine.h) for the layer at index first: memory sizes, forward and
 * backward. engine_openblas.c selects the function by the kind of layer; the native engine uses
 * stage_plugin as well. Values between stages have the layout [C, n, H, W], n images; the output of
 * a dense layer is [out, n].
 */
#ifndef MNIST_NN_REFERENCE_STAGES_H
#define MNIST_NN_REFERENCE_STAGES_H

#include "mnist/nn/engine/engine.h"

/* Each returns the number of layers in the stage. A convolution includes a relu and a 2x2 maxpool
   that follow it, a batch-norm the relu that follows it. */
int stage_conv(struct stage *stage, int first, int end);
int stage_pool(struct stage *stage, int first);
int stage_global(struct stage *stage, int first);
int stage_dense(struct stage *stage, int first);
int stage_norm(struct stage *stage, int first, int end, bool training);
int stage_relu(struct stage *stage, int first);
int stage_dropout(struct stage *stage, int first, bool training);
int stage_flatten(struct stage *stage, int first);
/* For any engine: it converts values with the engine's functions (engine.h). */
int stage_plugin(struct stage *stage, int first, bool training);

/* [C, n, P] -> [n, C * P] and back, P = H * W: the input of a dense layer as a matrix. */
void flatten_rows(float *rows, const float *x, struct shape shape, int n);
void unflatten_rows(float *x, const float *rows, struct shape shape, int n);

/* Offset of a layer's tensor in the block of values. */
static inline size_t stage_offset(const struct stage *stage, int tensor)
{
    return network_tensor(stage->network, tensor)->offset;
}

/* Offset of a tensor in the stage's gradients. They begin with the weights of the stage's first
   layer, the only layer of these stages that has parameters. */
static inline size_t stage_gradient(const struct stage *stage, int tensor)
{
    int first = network_layer(stage->network, stage->first)->weight;
    return stage_offset(stage, tensor) - stage_offset(stage, first);
}

#endif
