/*
 * layer_chain - the layers of a network in order: shapes, names, and the sources of `add`.
 */
#ifndef MNIST_NN_MODEL_LAYER_CHAIN_H
#define MNIST_NN_MODEL_LAYER_CHAIN_H

#include "mnist/nn/model/layer.h"

/* Resolves count specs into layers: the input of each is the output of the one before it, and the
   first one's is `input`. On failure returns false with error set; error.line is the line of the
   failing layer. */
bool layer_chain_resolve(struct layer *layers, const struct layer_spec *specs, int count,
                         struct shape input, struct error *error);

#endif
