/*
 * rate_curve - the learning rates of a training, in bounded memory.
 *
 * trainer.c adds one rate for each step. The curve stores the rate of every stride-th step. When
 * its array is full, it removes every second point and doubles the stride, so that a training of
 * any length fits and the points stay evenly spaced. Model files and checkpoints contain the curve
 * (checkpoint.c), and `plot rate` shows it.
 *
 *     rates[i] = the rate of step first + i * stride, counted from 0
 *
 * The highest rate and the last one are stored separately, since they may fall between two points.
 */
#ifndef MNIST_NN_TRAIN_RATE_CURVE_H
#define MNIST_NN_TRAIN_RATE_CURVE_H

#include <stdint.h>

enum { RATE_CURVE_POINTS = 1024 };

struct rate_curve {
    uint64_t first; /* steps of the training before the first recorded one; not 0 after a resume
                       from a file without a curve */
    uint64_t steps; /* recorded steps          */
    uint64_t stride;
    int count; /* points in rates         */
    float last, highest;
    uint64_t highest_step; /* index of the first recorded step with the highest rate */
    float rates[RATE_CURVE_POINTS];
};

/* Initialises an empty curve that begins after `first` steps. */
void rate_curve_begin(struct rate_curve *curve, uint64_t first);

void rate_curve_add(struct rate_curve *curve, float rate);

#endif
