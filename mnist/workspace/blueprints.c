/*
 * blueprints - the built-in networks, and a list of the session's own.
 *
 *     lenet   LeCun, Bottou, Bengio, Haffner 1998; relu replaces tanh, max-pooling replaces
 *             sub-sampling
 *     fast    two convolutions with batch normalisation after their pooling: 99 % after one epoch
 *             of one second
 *     keras   the "Simple MNIST convnet" of the Keras documentation
 *     best    pairs of 3x3 convolutions with batch normalisation, as in common recipes above 99.5 %
 */
#include "mnist/workspace/blueprints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

static const struct {
    const char *name, *text;
} builtins[] = {
    {"lenet", "conv 6 5x5 pad=2\nrelu\nmaxpool 2\nconv 16 5x5\nrelu\nmaxpool 2\n"
              "dense 120\nrelu\ndense 84\nrelu\ndense 10\n"},
    {"fast", "conv 16 3x3\nmaxpool 2\nbatchnorm\nrelu\nconv 32 3x3\nmaxpool 2\nbatchnorm\nrelu\n"
             "dense 64\nbatchnorm\nrelu\ndense 10\n"},
    {"keras",
     "conv 32 3x3\nrelu\nmaxpool 2\nconv 64 3x3\nrelu\nmaxpool 2\ndropout 0.5\ndense 10\n"},
    {"best", "conv 32 3x3\nbatchnorm\nrelu\nconv 32 3x3\nmaxpool 2\nbatchnorm\nrelu\n"
             "conv 64 3x3 pad=1\nbatchnorm\nrelu\nconv 64 3x3 pad=1\nbatchnorm\nrelu\n"
             "conv 64 3x3 pad=1\nmaxpool 2\nbatchnorm\nrelu\nconv 96 3x3\nbatchnorm\nrelu\n"
             "dropout 0.2\ndense 128\nbatchnorm\nrelu\ndropout 0.4\ndense 10\n"},
};

const char *const blueprint_default = "fast";

const char *blueprint_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return builtins[i].text;
    return NULL;
}

static struct blueprint *find_own(const struct blueprints *blueprints, const char *name)
{
    for (size_t i = 0; i < blueprints->count; i++)
        if (strcmp(blueprints->items[i].name, name) == 0)
            return &blueprints->items[i];
    return NULL;
}

const char *blueprints_find(const struct blueprints *blueprints, const char *name)
{
    const struct blueprint *own = find_own(blueprints, name);
    return own != NULL ? own->text : blueprint_builtin(name);
}

bool blueprints_store(struct blueprints *blueprints, const char *name, char *text)
{
    struct blueprint *own = find_own(blueprints, name);
    if (own != NULL) {
        free(own->text);
        own->text = text;
        return true;
    }
    struct blueprint *items =
        array_grow(blueprints->items, blueprints->count, sizeof *items, BLUEPRINTS_MAX);
    if (items == NULL) {
        free(text);
        return false;
    }
    blueprints->items = items;
    own = &items[blueprints->count++];
    snprintf(own->name, sizeof own->name, "%s", name);
    own->text = text;
    return true;
}

void blueprints_release(struct blueprints *blueprints)
{
    for (size_t i = 0; i < blueprints->count; i++)
        free(blueprints->items[i].text);
    free(blueprints->items);
    *blueprints = (struct blueprints){0};
}
