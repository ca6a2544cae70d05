/*
 * blueprints - networks as text, by name: the built-in networks, and those that `model NAME:` has
 * defined in this session.
 *
 * The text has one layer per line, in the syntax of the block below `model NAME:`.
 * commands/architecture.c converts it to layers.
 */
#ifndef MNIST_WORKSPACE_BLUEPRINTS_H
#define MNIST_WORKSPACE_BLUEPRINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/shared_limits.h"

enum { BLUEPRINTS_MAX = 1000 };

/* A network that this session has defined. */
struct blueprint {
    char name[NAME_SIZE_MAX + 1];
    char *text; /* the layers in canonical form */
};

struct blueprints {
    struct blueprint *items; /* [count] */
    size_t count;
};

/* The name of the built-in network that `train` builds if there is no network. */
extern const char *const blueprint_default;

/* The text of a built-in network ("lenet"), or NULL. Static. */
const char *blueprint_builtin(const char *name);

/* The text of a network that this session has defined, or else of a built-in one; NULL = neither.
   Borrowed. */
const char *blueprints_find(const struct blueprints *blueprints, const char *name);

/* Stores the text under the name; text is consumed. False: BLUEPRINTS_MAX are stored already, or
   memory ran out. */
bool blueprints_store(struct blueprints *blueprints, const char *name, char *text);

void blueprints_release(struct blueprints *blueprints);

#endif
