/*
 * ema - averaged weights: an exponential moving average of all values of a network.
 *
 * trainer.c updates the average after each step, including the running statistics of batch-norm,
 * and evaluates it instead of the raw weights: it generalises better while the learning rate is
 * still high (Polyak and Juditsky 1992; the ramp is TensorFlow's).
 *
 *     average += (1 - d) (value - average),    d = min(decay, (1 + n) / (10 + n)),
 *     n = number of previous updates
 */
#ifndef MNIST_NN_TRAIN_EMA_H
#define MNIST_NN_TRAIN_EMA_H

#include <stddef.h>
#include <stdint.h>

#include "mnist/base/thread_pool.h"

/* The d of update n. */
float ema_decay(float decay, uint64_t n);

/* Adds values [count] to average [count] with the d of update n. */
void ema_update(struct thread_pool *pool, float *average, const float *values, size_t count,
                float decay, uint64_t n);

#endif
