/*
 * architecture - networks as text: one layer a line, as in a `model NAME:` block.
 */
#ifndef MNIST_COMMANDS_ARCHITECTURE_H
#define MNIST_COMMANDS_ARCHITECTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/language/bound_call.h"
#include "mnist/nn/model/network.h"

struct session;

/* The layers of a `model NAME:` block: specs [NETWORK_LAYERS_MAX]. */
bool architecture_of_block(const struct bound_call *call, struct layer_spec *specs, int *count,
                           struct diagnostic *diagnostic);

/* The layers of a text in the form of network_text. error.line is the line of the error. */
bool architecture_parse(const char *text, struct layer_spec *specs, int *count,
                        struct error *error);

/* A network of the text for the prepared images. NULL with error set. Caller frees. */
struct network *architecture_build(struct session *s, const char *text, uint64_t seed,
                                   struct error *error);

#endif
