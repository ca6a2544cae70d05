/*
 * clang_client - the client of mnist-clang (clang/main.c), a process that answers questions about C
 * code.
 *
 * Question and answer are one line of JSON each, over a socket pair. The process is started by the
 * first question and serves all later ones. If it has died, the next question starts a new one.
 */
#ifndef MNIST_C_CELLS_CLANG_CLIENT_H
#define MNIST_C_CELLS_CLANG_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

enum { CLANG_CLIENT_WAIT_MS = 20000 };

struct clang_client;

/* program: path of mnist-clang, copied. NULL: out of memory. Caller frees with clang_client_free.
   */
struct clang_client *clang_client_new(const char *program);
void clang_client_free(struct clang_client **clang_client);

/* Sends the question, which is consumed, and waits for the answer, which the caller owns. NULL with
   error set: the process could not be started, died, did not answer within CLANG_CLIENT_WAIT_MS, or
   stop (may be NULL) returned true. */
json_t *clang_client_ask(struct clang_client *clang_client, json_t *question,
                         bool (*stop)(void *context), void *context, struct error *error);

/* The same without waiting, for one question at a time: begin; poll whenever the descriptor is
   readable. A failure ends the process. */
enum clang_client_status { CLANG_CLIENT_WAITS, CLANG_CLIENT_ANSWERED, CLANG_CLIENT_FAILED };
bool clang_client_begin(struct clang_client *clang_client, json_t *question, struct error *error);
int clang_client_descriptor(const struct clang_client *clang_client); /* -1 = no process */
enum clang_client_status clang_client_poll(struct clang_client *clang_client, json_t **answer,
                                           struct error *error);
/* Ends the process, and drops its answer. */
void clang_client_give_up(struct clang_client *clang_client);

/* In the child of a fork: forgets the process, which belongs to the parent. */
void clang_client_after_fork(struct clang_client *clang_client);

#endif
