/*
 * model_save - writes the session's network to models/NAME.safetensors.
 */
#ifndef MNIST_COMMANDS_MODEL_SAVE_H
#define MNIST_COMMANDS_MODEL_SAVE_H

#include <stdbool.h>

#include "mnist/base/errors.h"

struct session;

/* Writes the session's network, which must exist, and prints the path. The name may end with the
   suffix. training: the file of a training that is not finished is a checkpoint, so that the
   training can be resumed. */
bool model_save_write(struct session *s, const char *name, bool training, struct error *error);

#endif
