/*
 * introspection - what helps to write a cell: completion, inspection, "is this complete?", from request to
 * reply content.
 *
 * Answered in the front process from the vocabulary (mnist/language/) and the names that the
 * session last sent, so the answer comes at once whatever the session is doing.
 */
#ifndef KERNEL_FRONT_INTROSPECTION_H
#define KERNEL_FRONT_INTROSPECTION_H

#include <jansson.h>
#include <stddef.h>

#include "kernel/front/message.h"
#include "mnist/language/live_names.h"

/* Bytes of code that are completed, inspected and checked. The front process does this itself, and
   the worst text of this size takes it about 0.1 s. For more there is no completion and no help,
   and is_complete_reply says "unknown". */
enum { INTROSPECTION_CODE_SIZE_MAX = 64 * 1024 };

/* Contents of complete_reply, inspect_reply, is_complete_reply. NULL when out of memory. Caller
   releases. */
json_t *introspection_complete(const struct message *request, const struct live_names *names);
json_t *introspection_inspect(const struct message *request, const struct live_names *names);
json_t *introspection_is_complete(const struct message *request);

/* Takes the list of a SESSION_LINK_NAMES frame in place of what names held. */
void introspection_take_names(struct live_names *names, const char *text, size_t size);

#endif
