/*
 * requests - what the shell and stdin channels are asked, and who answers it. A new message is a
 * function and a line in a table.
 */
#ifndef KERNEL_REQUESTS_H
#define KERNEL_REQUESTS_H

#include <stdbool.h>

#include "kernel/channel.h"
#include "kernel/connection.h"
#include "kernel/dispatch.h"
#include "mnist/language/names.h"

/* What answers come from: the context of both tables. Nothing is owned. */
struct requests {
    struct channel *shell;
    struct message_author *author;
    const struct connection *connection;
    struct publisher *publisher;
    struct history *history;
    struct execute *execute;
    struct c_assist *c_assist;
    struct names *names; /* what the session last said may be completed */
    bool *ending;        /* set by a shutdown_request */
};

extern const struct route requests_shell[], requests_stdin[];

#endif
