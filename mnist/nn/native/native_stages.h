/*
 * native_stages - the layers of the native engine, as stages (engine.h).
 *
 * Each function describes its stage in *stage for the layer at first and returns how many layers it
 * took. Values are blocked (native.h); a convolution may also begin a network with planar ones.
 */
#ifndef MNIST_NN_NATIVE_NATIVE_STAGES_H
#define MNIST_NN_NATIVE_NATIVE_STAGES_H

#include "mnist/nn/native/native.h"

/* Also takes the relu and the 2x2 maxpool that may follow; first may be a batch-norm (and relu) before
   it. */
int native_stage_conv(struct stage *stage, int first, int end, bool training);
/* Also takes the relu that may follow. */
int native_stage_dense(struct stage *stage, int first, int end, bool training);
int native_stage_norm(struct stage *stage, int first, int end, bool training);
int native_stage_pool(struct stage *stage, int first);
int native_stage_relu(struct stage *stage, int first);
int native_stage_dropout(struct stage *stage, int first, bool training);
int native_stage_flatten(struct stage *stage, int first);

/* Whether the network begins with a grey picture and a layer that takes it as it is. */
bool native_planar_input(const struct network *network);

static inline size_t native_offset(const struct stage *stage, int tensor)
{
    return network_tensor(stage->network, tensor)->offset;
}

/* Floats of one image. */
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
