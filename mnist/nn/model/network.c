/*
 * network - resolves specs into layers, lays out the block of values, initialises the weights.
 *
 * There are two passes. The first resolves every layer and lists the tensors with their offsets, in
 * arrays of fixed size; it may refuse the network. The second allocates values and gradients.
 */
#include "mnist/nn/model/network.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/nn/model/layer_chain.h"

enum { VALUES_ALIGNMENT = 64, IMAGE_TEXT_SIZE = 64 };

struct network {
    struct shape input;
    int layer_count, tensor_count;
    struct layer layers[NETWORK_LAYERS_MAX];
    struct tensor tensors[NETWORK_LAYERS_MAX * LAYER_TENSORS_MAX];
    size_t parameter_count, value_count;
    float *values, *gradients;
};

/* ---- tensors --------------------------------------------------------------------------------- */

/* Appends a tensor; its values follow those of the previous tensor. Returns its index. */
static int add_tensor(struct network *network, int layer, const struct layer_tensor *from)
{
    int index = network->tensor_count++;
    assert(index < NETWORK_LAYERS_MAX * LAYER_TENSORS_MAX);
    struct tensor *tensor = &network->tensors[index];
    *tensor = (struct tensor){.role = from->role, .layer = layer, .count = 1};
    snprintf(tensor->name, sizeof tensor->name, "%s.%s", network->layers[layer].name, from->suffix);
    for (int i = 0; i < TENSOR_RANK_MAX && from->dims[i] > 0; i++) {
        tensor->dims[tensor->rank++] = from->dims[i];
        tensor->count *= (size_t)from->dims[i];
    }
    tensor->offset = network->value_count;
    network->value_count += tensor->count;
    return index;
}

/* The member of *layer that holds the index of the tensor with this role. */
static int *index_of(struct layer *layer, enum tensor_role role)
{
    switch (role) {
    case TENSOR_WEIGHT:
    case TENSOR_SCALE: return &layer->weight;
    case TENSOR_BIAS:
    case TENSOR_SHIFT: return &layer->bias;
    case TENSOR_RUNNING_MEAN: return &layer->running_mean;
    case TENSOR_RUNNING_VARIANCE: return &layer->running_variance;
    }
    assert(false); /* a role without a member */
    return NULL;
}

/* Adds the tensors of all layers that are trained, or those that are not. */
static void add_tensors(struct network *network, bool trained)
{
    for (int i = 0; i < network->layer_count; i++) {
        struct layer *layer = &network->layers[i];
        for (int j = 0; j < layer->tensor_count; j++)
            if (tensor_is_trained(layer->tensors[j].role) == trained)
                *index_of(layer, layer->tensors[j].role) =
                    add_tensor(network, i, &layer->tensors[j]);
    }
}

/* Fails at the layer with which the parameters and gradients exceed NETWORK_VALUES_MAX. */
static bool check_memory(const struct network *network, struct error *error)
{
    uint64_t total = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        char text[LAYER_TEXT_SIZE];
        total += 2 * layer->parameters;
        if (total <= NETWORK_VALUES_MAX)
            continue;
        error_set(
            error, ERROR_USAGE,
            "%s: its %.1f million parameters need %.1f MiB with their gradients, and the network "
            "up to this layer %.1f MiB; the limit is %.0f MiB. The layer's input is %dx%dx%d: add "
            "pooling before it, or choose fewer units",
            layer_spec_print(&layer->spec, text), (double)layer->parameters / 1e6,
            (double)layer->parameters * 2 * sizeof(float) / 0x1p20,
            (double)total * sizeof(float) / 0x1p20,
            (double)NETWORK_VALUES_MAX * sizeof(float) / 0x1p20, layer->in.channels,
            layer->in.height, layer->in.width);
        if (error != NULL)
            error->line = layer->spec.line;
        return false;
    }
    return true;
}

static void list_tensors(struct network *network)
{
    add_tensors(network, true);
    network->parameter_count = network->value_count;
    add_tensors(network, false);
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static float *allocate_floats(size_t count)
{
    size_t size = (count * sizeof(float) / VALUES_ALIGNMENT + 1) * VALUES_ALIGNMENT;
    float *floats = aligned_alloc(VALUES_ALIGNMENT, size);
    if (floats != NULL)
        memset(floats, 0, size);
    return floats;
}

static bool allocate_values(struct network *network, struct error *error)
{
    network->values = allocate_floats(network->value_count);
    network->gradients = allocate_floats(network->parameter_count);
    if (network->values != NULL && network->gradients != NULL)
        return true;
    return error_memory(error, "the network's parameters",
                        (network->value_count + network->parameter_count) * sizeof(float));
}

struct network *network_new(const struct layer_spec *specs, int count, struct shape input,
                            uint64_t seed, struct error *error)
{
    if (count < 1 || count > NETWORK_LAYERS_MAX) {
        error_set(error, ERROR_USAGE, "a network has 1 to %d layers, not %d", NETWORK_LAYERS_MAX,
                  count);
        return NULL;
    }
    struct network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        error_memory(error, "the network's description", sizeof *network);
        return NULL;
    }
    network->input = input;
    network->layer_count = count;
    if (!layer_chain_resolve(network->layers, specs, count, input, error) ||
        !check_memory(network, error))
        goto out_failed;
    list_tensors(network);
    if (!allocate_values(network, error))
        goto out_failed;
    network_initialise(network, seed);
    return network;

out_failed:
    network_free(&network);
    return NULL;
}

void network_free(struct network **network)
{
    if (*network == NULL)
        return;
    free((*network)->values);
    free((*network)->gradients);
    free(*network);
    *network = NULL;
}

struct network *network_clone(const struct network *network, struct error *error)
{
    struct network *clone = malloc(sizeof *clone);
    if (clone == NULL) {
        error_memory(error, "the network's description", sizeof *clone);
        return NULL;
    }
    *clone = *network;
    if (!allocate_values(clone, error)) {
        network_free(&clone);
        return NULL;
    }
    memcpy(clone->values, network->values, network->value_count * sizeof(float));
    return clone;
}

/* Uniform over +-sqrt(6 / fan_in): variance 2 / fan_in (He et al. 2015, arXiv 1502.01852). */
static void initialise_weights(float *values, const struct tensor *tensor, struct rng rng)
{
    size_t fan_in = tensor->count / (size_t)tensor->dims[0];
    float bound = sqrtf(6.0f / (float)fan_in);
    for (size_t i = 0; i < tensor->count; i++)
        values[i] = bound * (2 * rng_uniform(&rng) - 1);
}

/* Uniform over first +- spread, which the plugin's plan function has set. */
static void initialise_plugin(float *values, const struct tensor *tensor, const struct layer *layer,
                              struct rng rng)
{
    for (size_t i = 0; i < tensor->count; i++)
        values[i] = layer->first + layer->spread * (2 * rng_uniform(&rng) - 1);
}

void network_initialise(struct network *network, uint64_t seed)
{
    for (int i = 0; i < network->tensor_count; i++) {
        const struct tensor *tensor = &network->tensors[i];
        float *values = network->values + tensor->offset;
        bool one = tensor->role == TENSOR_SCALE || tensor->role == TENSOR_RUNNING_VARIANCE;
        const struct layer *layer = &network->layers[tensor->layer];
        if (layer_is_plugin(layer))
            initialise_plugin(values, tensor, layer, rng_stream(seed, RNG_INIT, 0, (uint32_t)i));
        else if (tensor->role == TENSOR_WEIGHT)
            initialise_weights(values, tensor, rng_stream(seed, RNG_INIT, 0, (uint32_t)i));
        else
            for (size_t j = 0; j < tensor->count; j++)
                values[j] = one ? 1.0f : 0.0f;
    }
}

/* ---- queries --------------------------------------------------------------------------------- */

int network_layer_count(const struct network *network)
{
    return network->layer_count;
}

const struct layer *network_layer(const struct network *network, int index)
{
    assert(index >= 0 && index < network->layer_count);
    return &network->layers[index];
}

struct shape network_input(const struct network *network)
{
    return network->input;
}

int network_classes(const struct network *network)
{
    return (int)shape_size(network->layers[network->layer_count - 1].out);
}

int network_tensor_count(const struct network *network)
{
    return network->tensor_count;
}

const struct tensor *network_tensor(const struct network *network, int index)
{
    assert(index >= 0 && index < network->tensor_count);
    return &network->tensors[index];
}

const struct tensor *network_find_tensor(const struct network *network, const char *name)
{
    for (int i = 0; i < network->tensor_count; i++)
        if (strcmp(network->tensors[i].name, name) == 0)
            return &network->tensors[i];
    return NULL;
}

float *network_values(struct network *network)
{
    return network->values;
}

const float *network_values_const(const struct network *network)
{
    return network->values;
}

size_t network_value_count(const struct network *network)
{
    return network->value_count;
}

size_t network_parameter_count(const struct network *network)
{
    return network->parameter_count;
}

float *network_gradients(struct network *network)
{
    return network->gradients;
}

bool network_finite(const struct network *network)
{
    for (size_t i = 0; i < network->value_count; i++)
        if (!isfinite(network->values[i]))
            return false;
    return true;
}

/* "28 x 28 pixels", or "28 x 28 pixels in 3 channels". Returns text. */
static const char *image_text(char text[IMAGE_TEXT_SIZE], struct shape shape)
{
    int used = snprintf(text, IMAGE_TEXT_SIZE, "%d x %d pixels", shape.height, shape.width);
    if (shape.channels != 1 && used > 0)
        snprintf(text + used, IMAGE_TEXT_SIZE - (size_t)used, " in %d channels", shape.channels);
    return text;
}

bool network_check_input(const struct network *network, struct shape images, struct error *error)
{
    char takes[IMAGE_TEXT_SIZE], given[IMAGE_TEXT_SIZE];
    struct shape input = network_input(network);
    if (input.channels == images.channels && input.height == images.height &&
        input.width == images.width)
        return true;
    return error_set(error, ERROR_STATE, "the network needs images of %s, but these images have %s",
                     image_text(takes, input), image_text(given, images));
}

bool network_check_classes(const struct network *network, int classes, struct error *error)
{
    const struct layer *last = &network->layers[network->layer_count - 1];
    if (last->out.height == 1 && last->out.width == 1 && last->out.channels == classes)
        return true;
    char text[LAYER_TEXT_SIZE];
    error_set(
        error, ERROR_USAGE,
        "%s: the output of the last layer is %dx%dx%d (channels x height x width), but it must "
        "have one value for each of the %d classes: end the network with \"dense %d\"",
        layer_spec_print(&last->spec, text), last->out.channels, last->out.height, last->out.width,
        classes, classes);
    if (error != NULL)
        error->line = last->spec.line;
    return false;
}

uint64_t network_hash(const struct network *network)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < network->value_count; i++) {
        uint32_t bits;
        memcpy(&bits, &network->values[i], sizeof bits);
        for (int byte = 0; byte < 4; byte++) {
            hash ^= bits >> (8 * byte) & 0xff;
            hash *= 0x100000001b3u;
        }
    }
    return hash;
}

uint64_t network_multiply_adds(const struct network *network)
{
    uint64_t total = 0;
    for (int i = 0; i < network->layer_count; i++)
        total += network->layers[i].multiply_adds;
    return total;
}

char *network_text(const struct network *network)
{
    size_t size = (size_t)network->layer_count * (LAYER_TEXT_SIZE + 1) + 1, used = 0;
    char *text = malloc(size);
    if (text == NULL)
        return NULL;
    for (int i = 0; i < network->layer_count; i++) {
        char line[LAYER_TEXT_SIZE];
        used += (size_t)snprintf(text + used, size - used, "%s\n",
                                 layer_spec_print(&network->layers[i].spec, line));
    }
    return text;
}
