/*
 * topic - what `help TOPIC` and `TOPIC?` are about: a verb, a command, a layer, one of their
 * parameters.
 */
#ifndef MNIST_LANGUAGE_TOPIC_H
#define MNIST_LANGUAGE_TOPIC_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/language/vocabulary.h"

enum { TOPIC_SIZE_MAX = 128, TOPIC_WORDS_MAX = 3 };

struct topic {
    const char *verb; /* NULL = everything ("")                               */
    bool layer;
    const struct command *command;     /* NULL = all commands of the verb, which has several   */
    const struct parameter *parameter; /* NULL = the command as a whole                        */
};

/* "", "train", "explore samples", "train epochs", "conv". False with error set, with the nearest
   topic if one is near. */
bool topic_find(const char *text, struct topic *topic, struct error *error);

#endif
