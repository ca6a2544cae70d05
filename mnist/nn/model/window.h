/*
 * window - the filter of a convolution or the window of a pool, as it moves over an image.
 */
#ifndef MNIST_NN_MODEL_WINDOW_H
#define MNIST_NN_MODEL_WINDOW_H

#include "mnist/nn/model/layer.h"

/* Checks kernel, stride and pad of the layer's spec, replaces defaults, and sets the output's
   height and width: floor((in + 2 pad - kernel) / stride) + 1. what is "filter" or "window";
   pad_max the largest padding. On failure returns false with layer_refuse. */
bool window_resolve(struct layer *layer, const char *what, int default_stride, int pad_max,
                    struct error *error);

#endif
