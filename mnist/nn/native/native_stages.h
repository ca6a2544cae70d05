/*
 * native_stages - the constructors of the native engine's stages (engine.h).
 *
 * Each function fills in *stage for the layer at index first and returns the number of layers that
 * the stage covers. Values are blocked (native.h); the input of the first stage may be planar.
 */
#ifndef MNIST_NN_NATIVE_NATIVE_STAGES_H
#define MNIST_NN_NATIVE_NATIVE_STAGES_H

#include "mnist/nn/native/native.h"

/* Covers the convolution, a relu and a 2x2 maxpool after it, and a batch-norm (and relu) before it:
   first is the index of the first of them. */
int native_stage_conv(struct stage *stage, int first, int end, bool training);
/* Covers a flatten before the dense layer and a relu after it. */
int native_stage_dense(struct stage *stage, int first, int end, bool training);
int native_stage_norm(struct stage *stage, int first, int end, bool training);
int native_stage_pool(struct stage *stage, int first);
int native_stage_relu(struct stage *stage, int first);
int native_stage_dropout(struct stage *stage, int first, bool training);
int native_stage_flatten(struct stage *stage, int first);

/* Whether the network's input is planar: a grey image, and a first layer that supports it. */
bool native_planar_input(const struct network *network);

static inline size_t native_offset(const struct stage *stage, int tensor)
{
    return network_tensor(stage->network, tensor)->offset;
}

/* Floats of one image's values, padded channels included. */
static inline size_t native_floats(struct shape shape)
{
    return (size_t)native_round(shape.channels) * (size_t)shape.height * (size_t)shape.width;
}

static inline enum layer_kind native_kind(const struct stage *stage, int index)
{
    return network_layer(stage->network, index)->spec.kind;
}

static inline void *native_detail(const struct stage *stage)
{
    return (void *)(uintptr_t)stage->detail;
}

#endif
