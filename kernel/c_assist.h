/*
 * c_assist - completion and inspection inside cells of C.
 *
 * The questions go to mnist-clang (mnist/c/assistant.h), one after the other, and the loop of front.c goes on meanwhile; the
 * answers leave on the shell channel when they are there. It runs beside the session, so it answers while a cell does.
 *
 *     request ─> queue ─> mnist-clang ─> reply        no answer within C_ASSIST_WAIT_MS, or no mnist-clang: an empty one
 */
#ifndef KERNEL_C_ASSIST_H
#define KERNEL_C_ASSIST_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/channel.h"
#include "kernel/message.h"
#include "kernel/publisher.h"

enum {
    C_ASSIST_WAIT_MS = 3000,
    C_ASSIST_QUEUE_MAX = 100,
    C_ASSIST_MARKDOWN_SIZE_MAX = 1024 * 1024,
};

struct c_assist;

struct c_assist_config {
    const char *program; /* mnist-clang; copied */
    struct channel *shell;
    struct message_author *author;
    struct publisher *publisher; /* of the idle that follows an answer */
};

/* NULL without memory. Caller frees. */
struct c_assist *c_assist_new(const struct c_assist_config *config);
void c_assist_free(struct c_assist **assist);

/* What cells of C have defined so far, and the folder of mnist.h: LINK_C_SCOPE's payload. */
void c_assist_take_scope(struct c_assist *assist, const char *text, size_t size);

/* A complete_request or inspect_request whose code is a cell of C, with the cursor behind its first line: consumed, and answered
   in time. False: it is not, and stays the caller's. */
bool c_assist_request(struct c_assist *assist, struct message **message, bool inspect);

/* For the main loop. */
struct channel_wait c_assist_wait(const struct c_assist *assist);
int64_t c_assist_deadline(const struct c_assist *assist);
void c_assist_act(struct c_assist *assist);

#endif
