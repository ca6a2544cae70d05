/*
 * layer - one layer of a network: what the user wrote, and the shapes that follow from it.
 *
 * mnist/language turns the lines of a model block into layer_specs; network.c resolves them, one
 * after the other, into layers with shapes; the engines (engine.h) run those. The conventions are
 * PyTorch's: a convolution has stride 1 and no padding unless it says so, a pool's stride is its
 * size, sizes are rounded down.
 *
 *     out = floor((in + 2 pad - kernel) / stride) + 1
 *
 * Shapes are [C, H, W]: channels, height, width. A dense layer's output is [out, 1, 1].
 */
#ifndef MNIST_NN_MODEL_LAYER_H
#define MNIST_NN_MODEL_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/model/shape.h"

enum layer_kind {
    LAYER_CONV,      /* out channels, kernel (odd), stride, pad                  */
    LAYER_MAXPOOL,   /* kernel, stride, pad                                      */
    LAYER_AVGPOOL,   /* kernel, stride, pad; zeros of the padding are counted    */
    LAYER_GLOBALMAX, /* "globalpool max": [C, H, W] -> [C, 1, 1]                 */
    LAYER_GLOBALAVG, /* "globalpool avg"                                         */
    LAYER_DENSE,     /* out; takes its input flattened in the order C, H, W      */
    LAYER_BATCHNORM, /* over batch, height and width; of a vector, over batch    */
    LAYER_RELU,
    LAYER_DROPOUT, /* rate = share of values set to zero in training            */
    LAYER_FLATTEN, /* [C, H, W] -> [C*H*W, 1, 1]                                */
    LAYER_CUSTOM,  /* custom, numbers: somebody else's functions (plugin.h)     */
    LAYER_KINDS,
};

enum {
    LAYER_PAD_SAME = -1,        /* pad = (kernel - 1) / 2: with stride 1, height and width stay   */
    LAYER_OUT_MAX = 4096,       /* channels or units                                              */
    LAYER_KERNEL_MAX = 63,      /* convolution and pooling; stride and pad too                    */
    LAYER_VALUES_MAX = 1 << 24, /* values of one image that one layer may give                    */
    LAYER_TEXT_SIZE = 448,      /* bytes for layer_spec_print, its zero included                  */
    LAYER_NAME_SIZE = PLUGIN_NAME_SIZE + 8,
};

/* A line of a model block. Fields that the kind does not use are 0. */
struct layer_spec {
    enum layer_kind kind;
    int out;    /* conv: channels; dense: units                                 */
    int kernel; /* conv, maxpool, avgpool                                       */
    int stride; /* 0 = the default: 1 for conv, kernel for pools                */
    int pad;    /* zeros on each side, or LAYER_PAD_SAME                        */
    float rate; /* dropout: 0 <= rate < 1                                       */
    int line;   /* in the user's text, from 1, for errors; 0 = not from a text  */
    const struct plugin_layer *custom;
    double numbers[PLUGIN_NUMBERS_MAX];
};

/* A spec in its place: defaults filled in, shapes known. Tensor indexes are network_tensor's; -1 =
 * has none. */
struct layer {
    struct layer_spec spec;
    char name[LAYER_NAME_SIZE]; /* "conv1", "conv2", "dense1": kind and place among its kind */
    struct shape in, out;
    int weight, bias; /* conv, dense, batchnorm (scale and shift), custom (weight) */
    int running_mean, running_variance; /* batchnorm                                */
    uint64_t parameters;                /* trained values                           */
    uint64_t multiply_adds;             /* of one image, forward; custom: not known */
    float first, spread;                /* custom: how its weights begin            */
};

/* The word that starts the layer's line: "conv", "maxpool", "globalpool"... Static; of LAYER_CUSTOM "layer". */
const char *layer_kind_name(enum layer_kind kind);

/* The same of a spec: a custom layer's own name. Borrowed from the spec's custom. */
const char *layer_spec_name(const struct layer_spec *spec);

/* The canonical line: "conv 32 5x5", "conv 6 5x5 pad=2", "maxpool 2", "maxpool 3 stride=2",
   "dropout 0.3", "globalpool max". What is at its default is left out. Returns text. */
const char *layer_spec_print(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE]);

/* Fills in *layer (but for name and tensors) for a spec that receives shape in. On failure returns
   false; error's kind is ERROR_USAGE, its line the spec's, its text says which shape arrived and
   what was wanted. */
__attribute__((warn_unused_result)) bool layer_resolve(struct layer *layer,
                                                       const struct layer_spec *spec,
                                                       struct shape in, struct error *error);

#endif
