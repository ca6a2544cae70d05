/*
 * c_introspection - completion and inspection in C cells.
 *
 * shell_requests.c passes requests in. The questions are sent to the process mnist-clang
 * (mnist/c_cells/clang_client.h), one at a time; the main loop waits for its answers together with
 * everything else. mnist-clang is independent of the session, so requests are answered while a cell
 * runs.
 *
 *     request ─> queue ─> mnist-clang ─> reply on shell, then `idle` on iopub
 *
 * A request that gets no answer within C_INTROSPECTION_WAIT_MS, or no mnist-clang, gets an empty
 * reply.
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
    const char *program;   /* path of mnist-clang; copied */
    struct channel *shell; /* for replies; borrowed, as the next two are */
    struct message_author *author;
    struct iopub *iopub; /* for the `idle` after a reply */
};

/* NULL when memory runs out. Caller frees with c_introspection_free. */
struct c_introspection *c_introspection_new(const struct c_introspection_config *config);
void c_introspection_free(struct c_introspection **assist);

/* Stores the declarations of earlier C cells and the folder of mnist.h; text is the payload of
   SESSION_LINK_C_SCOPE. */
void c_introspection_take_scope(struct c_introspection *assist, const char *text, size_t size);

/* Accepts a complete_request or inspect_request if its code is a C cell and the cursor is after the
   first line; the message is then consumed and answered later. False: the message stays the
   caller's. */
bool c_introspection_request(struct c_introspection *assist, struct message **message,
                             bool inspect);

/* For the main loop: the descriptor to wait for, and the time at which c_introspection_act must be
   called at the latest. */
struct channel_wait c_introspection_wait(const struct c_introspection *assist);
int64_t c_introspection_deadline(const struct c_introspection *assist);
void c_introspection_act(struct c_introspection *assist);

#endif
