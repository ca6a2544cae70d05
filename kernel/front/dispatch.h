/*
 * dispatch - tables from message types to handlers.
 *
 * Each channel has one: shell and stdin in shell_requests.c, control in control.c. A fenced request
 * is surrounded by the status messages `busy` and `idle`. execute_request is not fenced: it is only
 * appended to the queue here, and execute.c sends both when the cell's turn comes.
 */
#ifndef KERNEL_FRONT_DISPATCH_H
#define KERNEL_FRONT_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/message.h"

struct route {
    const char *type;
    /* A handler that keeps the message sets *message to NULL. An unfenced handler that does not
       keep it ran out of memory. */
    void (*handle)(void *context, struct message **message);
    bool fenced;
    bool
        reads_content; /* if the content is unreadable, an error is sent and handle is not called */
};

/* The route of this type, or NULL. The last entry of routes has a NULL type. */
const struct route *dispatch_find(const struct route *routes, const char *type);

#endif
