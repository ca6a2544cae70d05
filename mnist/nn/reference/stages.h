/*
 * stages - what the files of layer types share.
 *
 * Each file of this folder defines one struct layer_type (layer_type.h), or a few that are alike.
 * Its function `compile` fills in *stage (engine.h) for the layer at index first: memory sizes,
 * forward and backward. It returns the number of layers in the stage: a convolution includes a relu
 * and a 2x2 maxpool that follow it, a batch-norm the relu that follows it. Values between stages
 * have the layout [C, n, H, W], n images; the output of a dense layer is [out, n].
 */
#ifndef MNIST_NN_REFERENCE_STAGES_H
#define MNIST_NN_REFERENCE_STAGES_H

#include <string.h>

#include "mnist/nn/engine/engine.h"

/* A stage of the layer's forward and backward, one image at a time, for any engine: it converts
   values with the engine's functions (engine.h). Returns 1. */
int stage_images(struct stage *stage, int first, int end, bool training);

/* The stage of `add`, for any engine. */
int stage_add(struct stage *stage, int first, int end, bool training);

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

/* Values of the slot's input; planes of H * W values in it. */
static inline size_t stage_value_count(const struct stage *stage, const struct slot *slot)
{
    return shape_size(stage->in) * (size_t)slot->images;
}
static inline size_t stage_plane_count(const struct stage *stage, const struct slot *slot)
{
    return (size_t)stage->in.channels * (size_t)slot->images;
}

#endif
