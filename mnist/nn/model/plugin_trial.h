/*
 * plugin_trial - runs somebody else's functions (plugin.h) once on memory that is watched
 * (canary_buffer.h), before they are let at a network's.
 *
 * commands/ does so when a network is built and a training begins, gradient_check.c each time. What
 * is found: values that were not written, writing beyond the end, gradients of weights that are set
 * instead of added to.
 */
#ifndef MNIST_NN_MODEL_PLUGIN_TRIAL_H
#define MNIST_NN_MODEL_PLUGIN_TRIAL_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/train/optimizer.h"

/* Forward and backward of one image of random values. weights: of the layer, NULL = it has none. False
   with error: ERROR_USAGE, its line the layer's, or no memory. */
__attribute__((warn_unused_result)) bool plugin_trial_layer(const struct layer *layer,
                                                            const float *weights,
                                                            struct error *error);

/* All custom layers of a network. */
__attribute__((warn_unused_result)) bool plugin_trial_network(const struct network *network,
                                                              struct error *error);

__attribute__((warn_unused_result)) bool plugin_trial_loss(const struct plugin_loss *loss,
                                                           int classes, struct error *error);

/* One step of a few weights. */
__attribute__((warn_unused_result)) bool plugin_trial_optimizer(
    const struct plugin_optimizer *optimizer, struct error *error);

#endif
