/*
 * reply - one answer to one request, on the channel it came by.
 */
#ifndef KERNEL_REPLY_H
#define KERNEL_REPLY_H

#include <jansson.h>

#include "kernel/channel.h"
#include "kernel/message.h"

/* Sends type to whoever sent the request. content and metadata (NULL = {}) are consumed. */
void reply(struct channel *channel, struct message_author *author, const struct message *request,
           const char *type, json_t *content, json_t *metadata);

/* The content of a reply that says no. NULL when out of memory. */
json_t *reply_error(const char *name, const char *text);

#endif
