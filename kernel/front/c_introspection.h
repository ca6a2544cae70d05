/*
 * c_introspection - completion and inspection inside cells of C.
 *
 * The questions go to mnist-clang (mnist/c_cells/clang_client.h), one after the other, and the loop of front.c goes on meanwhile; the
 * answers leave on the shell channel when they are there. It runs beside the session, so it answers while a cell does.
 *
 *     request ─> queue ─> mnist-clang ─> reply        no answer within C_INTROSPECTION_WAIT_MS, or no mnist-clang: an empty one
 */
#ifndef KERNEL_FRONT_C_INTROSPECTION_H
#define KERNEL_FRONT_C_INTROSPECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/front/channel.h"
#include "kernel/front/iopub.h"
#include "kernel/front/message.h"

enum {
    C_INTROSPECTION_WAIT_MS = 3000,
    C_INTROSPECTION_QUEUE_MAX = 100,
    C_INTROSPECTION_MARKDOWN_SIZE_MAX = 1024 * 1024,
};

struct c_introspection;

struct c_introspection_config {
    const char *program; /* mnist-clang; copied */
    struct channel *shell;
    struct message_author *author;
    struct iopub *iopub; /* of the idle that follows an answer */
};

/* NULL without memory. Caller frees. */
struct c_introspection *c_introspection_new(const struct c_introspection_config *config);
void c_introspection_free(struct c_introspection **assist);

/* What cells of C have defined so far, and the folder of mnist.h: SESSION_LINK_C_SCOPE's payload. */
void c_introspection_take_scope(struct c_introspection *assist, const char *text, size_t size);

/* A complete_request or inspect_request whose code is a cell of C, with the cursor behind its first line: consumed, and answered
   in time. False: it is not, and stays the caller's. */
bool c_introspection_request(struct c_introspection *assist, struct message **message,
                             bool inspect);

/* For the main loop. */
struct channel_wait c_introspection_wait(const struct c_introspection *assist);
int64_t c_introspection_deadline(const struct c_introspection *assist);
void c_introspection_act(struct c_introspection *assist);

#endif
