/*
 * introspection - completion, inspection and is_complete: from a request to the content of its
 * reply.
 *
 * The front process answers these requests itself, from the vocabulary (mnist/language/) and the
 * names that the session sent last. So they are answered immediately, even while a cell runs.
 * Requests for C cells are handled in c_introspection.h.
 */
#ifndef KERNEL_FRONT_INTROSPECTION_H
#define KERNEL_FRONT_INTROSPECTION_H

#include <jansson.h>
#include <stddef.h>

#include "kernel/front/message.h"
#include "mnist/language/live_names.h"

/* Maximum size of the code in bytes. The slowest text of this size takes about 0.1 s, during
   which the front process answers nothing else. For larger code, completion and inspection find
   nothing, and is_complete_reply is "unknown". */
enum { INTROSPECTION_CODE_SIZE_MAX = 64 * 1024 };

/* The contents of complete_reply, inspect_reply and is_complete_reply. NULL when memory runs out.
   Caller releases them. */
json_t *introspection_complete(const struct message *request, const struct live_names *names);
json_t *introspection_inspect(const struct message *request, const struct live_names *names);
json_t *introspection_is_complete(const struct message *request);

/* Replaces names by the list in the payload of a SESSION_LINK_NAMES frame. */
void introspection_take_names(struct live_names *names, const char *text, size_t size);

#endif
