/*
 * topic - the subject of `help TOPIC` and `TOPIC?`: a verb, a command, a layer, or a parameter of
 * one.
 */
#ifndef MNIST_LANGUAGE_TOPIC_H
#define MNIST_LANGUAGE_TOPIC_H

#include <stdbool.h>

#include "mnist/base/errors.h"
#include "mnist/language/vocabulary.h"

enum { TOPIC_SIZE_MAX = 128, TOPIC_WORDS_MAX = 3 };

struct topic {
    const char *verb; /* NULL = all commands ("") */
    bool layer;
    const struct family *family;       /* a whole family: `layers`; then verb is NULL */
    const struct command *command;     /* NULL = all commands of the verb */
    const struct parameter *parameter; /* NULL = the whole command */
};

/* Resolves "", "train", "explore samples", "train epochs", "conv",
   "layers". False with error set, which
   names the nearest topic, if there is none. */
bool topic_find(const char *text, struct topic *topic, struct error *error);

#endif
