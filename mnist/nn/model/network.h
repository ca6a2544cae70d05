/*
 * network - a chain of layers, its shapes, and its parameters in one block of memory.
 *
 * Made by commands/ from a model's text or by model_file's reader; trained through trainer.h; run
 * by an engine (engine.h). A network knows no batch and computes nothing: it owns names, shapes and
 * values.
 *
 *     values:    [ trained parameters, tensor by tensor | running statistics of batch-norm ]
 *     gradients: [ trained parameters                   ]      same offsets
 *
 * Tensors are named and laid out as PyTorch does: conv1.weight [O, C, K, K], conv1.bias [O],
 * dense1.weight [out, in], batchnorm1.weight/.bias/.running_mean/.running_var [C].
 */
#ifndef MNIST_NN_MODEL_NETWORK_H
#define MNIST_NN_MODEL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/layer.h"

enum {
    NETWORK_LAYERS_MAX = 128,
    NETWORK_CLASSES_MAX = 256,              /* outputs of the last layer; labels are bytes */
    NETWORK_VALUES_MAX = 256 * 1024 * 1024, /* parameters, 1 GiB                       */
    TENSOR_NAME_SIZE = 40,
    TENSOR_RANK_MAX = 4,
};

enum tensor_role {
    TENSOR_WEIGHT, /* convolution or dense: decays (AdamW)       */
    TENSOR_BIAS,
    TENSOR_SCALE, /* batch-norm's weight                         */
    TENSOR_SHIFT, /* batch-norm's bias                           */
    TENSOR_RUNNING_MEAN,
    TENSOR_RUNNING_VARIANCE, /* both not trained, but averaged by EMA */
};

struct tensor {
    char name[TENSOR_NAME_SIZE];
    enum tensor_role role;
    int layer; /* index of the layer it belongs to      */
    int rank;
    int dims[TENSOR_RANK_MAX];
    size_t offset; /* in network_values, in floats      */
    size_t count;
};

struct network;

/* Checks all shapes, then takes the memory and draws first weights (He: uniform over +-sqrt(6 /
   fan_in); biases 0; batch-norm 1, 0, running mean 0, variance 1). input is the shape of an image,
   {1, 28, 28}. On failure returns NULL; error.line is the failing layer's. Nothing has been
   allocated before every shape fits. Caller frees with network_free. */
struct network *network_new(const struct layer_spec *specs, int count, struct shape input,
                            uint64_t seed, struct error *error) __attribute__((warn_unused_result));
void network_free(struct network **network);

/* A network of the same layers and values. Caller frees. NULL with error when memory runs out. */
struct network *network_clone(const struct network *network, struct error *error);

/* Draws first weights anew, as network_new does. */
void network_initialise(struct network *network, uint64_t seed);

/* Same layers in the same order, so that values may be copied from one to the other. */
bool network_same_layers(const struct network *a, const struct network *b);

/* Queries. Pointers are borrowed until network_free. */
int network_layer_count(const struct network *network);
const struct layer *network_layer(const struct network *network, int index);
struct shape network_input(const struct network *network);
int network_classes(const struct network *network); /* values of the last layer */
int network_tensor_count(const struct network *network);
const struct tensor *network_tensor(const struct network *network, int index);
const struct tensor *network_find_tensor(const struct network *network,
                                         const char *name); /* NULL = no such */
float *network_values(struct network *network);             /* the block      */
const float *network_values_const(const struct network *network);
size_t network_value_count(const struct network *network);     /* running statistics included  */
size_t network_parameter_count(const struct network *network); /* trained ones: come first     */
float *network_gradients(struct network *network);             /* of the trained ones          */

/* True if every value is finite. */
bool network_finite(const struct network *network);

/* Whether the last layer gives one value for each of classes; if not, error (ERROR_USAGE, the last
   layer's line) says what it gives and how to end the network. */
bool network_check_classes(const struct network *network, int classes, struct error *error);

/* Whether images of this shape are what the network takes: channels, height and width, each. If not,
   error (ERROR_STATE) names both shapes. Every caller that is about to feed images to a network asks
   first: a plan trusts the shape. */
__attribute__((warn_unused_result)) bool network_check_input(const struct network *network,
                                                             struct shape images,
                                                             struct error *error);

/* FNV-1a, 64 bits, over the bytes of all values (little-endian floats): the hash that a history
 * shows. */
uint64_t network_hash(const struct network *network);

/* Multiply-adds of one image, forward, counted as if dense. MFLOP = 2e-6 times this. */
uint64_t network_multiply_adds(const struct network *network);

/* Bytes that running a batch takes beside the parameters: an estimate from shapes alone, for
 * summaries and refusals. */
uint64_t network_memory(const struct network *network, int batch, bool training);

/* The canonical text: one line a layer, each ended by '\n'. Caller frees with free. NULL = out of
 * memory. */
char *network_text(const struct network *network);

#endif
