/*
 * gradient_check - a layer's backward, or a loss's gradient, against finite differences.
 *
 * The layer stands in a network of its own between two probes, and runs through the plan and the
 * engine that train:
 *
 *     x + p, p = 0     one trained value p for each value of x: its gradient is the layer's dx
 *     the layer
 *     f = sum of r y   r uniform over -1 .. 1
 *
 * Each element e of p and of the layer's tensors is moved by +-h; (f(e+h) - f(e-h)) / 2h is compared
 * with what backward says. f is added up in doubles; y are the engine's floats, so that an error
 * below about 1e-3 is rounding. Where the two disagree, h is made smaller, since there may be a kink
 * (relu, max) within it; an element right at one, where the slopes left and right differ and backward
 * says something between them, is counted apart.
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

#define GRADIENT_CHECK_ERROR_MAX 0.01 /* above this backward and differences disagree */

struct gradient_check_config {
    const struct engine *engine;
    struct thread_pool *pool;
    const struct layer_spec *spec;
    struct shape in;
    const struct network *from; /* whose layer it is, for its values; NULL = first weights */
    int from_layer;
    int count; /* elements of each tensor that are looked at, at most */
    uint64_t seed;
    struct progress *watch; /* counts elements; may be NULL */
};

/* Of one tensor: x, weight, bias. */
struct gradient_check_row {
    char tensor[16];
    int compared, kinks, of; /* elements: looked at, at a kink, in all    */
    double error; /* the worst: |backward - difference| / the larger of both, or 5 % of the tensor's
                     root mean square                          */
    char worst[48];              /* "weight[3, 0, 2, 2]"                  */
    double backward, difference; /* of the worst                          */
};

enum { GRADIENT_CHECK_ROWS_MAX = 3 };

struct gradient_check {
    int row_count;
    struct gradient_check_row rows[GRADIENT_CHECK_ROWS_MAX];
};

/* False with error: the layer cannot stand there, a custom one fails its trial (plugin_trial.h), or is a batch-norm of [C, 1, 1], which makes one image 0 (ERROR_USAGE);
   no memory; interrupted. */
__attribute__((warn_unused_result)) bool gradient_check_layer(
    const struct gradient_check_config *config, struct gradient_check *check, struct error *error);

/* Of a custom loss, at random logits: `count` of the pairs of a label and a logit, or all of them; its row
   is "logits" (gradient_check_loss.c). */
void gradient_check_loss(const struct plugin_loss *loss, int classes, int count, uint64_t seed,
                         struct gradient_check *check);

/* ---- for gradient_check_loss.c ---- */

/* Uniform over +-spread. */
void gradient_check_draw(float *values, size_t count, float spread, uint64_t seed, uint32_t item);

/* What a row's error is. */
double gradient_check_error(double backward, double difference, double floor);

/* 5 % of the root mean square. */
double gradient_check_floor(const float *values, size_t count);

#endif
