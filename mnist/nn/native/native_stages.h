/*
 * native_stages - the functions that make the stages of the native engine.
 *
 * mnist/language/layers.def names one for each type of layer. Each fills in *stage (engine.h) for
 * the layers from index first on, but none from end on, and returns the number of layers that the
 * stage covers. Values are blocked (native.h); the input of the first stage may be planar.
 */
#ifndef MNIST_NN_NATIVE_NATIVE_STAGES_H
#define MNIST_NN_NATIVE_NATIVE_STAGES_H

#include "mnist/nn/native/layout.h"
#include "mnist/nn/native/native.h"

typedef int native_stage(struct stage *stage, int first, int end, bool training);

#define LAYER(id, name, native) native_stage native;
#include "mnist/language/layers.def"

static inline size_t native_offset(const struct stage *stage, int tensor)
{
    return network_tensor(stage->network, tensor)->offset;
}

static inline void *native_detail(const struct stage *stage)
{
    return (void *)(uintptr_t)stage->detail;
}

#endif
