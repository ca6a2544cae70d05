/*
 * plugin_trial - calls the functions of a plugin (plugin.h) once on canary buffers
 * (canary_buffer.h), before they run on the memory of a network.
 *
 * commands/ calls it when a network is built and when training begins, gradient_check.c before
 * every check. It detects values that a function does not write, writes out of bounds, and a
 * backward that assigns the gradients of weights instead of adding to them.
 */
#ifndef MNIST_NN_MODEL_PLUGIN_TRIAL_H
#define MNIST_NN_MODEL_PLUGIN_TRIAL_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/model/plugin.h"

/* Runs forward and backward on one image of random values. weights are the layer's; NULL = none.
   False with error: ERROR_USAGE with the layer's line, or out of memory. */
__attribute__((warn_unused_result)) bool plugin_trial_layer(const struct layer *layer,
                                                            const float *weights,
                                                            struct error *error);

/* plugin_trial_layer for every plugin layer of a network. */
__attribute__((warn_unused_result)) bool plugin_trial_network(const struct network *network,
                                                              struct error *error);

/* Computes the loss of one image with `classes` classes. */
__attribute__((warn_unused_result)) bool plugin_trial_loss(const struct plugin_loss *loss,
                                                           int classes, struct error *error);

/* Runs one step on a few weights. */
__attribute__((warn_unused_result)) bool plugin_trial_optimizer(
    const struct plugin_optimizer *optimizer, struct error *error);

#endif
