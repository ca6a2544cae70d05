/*
 * gradient_check - compares a layer's backward, or a loss's gradient, with finite differences.
 *
 * A network is built of the layer between two probe layers. It runs with the plan and the engine of
 * a training:
 *
 *     x + p, p = 0     one trained value p for each value of x: its gradient is the layer's dx
 *     the layer
 *     f = sum of r y   r uniform over -1 .. 1
 *
 * For each element e of p and of the layer's tensors, (f(e+h) - f(e-h)) / 2h is compared with the
 * gradient from backward. f is summed in double precision, but y has the engine's floats, so that
 * errors below about 1e-3 are rounding errors. Where the two disagree, the difference is computed
 * again with a smaller h, since the interval may contain a kink (relu, max). An element at a kink,
 * where the left and right slopes differ and the gradient is between them, is counted separately.
 */
#ifndef MNIST_NN_TRAIN_GRADIENT_CHECK_H
#define MNIST_NN_TRAIN_GRADIENT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/layer.h"

#define GRADIENT_CHECK_ERROR_MAX 0.01 /* above this, backward and differences disagree */

struct gradient_check_config {
    const struct engine *engine;
    struct thread_pool *pool;
    const struct layer_spec *spec;
    struct shape in;
    const struct network *from; /* network with the layer's weights; NULL = initial weights */
    int from_layer;
    int count; /* maximum number of elements to check in each tensor */
    uint64_t seed;
    struct progress *watch; /* counts elements; may be NULL */
};

/* The result for one tensor: x, weight or bias. */
struct gradient_check_row {
    char tensor[16];
    int compared, kinks, of; /* numbers of elements: checked, at a kink, in the tensor */
    double error;   /* the largest |backward - difference| / max(both, 5 % of the tensor's root mean
                     square)                                  */
    char worst[48]; /* element with this error: "weight[3, 0, 2, 2]" */
    double backward, difference; /* of this element                       */
};

enum { GRADIENT_CHECK_ROWS_MAX = 3 };

struct gradient_check {
    int row_count;
    struct gradient_check_row rows[GRADIENT_CHECK_ROWS_MAX];
};

/* False with error: ERROR_USAGE if the layer does not fit the input shape, is a plugin that fails
   its trial (plugin_trial.h), or is a batch-norm of [C, 1, 1], whose output for one image is
   constant; out of memory; interrupted. */
__attribute__((warn_unused_result)) bool gradient_check_layer(
    const struct gradient_check_config *config, struct gradient_check *check, struct error *error);

/* Checks a plugin's loss at random logits, for `count` random pairs of a label and a logit, or for
   all pairs if there are fewer. The row is "logits" (gradient_check_loss.c). */
void gradient_check_loss(const struct plugin_loss *loss, int classes, int count, uint64_t seed,
                         struct gradient_check *check);

/* ---- shared with gradient_check_loss.c ---- */

/* Fills values with random numbers, uniform over +-spread. */
void gradient_check_fill(float *values, size_t count, float spread, uint64_t seed, uint32_t item);

/* The relative error of a row; infinity for NaN. */
double gradient_check_error(double backward, double difference, double floor);

/* 5 % of the root mean square of values. */
double gradient_check_floor(const float *values, size_t count);

#endif
