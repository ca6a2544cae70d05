/*
 * reply - one answer to one request, on the channel it came by.
 */
#ifndef KERNEL_FRONT_REPLY_H
#define KERNEL_FRONT_REPLY_H

#include <jansson.h>

#include "kernel/front/channel.h"
#include "kernel/front/message.h"

/* Sends type to whoever sent the request. content and metadata (NULL = {}) are consumed; without
   content (memory ran out while it was made) the reply is an error that says so. */
void reply(struct channel *channel, struct message_author *author, const struct message *request,
           const char *type, json_t *content, json_t *metadata);

/* Answers x_request with x_reply, status error. Messages that are no requests have no reply. */
void reply_refusal(struct channel *channel, struct message_author *author,
                   const struct message *request, const char *name, const char *text);

/* The content of a reply that says no. NULL when out of memory. */
json_t *reply_error(const char *name, const char *text);

#endif
