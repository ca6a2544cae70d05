/*
 * shell_requests - the handlers of all messages on the shell and stdin channels.
 *
 * front.c looks up each received message in these tables. To add a message type, write a handler
 * and add a line to a table.
 */
#ifndef KERNEL_FRONT_SHELL_REQUESTS_H
#define KERNEL_FRONT_SHELL_REQUESTS_H

#include <stdbool.h>

#include "kernel/front/channel.h"
#include "kernel/front/connection.h"
#include "kernel/front/dispatch.h"
#include "mnist/language/live_names.h"

/* The context of the handlers. All pointers are borrowed. */
struct shell_requests {
    struct channel *shell;
    struct message_author *author;
    const struct connection *connection;
    struct iopub *iopub;
    struct history *history;
    struct execute *execute;
    struct c_introspection *c_introspection;
    struct live_names *names; /* for completion; sent by the session */
    bool *ending;             /* set by shutdown_request */
};

extern const struct route requests_shell[], requests_stdin[];

#endif
