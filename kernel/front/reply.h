/*
 * reply - sends the reply to a request, on the channel on which the request arrived.
 */
#ifndef KERNEL_FRONT_REPLY_H
#define KERNEL_FRONT_REPLY_H

#include <jansson.h>

#include "kernel/front/channel.h"
#include "kernel/front/message.h"

/* Sends a reply of this type to the sender of the request. content and metadata (NULL = {}) are
   consumed. content NULL means that memory ran out; the reply is then an error. */
void reply(struct channel *channel, struct message_author *author, const struct message *request,
           const char *type, json_t *content, json_t *metadata);

/* Sends a reply with status "error"; its type is the request's, with `_reply` in place of
   `_request`. A message whose type does not end in `_request` gets no reply. */
void reply_refusal(struct channel *channel, struct message_author *author,
                   const struct message *request, const char *name, const char *text);

/* The content of a reply with status "error". NULL when memory runs out. Caller releases it. */
json_t *reply_error(const char *name, const char *text);

#endif
