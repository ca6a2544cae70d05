/*
 * network - a chain of layers, its shapes, and its parameters in one block of memory.
 *
 * commands/ builds a network from a model's text or from a model file. trainer.h trains it, and an
 * engine (engine.h) runs it. A network owns names, shapes and values; it does not depend on a batch
 * and computes nothing.
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
};

struct tensor {
    char name[TENSOR_NAME_SIZE];
    enum tensor_role role;
    int layer; /* index of its layer                    */
    int rank;
    int dims[TENSOR_RANK_MAX];
    size_t offset; /* in network_values, in floats      */
    size_t count;
};

struct network;

/* Checks all shapes, then allocates memory and initialises the weights (He: uniform over +-sqrt(6 /
   fan_in); biases 0; batch-norm 1, 0, running mean 0, variance 1). input is the shape of an image,
   such as {1, 28, 28}. Values are allocated only after all shapes have been checked. On failure
   returns NULL; error.line is the line of the failing layer. Caller frees with network_free. */
struct network *network_new(const struct layer_spec *specs, int count, struct shape input,
                            uint64_t seed, struct error *error) __attribute__((warn_unused_result));
void network_free(struct network **network);

/* A network with the same layers and values. Caller frees. NULL with error when memory runs out. */
struct network *network_clone(const struct network *network, struct error *error);

/* Sets all values to the initial values of network_new with this seed. */
void network_initialise(struct network *network, uint64_t seed);

/* Queries. Pointers are borrowed until network_free. */
int network_layer_count(const struct network *network);
const struct layer *network_layer(const struct network *network, int index);
struct shape network_input(const struct network *network);
int network_classes(const struct network *network); /* values of the last layer */
int network_tensor_count(const struct network *network);
const struct tensor *network_tensor(const struct network *network, int index);
const struct tensor *network_find_tensor(const struct network *network,
                                         const char *name); /* NULL = not found */
float *network_values(struct network *network);             /* [value count]    */
const float *network_values_const(const struct network *network);
size_t network_value_count(const struct network *network);     /* with running statistics      */
size_t network_parameter_count(const struct network *network); /* trained values, which are first */
float *network_gradients(struct network *network);             /* [parameter count]            */

/* True if every value is finite. */
bool network_finite(const struct network *network);

/* Whether the last layer has one output value for each class. If not, error (ERROR_USAGE, the last
   layer's line) states the output shape and the layer to add. */
bool network_check_classes(const struct network *network, int classes, struct error *error);

/* Whether images have the network's input shape. If not, error (ERROR_STATE) names both shapes.
   Every caller must check this before it runs a network on images, since a plan does not. */
__attribute__((warn_unused_result)) bool network_check_input(const struct network *network,
                                                             struct shape images,
                                                             struct error *error);

/* The hash that a training history shows: 64-bit FNV-1a over the bytes of all values (little-endian
   floats). */
uint64_t network_hash(const struct network *network);

/* Multiply-adds of the direct algorithm for one image, forward. MFLOP = 2e-6 times this. */
uint64_t network_multiply_adds(const struct network *network);

/* The canonical text: one line per layer, each ending in '\n'. Caller frees with free. NULL when
   memory runs out. */
char *network_text(const struct network *network);

#endif
