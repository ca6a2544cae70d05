/*
 * assistant - the session's end of mnist-clang (clang_main.c): questions about C, answered by a process of its own.
 *
 * The process is started by the first question and stays; should it die, the next question starts another.
 */
#ifndef MNIST_C_ASSISTANT_H
#define MNIST_C_ASSISTANT_H

#include <jansson.h>
#include <stdbool.h>

#include "mnist/error.h"

enum { ASSISTANT_WAIT_MS = 20000 };

struct assistant;

/* program: path of mnist-clang, copied. NULL without memory. Caller frees. */
struct assistant *assistant_new(const char *program);
void assistant_free(struct assistant **assistant);

/* Asks; question is consumed. NULL with error set: it could not be started, died, or was not ready within
   ASSISTANT_WAIT_MS; or stop said so (may be NULL). Caller owns the answer. */
json_t *assistant_ask(struct assistant *assistant, json_t *question, bool (*stop)(void *context),
                      void *context, struct error *error);

/* In the child of a fork: the process is the parent's. */
void assistant_after_fork(struct assistant *assistant);

#endif
