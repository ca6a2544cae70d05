/*
 * shell_requests - what the shell and stdin channels are asked, and who answers it. A new message is a
 * function and a line in a table.
 */
#ifndef KERNEL_FRONT_SHELL_REQUESTS_H
#define KERNEL_FRONT_SHELL_REQUESTS_H

#include <stdbool.h>

#include "kernel/front/channel.h"
#include "kernel/front/connection.h"
#include "kernel/front/dispatch.h"
#include "mnist/language/live_names.h"

/* What answers come from: the context of both tables. Nothing is owned. */
struct shell_requests {
    struct channel *shell;
    struct message_author *author;
    const struct connection *connection;
    struct iopub *iopub;
    struct history *history;
    struct execute *execute;
    struct c_introspection *c_introspection;
    struct live_names *names; /* what the session last said may be completed */
    bool *ending;             /* set by a shutdown_request */
};

extern const struct route requests_shell[], requests_stdin[];

#endif
