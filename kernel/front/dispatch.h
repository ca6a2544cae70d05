/*
 * dispatch - which function answers which message: a table for each channel.
 *
 * shell_requests.c (shell, stdin) and control.c have them. A fenced request gets `busy` before it and
 * `idle` after it; execute_request is not fenced, since it only joins the queue and says both when
 * it is answered.
 */
#ifndef KERNEL_FRONT_DISPATCH_H
#define KERNEL_FRONT_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/message.h"

struct route {
    const char *type;
    /* May keep the message by setting it to NULL. A request that is not fenced and stays the
       caller's was not taken, because memory ran out. */
    void (*handle)(void *context, struct message **message);
    bool fenced;
    bool reads_content; /* content that cannot be read is answered with an error instead */
};

/* NULL when no route has this type. routes end with a NULL type. */
const struct route *dispatch_find(const struct route *routes, const char *type);

#endif
