/*
 * schedule - the learning rate of each step.
 *
 * A schedule is a pure function of the step, so that a resumed training needs no memory of it.
 * trainer.c asks once a batch.
 *
 *     warm-up    rate * (step + 1) / warmup_steps, while step < warmup_steps; not of one-cycle
 *     constant   rate
 *     step       rate * factor ^ floor(step / every_steps)
 *     cosine     rate * (1 + cos(pi t)) / 2, t in [0, 1) = the share that is done of the steps
 *                after the warm-up
 *     one-cycle  cosine from rate/25 up to rate over the first warmup_steps (0 = 30 % of all), then
 *                cosine down to rate/2.5e5: PyTorch's OneCycleLR with its defaults, but that
 *                momentum is not cycled
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
    SCHEDULE_CUSTOM, /* somebody else's: plugin.h */
    SCHEDULE_KINDS
};

struct schedule {
    enum schedule_kind kind;
    float rate;            /* the highest */
    uint64_t steps;        /* in all      */
    uint64_t warmup_steps; /* < steps     */
    uint64_t every_steps;  /* step: from one drop to the next */
    float factor;          /* step: what a drop multiplies by */
    const struct plugin_schedule *custom;
};

/* The rate of step 0 .. steps-1 (later steps: as the last). */
float schedule_rate(const struct schedule *schedule, uint64_t step);

/* "constant", "step", "cosine", "onecycle", or the custom one's name; borrowed. */
const char *schedule_name(const struct schedule *schedule);

#endif
