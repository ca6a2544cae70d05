/*
 * layer - one layer of a network: its description by the user (layer_spec) and its shapes (layer).
 *
 * commands/architecture.c turns each line of a model block into a layer_spec. network.c resolves
 * the specs in order into layers with shapes. The engines (engine.h) run the layers. The
 * conventions are PyTorch's: a convolution's default stride is 1 and its default padding 0, a
 * pool's default stride is its window size, and output sizes are rounded down.
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
#include "mnist/base/shared_limits.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/model/shape.h"

enum layer_kind {
    LAYER_CONV,      /* out channels, kernel (odd), stride, pad                  */
    LAYER_MAXPOOL,   /* kernel, stride, pad                                      */
    LAYER_AVGPOOL,   /* kernel, stride, pad; the zeros of the padding count      */
    LAYER_GLOBALMAX, /* "globalpool max": [C, H, W] -> [C, 1, 1]                 */
    LAYER_GLOBALAVG, /* "globalpool avg"                                         */
    LAYER_DENSE,     /* out; the input is flattened in the order C, H, W         */
    LAYER_BATCHNORM, /* per channel, over batch, height and width                */
    LAYER_RELU,
    LAYER_DROPOUT, /* rate = fraction of values set to zero in training         */
    LAYER_FLATTEN, /* [C, H, W] -> [C*H*W, 1, 1]                                */
    LAYER_PLUGIN,  /* plugin, numbers: functions of a C cell (plugin.h)         */
    LAYER_KINDS,
};

enum {
    LAYER_PAD_SAME = -1,        /* pad = (kernel - 1) / 2: stride 1 then keeps height and width   */
    LAYER_VALUES_MAX = 1 << 24, /* output values of one layer for one image                       */
    LAYER_TEXT_SIZE = 448,      /* bytes for layer_spec_print, including the NUL                  */
    LAYER_NAME_SIZE = PLUGIN_NAME_SIZE + 8,
};

/* A line of a model block. Fields that do not apply to the kind are 0. */
struct layer_spec {
    enum layer_kind kind;
    int out;    /* conv: channels; dense: units                                 */
    int kernel; /* side of a convolution's filter or a pool's window            */
    int stride; /* 0 = the default: 1 for conv, kernel for pools                */
    int pad;    /* zeros on each side, or LAYER_PAD_SAME                        */
    float rate; /* dropout: 0 <= rate < 1                                       */
    int line;   /* line number in the user's text, from 1, for errors; 0 = none */
    const struct plugin_layer *plugin;
    double numbers[PLUGIN_NUMBERS_MAX];
};

/* A spec at its position in a network, with defaults and shapes filled in. Tensor indices are those
   of network_tensor; -1 = the layer has no such tensor. */
struct layer {
    struct layer_spec spec;
    char name[LAYER_NAME_SIZE]; /* "conv1", "conv2", "dense1": kind and number within its kind */
    struct shape in, out;
    int weight, bias; /* conv, dense, batchnorm (scale and shift), custom (weight) */
    int running_mean, running_variance; /* batchnorm                                */
    uint64_t parameters;                /* trained values                           */
    uint64_t multiply_adds;             /* of one image, forward; plugin: 0         */
    float first, spread;                /* plugin: initial weights are first +- spread */
};

/* The first word of the layer's line: "conv", "maxpool", "globalpool"...; "layer" for LAYER_PLUGIN.
   Static. */
const char *layer_kind_name(enum layer_kind kind);

/* The first word of a spec's line; for a plugin, the plugin's name, borrowed from the plugin. */
const char *layer_spec_name(const struct layer_spec *spec);

/* The canonical line: "conv 32 5x5", "conv 6 5x5 pad=2", "maxpool 2", "maxpool 3 stride=2",
   "dropout 0.3", "globalpool max". Options with their default value are left out. Returns text. */
const char *layer_spec_print(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE]);

/* Fills in *layer, except name and tensors, for a spec with inputs of shape in. On failure returns
   false with ERROR_USAGE, the spec's line, and a text with the actual and the required input shape.
   */
__attribute__((warn_unused_result)) bool layer_resolve(struct layer *layer,
                                                       const struct layer_spec *spec,
                                                       struct shape in, struct error *error);

#endif
