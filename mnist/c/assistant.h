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

/* The same without a wait: one question at a time. The descriptor can be read when more of the answer is there; then poll. A
   failure ends the process; the next question starts another. */
enum assistant_status { ASSISTANT_WAITS, ASSISTANT_ANSWERED, ASSISTANT_FAILED };
bool assistant_begin(struct assistant *assistant, json_t *question, struct error *error);
int assistant_descriptor(const struct assistant *assistant); /* -1 = it does not run */
enum assistant_status assistant_poll(struct assistant *assistant, json_t **answer,
                                     struct error *error);
void assistant_give_up(struct assistant *assistant);

/* In the child of a fork: the process is the parent's. */
void assistant_after_fork(struct assistant *assistant);

#endif
