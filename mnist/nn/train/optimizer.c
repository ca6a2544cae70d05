/*
 * optimizer - splits the values into fixed chunks, and each chunk into tensors; vector_ops.c has
 * the loops. Chunks do not depend on the number of threads, so that results do not either.
 */
#include "mnist/nn/train/optimizer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mnist/nn/engine/exact_math.h"
#include "mnist/nn/engine/vector_ops.h"

enum { STEP_CHUNK = 2048 }; /* values per task */

struct optimizer {
    struct optimizer_config config;
    size_t count; /* trained values */
    uint64_t steps;
    float *moments;                           /* [moment][count] */
    struct thread_pool_affinities affinities; /* of the chunks to threads */
};

int optimizer_moment_count(const struct optimizer *optimizer)
{
    if (optimizer->config.kind == OPTIMIZER_PLUGIN)
        return optimizer->config.plugin->moments;
    return optimizer->config.kind == OPTIMIZER_SGD ? 1 : 2;
}

static int chunk_count(const struct optimizer *optimizer)
{
    return (int)((optimizer->count + STEP_CHUNK - 1) / STEP_CHUNK);
}

struct optimizer *optimizer_new(const struct network *network,
                                const struct optimizer_config *config, struct error *error)
{
    struct optimizer *optimizer = calloc(1, sizeof *optimizer);
    if (optimizer == NULL) {
        error_memory(error, "the optimizer", sizeof *optimizer);
        return NULL;
    }
    assert(config->kind < OPTIMIZER_KINDS);
    assert((config->kind == OPTIMIZER_PLUGIN) == (config->plugin != NULL));
    optimizer->config.kind = config->kind;
    optimizer->config.plugin = config->plugin;
    optimizer_configure(optimizer, config);
    optimizer->count = network_parameter_count(network);
    size_t floats = optimizer->count * (size_t)optimizer_moment_count(optimizer);
    optimizer->moments = calloc(floats > 0 ? floats : 1, sizeof(float));
    optimizer->affinities.tasks =
        calloc((size_t)chunk_count(optimizer) + 1, sizeof(struct thread_pool_affinity));
    if (optimizer->moments == NULL || optimizer->affinities.tasks == NULL) {
        error_memory(error, "the optimizer's state", floats * sizeof(float));
        optimizer_free(&optimizer);
    }
    return optimizer;
}

void optimizer_configure(struct optimizer *optimizer, const struct optimizer_config *config)
{
    assert(config->kind == optimizer->config.kind && config->plugin == optimizer->config.plugin);
    optimizer->config = *config;
    if (config->epsilon == 0)
        optimizer->config.epsilon = 1e-8f;
}

void optimizer_free(struct optimizer **optimizer)
{
    if (*optimizer == NULL)
        return;
    free((*optimizer)->moments);
    free((*optimizer)->affinities.tasks);
    free(*optimizer);
    *optimizer = NULL;
}

/* The arguments of a step, shared by all chunks. */
struct parameter_update {
    struct optimizer *optimizer;
    struct network *network;
    float rate;
    struct adam_step adam; /* without decay and shrink */
};

static void step_sgd(const struct parameter_update *step, size_t begin, size_t count, float decay)
{
    struct sgd_step sgd = {step->rate, step->optimizer->config.momentum, decay};
    vector_sgd(network_values(step->network) + begin, step->optimizer->moments + begin,
               network_gradients(step->network) + begin, &sgd, count);
}

static void step_adam(const struct parameter_update *step, size_t begin, size_t count, float decay)
{
    struct optimizer *optimizer = step->optimizer;
    struct adam_step adam = step->adam;
    bool decoupled = optimizer->config.kind == OPTIMIZER_ADAMW;
    adam.decay = decoupled ? 0 : decay;
    adam.shrink = decoupled ? (float)(1 - (double)step->rate * (double)decay) : 1;
    vector_adam(network_values(step->network) + begin, optimizer->moments + begin,
                optimizer->moments + optimizer->count + begin,
                network_gradients(step->network) + begin, &adam, count);
}

static void step_plugin(const struct parameter_update *step, size_t begin, size_t count,
                        float decay)
{
    const struct optimizer *optimizer = step->optimizer;
    const struct plugin_optimizer *plugin = optimizer->config.plugin;
    float *moments[PLUGIN_MOMENTS_MAX];
    for (int i = 0; i < plugin->moments; i++)
        moments[i] = optimizer->moments + (size_t)i * optimizer->count + begin;
    const struct plugin_step arguments = {.rate = (double)step->rate,
                                          .step = optimizer->steps,
                                          .momentum = (double)optimizer->config.momentum,
                                          .beta2 = (double)optimizer->config.beta2,
                                          .decay = (double)decay};
    plugin->step(plugin->context, &arguments, network_values(step->network) + begin,
                 network_gradients(step->network) + begin, moments, (int)count);
}

/* Updates the values of each tensor that are in this chunk. */
static void step_task(void *context, int chunk, int worker)
{
    (void)worker;
    const struct parameter_update *step = context;
    size_t begin = (size_t)chunk * STEP_CHUNK, end = begin + STEP_CHUNK;
    for (int i = 0; i < network_tensor_count(step->network); i++) {
        const struct tensor *tensor = network_tensor(step->network, i);
        size_t first = tensor->offset > begin ? tensor->offset : begin;
        size_t last = tensor->offset + tensor->count;
        last = last < end ? last : end;
        if (tensor->offset >= step->optimizer->count)
            break;
        if (first >= last)
            continue;
        float decay = tensor->role == TENSOR_WEIGHT ? step->optimizer->config.decay : 0;
        if (step->optimizer->config.kind == OPTIMIZER_PLUGIN)
            step_plugin(step, first, last - first, decay);
        else if (step->optimizer->config.kind == OPTIMIZER_SGD)
            step_sgd(step, first, last - first, decay);
        else
            step_adam(step, first, last - first, decay);
    }
}

void optimizer_step(struct optimizer *optimizer, struct network *network, float rate,
                    struct thread_pool *pool)
{
    const struct optimizer_config *config = &optimizer->config;
    assert(network_parameter_count(network) == optimizer->count);
    optimizer->steps++;
    double left1 = 1 - exact_power((double)config->beta1, optimizer->steps);
    double left2 = 1 - exact_power((double)config->beta2, optimizer->steps);
    struct parameter_update step = {
        .optimizer = optimizer,
        .network = network,
        .rate = rate,
        .adam = {.step_size = (float)((double)rate / left1),
                 .root = (float)sqrt(left2),
                 .beta1 = config->beta1,
                 .beta2 = config->beta2,
                 .epsilon = config->epsilon},
    };
    thread_pool_run_affine(pool, step_task, &step, chunk_count(optimizer), &optimizer->affinities);
}

float *optimizer_moment(struct optimizer *optimizer, int index)
{
    assert(index >= 0 && index < optimizer_moment_count(optimizer));
    return optimizer->moments + (size_t)index * optimizer->count;
}

const char *optimizer_moment_name(const struct optimizer *optimizer, int index)
{
    static const char *const plugin[PLUGIN_MOMENTS_MAX] = {"moment1", "moment2", "moment3",
                                                           "moment4"};
    assert(index >= 0 && index < optimizer_moment_count(optimizer));
    if (optimizer->config.kind == OPTIMIZER_PLUGIN)
        return plugin[index];
    if (optimizer->config.kind == OPTIMIZER_SGD)
        return "velocity";
    return index == 0 ? "mean" : "square";
}

uint64_t optimizer_steps(const struct optimizer *optimizer)
{
    return optimizer->steps;
}

void optimizer_set_steps(struct optimizer *optimizer, uint64_t steps)
{
    optimizer->steps = steps;
}

const char *optimizer_name(enum optimizer_kind kind)
{
    static const char *const names[OPTIMIZER_KINDS] = {"sgd", "adam", "adamw", "optimizer"};
    assert(kind < OPTIMIZER_KINDS);
    return names[kind];
}
