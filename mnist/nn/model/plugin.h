/*
 * plugin - parts of a network and of a training that are somebody else's functions: a layer, a loss,
 * an optimizer, a schedule, a metric, each known by its name.
 *
 * commands/ fills them in for what a cell of C registers; network.c, stage_plugin.c, plan.c,
 * optimizer.c, schedule.c and trainer.c call them. The list of parts is the process's own: a part
 * that was added is good until the process ends, since a network may hold it; another of its name
 * takes its place for those who ask later.
 *
 * The functions are called from the pool's threads, several at once (a schedule and a metric: from
 * the thread that trains), and must give the same for the same arguments: then a training stays
 * exact to the bit. Values of an image lie as [C, H, W].
 */
#ifndef MNIST_NN_MODEL_PLUGIN_H
#define MNIST_NN_MODEL_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/rng.h"
#include "mnist/nn/model/shape.h"

enum {
    PLUGIN_NAME_SIZE = 24,    /* bytes, its zero included                         */
    PLUGIN_NUMBERS_MAX = 8,   /* that a layer's line may say                      */
    PLUGIN_MOMENTS_MAX = 4,   /* values that an optimizer keeps for each weight   */
    PLUGIN_PARTS_MAX = 16384, /* of a kind; older ones of the same name count too */
    PLUGIN_WEIGHTS_MAX = 16 * 1024 * 1024,
};

enum plugin_kind {
    PLUGIN_LAYER,
    PLUGIN_LOSS,
    PLUGIN_OPTIMIZER,
    PLUGIN_SCHEDULE,
    PLUGIN_METRIC,
    PLUGIN_KINDS,
};

/* "layer", "loss"...; static. */
const char *plugin_kind_name(enum plugin_kind kind);

/* ---- layers ---- */

/* What a layer is to be at its place. */
struct plugin_plan {
    struct shape in;
    struct shape out;    /* at first as in                                             */
    int weights;         /* trained values: one tensor [weights]; at first 0           */
    float first, spread; /* they begin uniform over first +- spread                   */
    char wrong[160];     /* why the layer cannot stand here; "" = it can               */
};

/* One image on its way through the layer. */
struct plugin_pass {
    struct shape in, out;
    const double *numbers; /* [number_count] */
    const float *weights;  /* [weights]      */
    float *gradients;      /* [weights], backward: to be added to */
    bool training;
    struct rng rng; /* of this image in this epoch: backward has the same from its beginning */
};

struct plugin_layer {
    char name[PLUGIN_NAME_SIZE];
    int number_count;
    struct {
        char name[PLUGIN_NAME_SIZE];
        double fallback;
    } numbers[PLUGIN_NUMBERS_MAX];
    const void *context;
    void (*plan)(const void *context, const double *numbers, struct plugin_plan *plan);
    void (*forward)(const void *context, struct plugin_pass *pass, const float *x, float *y);
    void (*backward)(const void *context, struct plugin_pass *pass, const float *x, const float *y,
                     const float *dy, float *dx);
};

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

/* Moves count weights, a piece of one tensor (where that is cut does not depend on the threads);
   moments[i] [count] are kept from step to step and begin as 0. */
struct plugin_optimizer {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    int moments; /* 0 .. PLUGIN_MOMENTS_MAX */
    float rate;  /* that suits when none is given */
    void (*step)(const void *context, const struct plugin_step *step, float *weights,
                 const float *gradients, float *const *moments, int count);
};

/* The rate of step 0 .. steps-1. */
struct plugin_schedule {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    double (*rate)(const void *context, double rate, uint64_t step, uint64_t steps);
};

/* A figure of merit of answers: probabilities [count, classes], labels [count]. */
struct plugin_metric {
    char name[PLUGIN_NAME_SIZE];
    const void *context;
    double (*value)(const void *context, const float *probabilities, const uint8_t *labels,
                    int count, int classes);
};

/* ---- the list ---- */

/* Adds a copy; part is the kind's struct. NULL with error: no memory, or PLUGIN_PARTS_MAX. */
const void *plugin_add(enum plugin_kind kind, const void *part, struct error *error);

/* NULL = there is none of this name. */
const void *plugin_find(enum plugin_kind kind, const char *name);

/* Nothing is found any more; what was added stays. */
void plugin_forget(void);

#endif
