/*
 * schedule - the learning rate of each step.
 *
 * A schedule is a pure function of the step, so that a checkpoint does not have to store its state.
 * trainer.c calls schedule_rate once per batch.
 *
 *     warm-up    rate * (step + 1) / warmup_steps, while step < warmup_steps; not with one-cycle
 *     constant   rate
 *     step       rate * factor ^ floor(step / every_steps)
 *     cosine     rate * (1 + cos(pi t)) / 2, t in [0, 1) = finished fraction of the steps after the
 *                warm-up
 *     one-cycle  cosine from rate/25 up to rate over the first warmup_steps (0 = 30 % of all), then
 *                cosine down to rate/2.5e5: PyTorch's OneCycleLR with its defaults, except that
 *                momentum is constant
 */
#ifndef MNIST_NN_TRAIN_SCHEDULE_H
#define MNIST_NN_TRAIN_SCHEDULE_H

#include <stdint.h>

#include "mnist/nn/model/plugin.h"

enum schedule_kind {
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,
    SCHEDULE_COSINE,
    SCHEDULE_ONECYCLE,
    SCHEDULE_PLUGIN,
    SCHEDULE_KINDS
};

struct schedule {
    enum schedule_kind kind;
    float rate;            /* the highest rate                */
    uint64_t steps;        /* of the whole training           */
    uint64_t warmup_steps; /* < steps                         */
    uint64_t every_steps;  /* step: steps between two drops   */
    float factor;          /* step: factor of each drop       */
    const struct plugin_schedule *plugin;
};

/* The rate of step 0 .. steps-1; later steps have the rate of the last one. */
float schedule_rate(const struct schedule *schedule, uint64_t step);

/* "constant", "step", "cosine", "onecycle", or the plugin's name; borrowed. */
const char *schedule_name(const struct schedule *schedule);

#endif
