/*
 * assist - what helps to write a cell: completion, inspection, "is this complete?", from request to
 * reply content.
 *
 * Answered in the front process from the vocabulary (mnist/language/) and the names that the
 * session last sent, so the answer comes at once whatever the session is doing.
 */
#ifndef KERNEL_ASSIST_H
#define KERNEL_ASSIST_H

#include <jansson.h>
#include <stddef.h>

#include "kernel/message.h"
#include "mnist/language/names.h"

/* Bytes of code that are completed, inspected and checked. The front process does this itself, and
   the worst text of this size takes it about 0.1 s. For more there is no completion and no help,
   and is_complete_reply says "unknown". */
enum { ASSIST_CODE_SIZE_MAX = 64 * 1024 };

/* Contents of complete_reply, inspect_reply, is_complete_reply. NULL when out of memory. Caller
   releases. */
json_t *assist_complete(const struct message *request, const struct names *names);
json_t *assist_inspect(const struct message *request, const struct names *names);
json_t *assist_is_complete(const struct message *request);

/* Takes the list of a LINK_NAMES frame in place of what names held. */
void assist_take_names(struct names *names, const char *text, size_t size);

#endif
