/*
 * ema - averaged weights: an exponential moving average of everything a network holds.
 *
 * trainer.c updates it after each step, batch-norm's running statistics included, and shows it in
 * place of the raw weights: it generalises better while the rate is still high (Polyak and Juditsky
 * 1992; the ramp is TensorFlow's).
 *
 *     average += (1 - d) (value - average),    d = min(decay, (1 + n) / (10 + n)),
 *     n = 0, 1, 2... updates before this one
 */
#ifndef MNIST_NN_TRAIN_EMA_H
#define MNIST_NN_TRAIN_EMA_H

#include <stddef.h>
#include <stdint.h>

#include "mnist/base/thread_pool.h"

/* d of update n. */
float ema_decay(float decay, uint64_t n);

/* average [count] takes in values [count]. */
void ema_update(struct thread_pool *pool, float *average, const float *values, size_t count,
                float decay, uint64_t n);

#endif
