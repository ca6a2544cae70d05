/*
 * clang_client - the session's end of mnist-clang (main.c): questions about C, answered by a process of its own.
 *
 * The process is started by the first question and stays; should it die, the next question starts another.
 */
#ifndef MNIST_C_CELLS_CLANG_CLIENT_H
#define MNIST_C_CELLS_CLANG_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

enum { CLANG_CLIENT_WAIT_MS = 20000 };

struct clang_client;

/* program: path of mnist-clang, copied. NULL without memory. Caller frees. */
struct clang_client *clang_client_new(const char *program);
void clang_client_free(struct clang_client **clang_client);

/* Asks; question is consumed. NULL with error set: it could not be started, died, or was not ready within
   CLANG_CLIENT_WAIT_MS; or stop said so (may be NULL). Caller owns the answer. */
json_t *clang_client_ask(struct clang_client *clang_client, json_t *question,
                         bool (*stop)(void *context), void *context, struct error *error);

/* The same without a wait: one question at a time. The descriptor can be read when more of the answer is there; then poll. A
   failure ends the process; the next question starts another. */
enum clang_client_status { CLANG_CLIENT_WAITS, CLANG_CLIENT_ANSWERED, CLANG_CLIENT_FAILED };
bool clang_client_begin(struct clang_client *clang_client, json_t *question, struct error *error);
int clang_client_descriptor(const struct clang_client *clang_client); /* -1 = it does not run */
enum clang_client_status clang_client_poll(struct clang_client *clang_client, json_t **answer,
                                           struct error *error);
void clang_client_give_up(struct clang_client *clang_client);

/* In the child of a fork: the process is the parent's. */
void clang_client_after_fork(struct clang_client *clang_client);

#endif
