/*
 * plugin - layers, losses, optimizers, schedules and metrics that a C cell defines, and the
 * registry that finds them by name.
 *
 * c_api/plugins.c wraps the functions that a cell registers in a struct layer_type (layer_type.h)
 * or in one of the structs below and adds them here. stage_images.c, plan.c, optimizer.c,
 * schedule.c and trainer.c call them. The registry belongs to the process. An entry stays valid
 * until the process ends, since a network may refer to it; a newer plugin of the same kind and name
 * hides an older one from plugin_find.
 *
 * A schedule and a metric are called from the thread that trains, all other functions from several
 * threads of the pool at once. They must return the same results for the same arguments: training
 * is bit-identical only then. The values of an image are in the order [C, H, W].
 */
#ifndef MNIST_NN_MODEL_PLUGIN_H
#define MNIST_NN_MODEL_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/layer_type.h"

enum {
    PLUGIN_NAME_SIZE = LAYER_TYPE_NAME_SIZE,
    PLUGIN_MOMENTS_MAX = 4,   /* values that an optimizer keeps for each weight      */
    PLUGIN_COUNT_MAX = 16384, /* entries of a kind, including hidden ones            */
};

enum plugin_kind {
    PLUGIN_LAYER, /* struct layer_type */
    PLUGIN_LOSS,
    PLUGIN_OPTIMIZER,
    PLUGIN_SCHEDULE,
    PLUGIN_METRIC,
    PLUGIN_KINDS,
};

/* "layer", "loss"...; static. */
const char *plugin_kind_name(enum plugin_kind kind);

/* ---- the training ---- */

/* The loss of one image, and its gradient [classes] with respect to the logits [classes]. */
struct plugin_loss {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    double (*value)(const void *context, const float *logits, int classes, int label,
                    float *gradient);
};

struct plugin_step {
    double rate;
    uint64_t step; /* from 1                         */
    double momentum, beta2;
    double decay; /* 0 for biases and batch-norm    */
};

/* Updates `count` weights, a range of one tensor. The ranges do not depend on the number of
   threads. moments[i] [count] are kept from step to step and are initially 0. */
struct plugin_optimizer {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    int moments; /* 0 .. PLUGIN_MOMENTS_MAX    */
    float rate;  /* the default learning rate  */
    void (*step)(const void *context, const struct plugin_step *step, float *weights,
                 const float *gradients, float *const *moments, int count);
};

/* The learning rate of step 0 .. steps-1. */
struct plugin_schedule {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    double (*rate)(const void *context, double rate, uint64_t step, uint64_t steps);
};

/* A figure of merit of predictions: probabilities [count, classes], labels [count]. */
struct plugin_metric {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    double (*value)(const void *context, const float *probabilities, const uint8_t *labels,
                    int count, int classes);
};

/* ---- the registry ---- */

/* Adds a copy of the kind's struct. Returns the copy, which is valid until the process ends; NULL
   with error when memory runs out or the kind has PLUGIN_COUNT_MAX entries (ERROR_STATE). */
const void *plugin_add(enum plugin_kind kind, const void *plugin, struct error *error);

/* The newest plugin with this name; NULL if there is none. */
const void *plugin_find(enum plugin_kind kind, const char *name);

/* Hides all plugins from plugin_find. They stay valid. */
void plugin_forget(void);

#endif
