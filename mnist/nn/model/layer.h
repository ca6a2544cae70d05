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
#include "mnist/nn/model/layer_type.h"
#include "mnist/nn/model/shape.h"

enum {
    LAYER_PAD_SAME = -1,        /* pad = (kernel - 1) / 2: stride 1 then keeps height and width   */
    LAYER_VALUES_MAX = 1 << 24, /* output values of one layer for one image                       */
    LAYER_TEXT_SIZE = 448,      /* bytes for layer_spec_print, including the NUL                  */
    LAYER_NAME_SIZE = LAYER_TYPE_NAME_SIZE + 10, /* an int has at most 10 digits */
    LAYER_TENSORS_MAX = 4,
    TENSOR_RANK_MAX = 4,
};

/* The built-in types: layer_conv, layer_relu, ... */
#define LAYER(id, name, native) extern const struct layer_type layer_##name;
#include "mnist/language/layers.def"

/* A line of a model block. Members that are no parameter of the type are 0. */
struct layer_spec {
    const struct layer_type *type;
    int out;                      /* conv: channels; dense: units                                 */
    int kernel;                   /* side of a convolution's filter or a pool's window            */
    int stride;                   /* 0 = the default: 1 for conv, kernel for pools                */
    int pad;                      /* zeros on each side, or LAYER_PAD_SAME                        */
    float rate;                   /* dropout: 0 <= rate < 1                                       */
    bool maximum;                 /* globalpool: the maximum, not the mean                        */
    int line;                     /* line number in the user's text, from 1, for errors; 0 = none */
    char source[LAYER_NAME_SIZE]; /* add: the name of an earlier layer            */
    double numbers[LAYER_PARAMETERS_MAX];
};

enum tensor_role {
    TENSOR_WEIGHT, /* convolution, dense or plugin: weight decay applies */
    TENSOR_BIAS,
    TENSOR_SCALE, /* weight of a normalisation, initially 1    */
    TENSOR_SHIFT, /* bias of a normalisation                   */
    TENSOR_RUNNING_MEAN,
    TENSOR_RUNNING_VARIANCE, /* neither is trained; EMA averages both */
};

static inline bool tensor_is_trained(enum tensor_role role)
{
    return role != TENSOR_RUNNING_MEAN && role != TENSOR_RUNNING_VARIANCE;
}

/* A tensor that a layer needs; dims ends with a 0 or at TENSOR_RANK_MAX. */
struct layer_tensor {
    enum tensor_role role;
    const char *suffix; /* of the tensor's name: "weight"; static */
    int dims[TENSOR_RANK_MAX];
};

/* A spec at its position in a network, with defaults and shapes filled in. */
struct layer {
    struct layer_spec spec;
    char name[LAYER_NAME_SIZE]; /* "conv1", "conv2", "dense1": type and number within its type */
    struct shape in, out;
    struct layer_tensor tensors[LAYER_TENSORS_MAX]; /* trained tensors first */
    int tensor_count;
    /* Indices of network_tensor; -1 = the layer has no such tensor. The trained tensors of a layer
       are contiguous and begin with weight. */
    int weight, bias;                   /* also of the roles SCALE and SHIFT             */
    int running_mean, running_variance; /* batchnorm                                     */
    int source;                         /* index of the layer spec.source; -1 = none     */
    uint64_t parameters;                /* trained values                                */
    uint64_t multiply_adds;             /* of one image, forward, of conv and dense      */
    float first, spread;                /* plugin: initial weights are first +- spread   */
};

/* The built-in type of this name; NULL if there is none. */
const struct layer_type *layer_type_find(const char *name);

static inline bool layer_is(const struct layer *layer, const struct layer_type *type)
{
    return layer->spec.type == type;
}

/* Whether a C cell has registered the layer's type. */
static inline bool layer_is_plugin(const struct layer *layer)
{
    return layer->spec.type->plan != NULL;
}

/* The canonical line: "conv 32 5x5", "conv 6 5x5 pad=2", "maxpool 2", "maxpool 3 stride=2",
   "dropout 0.3", "globalpool max". Options with their default value are left out. Returns text. */
const char *layer_spec_print(const struct layer_spec *spec, char text[LAYER_TEXT_SIZE]);

/* Fills in *layer, except name, source and the indices of tensors, for a spec with inputs of shape
   in. On failure returns false with ERROR_USAGE, the spec's line, and a text with the actual and
   the required input shape. */
__attribute__((warn_unused_result)) bool layer_resolve(struct layer *layer,
                                                       const struct layer_spec *spec,
                                                       struct shape in, struct error *error);

/* ---- for the resolve functions of types ---- */

/* Sets an error with the layer's text before the message, and with the layer's line number. Returns
   false. */
__attribute__((format(printf, 3, 4))) bool layer_refuse(const struct layer_spec *spec,
                                                        struct error *error, const char *format,
                                                        ...);

/* Refuses spec.out below 1 or above LAYER_OUT_MAX; what names it: "the number of units". */
bool layer_check_out(const struct layer_spec *spec, const char *what, struct error *error);

/* Adds a tensor. The trained tensors must be added before the others. */
void layer_add_tensor(struct layer *layer, enum tensor_role role, const char *suffix,
                      const int dims[TENSOR_RANK_MAX]);

#endif
