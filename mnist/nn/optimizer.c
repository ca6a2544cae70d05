/*
 * optimizer - one tensor after the other; the loops are loops.c's.
 */
#include "mnist/nn/optimizer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/exact.h"
#include "mnist/nn/loops.h"

enum { MOMENTS_MAX = 2 };

struct optimizer {
    struct optimizer_config config;
    size_t count; /* trained values */
    uint64_t steps;
    float *moments; /* [moment][count] */
};

int optimizer_moment_count(const struct optimizer *optimizer)
{
    return optimizer->config.kind == OPTIMIZER_SGD ? 1 : MOMENTS_MAX;
}

struct optimizer *optimizer_new(const struct network *network,
                                const struct optimizer_config *config, struct error *error)
{
    struct optimizer *optimizer = calloc(1, sizeof *optimizer);
    if (optimizer == NULL) {
        error_memory(error, "the optimizer", sizeof *optimizer);
        return NULL;
    }
    optimizer->config = *config;
    if (config->epsilon == 0)
        optimizer->config.epsilon = 1e-8f;
    optimizer->count = network_parameter_count(network);
    size_t floats = optimizer->count * (size_t)optimizer_moment_count(optimizer);
    optimizer->moments = calloc(floats > 0 ? floats : 1, sizeof(float));
    if (optimizer->moments == NULL) {
        error_memory(error, "the optimizer's state", floats * sizeof(float));
        optimizer_free(&optimizer);
    }
    return optimizer;
}

void optimizer_free(struct optimizer **optimizer)
{
    if (*optimizer == NULL)
        return;
    free((*optimizer)->moments);
    free(*optimizer);
    *optimizer = NULL;
}

static void step_sgd(struct optimizer *optimizer, struct network *network,
                     const struct tensor *tensor, float rate, float decay)
{
    struct sgd_step step = {rate, optimizer->config.momentum, decay};
    size_t offset = tensor->offset;
    loop_sgd(network_values(network) + offset, optimizer->moments + offset,
             network_gradients(network) + offset, &step, tensor->count);
}

static void step_adam(struct optimizer *optimizer, struct network *network,
                      const struct tensor *tensor, float rate, float decay)
{
    const struct optimizer_config *config = &optimizer->config;
    bool decoupled = config->kind == OPTIMIZER_ADAMW;
    double left1 = 1 - exact_power((double)config->beta1, optimizer->steps);
    double left2 = 1 - exact_power((double)config->beta2, optimizer->steps);
    struct adam_step step = {
        .step_size = (float)((double)rate / left1),
        .root = (float)sqrt(left2),
        .beta1 = config->beta1,
        .beta2 = config->beta2,
        .epsilon = config->epsilon,
        .decay = decoupled ? 0 : decay,
        .shrink = decoupled ? (float)(1 - (double)rate * (double)decay) : 1,
    };
    size_t offset = tensor->offset;
    loop_adam(network_values(network) + offset, optimizer->moments + offset,
              optimizer->moments + optimizer->count + offset, network_gradients(network) + offset,
              &step, tensor->count);
}

void optimizer_step(struct optimizer *optimizer, struct network *network, float rate)
{
    assert(network_parameter_count(network) == optimizer->count);
    optimizer->steps++;
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        if (tensor->offset >= optimizer->count)
            break;
        float decay = tensor->role == TENSOR_WEIGHT ? optimizer->config.decay : 0;
        if (optimizer->config.kind == OPTIMIZER_SGD)
            step_sgd(optimizer, network, tensor, rate, decay);
        else
            step_adam(optimizer, network, tensor, rate, decay);
    }
}

float *optimizer_moment(struct optimizer *optimizer, int index)
{
    assert(index >= 0 && index < optimizer_moment_count(optimizer));
    return optimizer->moments + (size_t)index * optimizer->count;
}

const char *optimizer_moment_name(const struct optimizer *optimizer, int index)
{
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

void optimizer_copy(struct optimizer *to, const struct optimizer *from)
{
    assert(to->count == from->count && to->config.kind == from->config.kind);
    to->steps = from->steps;
    memcpy(to->moments, from->moments,
           to->count * (size_t)optimizer_moment_count(to) * sizeof(float));
}

const char *optimizer_name(enum optimizer_kind kind)
{
    static const char *const names[OPTIMIZER_KINDS] = {"sgd", "adam", "adamw"};
    assert(kind < OPTIMIZER_KINDS);
    return names[kind];
}
