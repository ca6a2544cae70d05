/*
 * checkpoint_curve - the learning rates of a training (rate_curve.h) as JSON, for checkpoint.c.
 *
 *     {"first": 0, "steps": 860, "stride": 1, "last": 4e-08, "highest": 0.01, "highest_step": 257,
 *      "rates": [0.0004, ...], "ends": [430, 860]}
 *
 * "ends" are the last steps of the epochs; `plot rate` marks them.
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_CURVE_H
#define MNIST_NN_TRAIN_CHECKPOINT_CURVE_H

#include <jansson.h>

#include "mnist/nn/train/trainer.h"

/* records [count]: the epochs of the training. NULL when memory runs out. Caller decrefs. */
json_t *checkpoint_curve_json(const struct rate_curve *curve, const struct epoch_record *records,
                              int count);

/* Fills curve, and the last step of each of the records [count]. False when the JSON is not a valid
   curve of a training of count epochs. */
bool checkpoint_curve_read(const json_t *json, struct rate_curve *curve,
                           struct epoch_record *records, int count);

#endif
