/*
 * layout - the conversion functions of struct engine (engine.h) for the blocked layout (native.h).
 */
#ifndef MNIST_NN_NATIVE_LAYOUT_H
#define MNIST_NN_NATIVE_LAYOUT_H

#include "mnist/nn/native/native.h"

/* Whether the network's input is planar: a grey image, and a first layer that supports it. */
bool native_planar_input(const struct network *network);

/* Floats of one image's values, padded channels included. */
static inline size_t native_floats(struct shape shape)
{
    return (size_t)native_round(shape.channels) * (size_t)shape.height * (size_t)shape.width;
}

size_t native_input_floats(const struct network *network);
engine_import_input *native_input_importer(const struct network *network);
void native_unpack_image(float *values, const float *y, struct shape shape, int image, int n);
void native_pack_image(float *y, const float *values, struct shape shape, int image, int n);
struct logits_layout native_logits(int classes, int n);

#endif
