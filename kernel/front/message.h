/*
 * message - Jupyter messages: converts between frames and objects. It uses no socket.
 *
 * front.c and control.c decode received messages; reply.c, iopub.c and control.c encode messages
 * to be sent. On the wire, a message is
 *
 *     identity…  <IDS|MSG>  signature  header  parent_header  metadata  content  buffer…
 *
 * ("Messaging in Jupyter", "The wire protocol"). The number of parts, their sizes, the signature
 * over the received bytes, the JSON and the fields are checked in that order, so that no
 * unauthenticated byte is parsed as JSON. Unknown fields are ignored. The received bytes of the
 * header are kept: they are the parent_header of every reply.
 *
 * A message with a valid signature is rejected only if its header has no readable msg_type.
 * metadata is not parsed, since no request needs it. An unreadable parent_header counts as {}.
 * Unreadable content counts as {} too; `problem` then holds the reason, and the request is
 * answered with an error.
 */
#ifndef KERNEL_FRONT_MESSAGE_H
#define KERNEL_FRONT_MESSAGE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/frames.h"
#include "kernel/front/signature.h"
#include "mnist/base/errors.h"

enum {
    MESSAGE_IDENTITIES_MAX = 16,
    MESSAGE_HEADER_SIZE_MAX = 1024 * 1024,       /* header and parent_header, each */
    MESSAGE_CONTENT_SIZE_MAX = 32 * 1024 * 1024, /* a cell of CELL_SIZE_MAX, all escaped */
    MESSAGE_VALUES_MAX = 100000, /* in one dictionary; parsing takes about 1 us for each */
    MESSAGE_ID_SIZE_MAX = 256,
    MESSAGE_TYPE_SIZE_MAX = 64,
    MESSAGE_PROBLEM_SIZE = 256,
};

#define MESSAGE_PROTOCOL_VERSION "5.4"

/* A received message. Read only. */
struct message {
    struct frames frames;     /* as received; the dictionaries after the header have been parsed and
                             freed, but still count in frames.size */
    size_t identities;        /* number of frames that are identities */
    size_t buffers;           /* index of the first buffer; frames.count if there is none */
    json_t *header;           /* an object */
    json_t *parent, *content; /* objects; NULL stands for {} */
    const char *type;         /* the header's msg_type; borrowed from header */
    char problem[MESSAGE_PROBLEM_SIZE]; /* why the content is unreadable; "" = it is readable */
};

/* The fields that all messages of this kernel have in common. Threads share one. */
struct message_author {
    const struct signature *signature; /* borrowed */
    char session[40];                  /* a UUID that is generated when the kernel starts */
    char username[64];
    atomic_ullong count; /* messages encoded so far; part of their ids */
};

/* A message to be sent; all fields are borrowed. */
struct message_draft {
    const char *type;
    const struct message *to; /* the request: gives identities and parent header; NULL = neither */
    const char *topic;        /* on iopub, replaces the identities; NULL = no topic */
    json_t *metadata;         /* NULL = {} */
    json_t *content;          /* NULL: the content is content_text, as JSON text */
    const char *content_text;
    size_t content_size;
};

/* Decodes a received message; frames are consumed in any case. NULL with error set if it is
   malformed or its signature is wrong. Caller frees with message_free. */
struct message *message_decode(const struct signature *signature, struct frames *frames,
                               struct error *error);
void message_free(struct message **message);

/* Frees everything except identities and header, which replies need. */
void message_forget_content(struct message *message);

/* The received bytes of the header: the parent_header of replies. */
const struct frame *message_header(const struct message *message);

/* A string, boolean or integer of the content; fallback if it is missing or has another type. The
   string is borrowed. */
const char *message_text(const struct message *message, const char *key, const char *fallback);
bool message_flag(const struct message *message, const char *key, bool fallback);
long long message_whole(const struct message *message, const char *key, long long fallback);

/* Generates the session's UUID and reads the user's name from the environment. signature is
   borrowed. */
void message_author_init(struct message_author *author, const struct signature *signature);

/* Encodes and signs a message. False if memory ran out or the message exceeds the limits of
   frames.h; frames are then empty. msg_id (may be NULL) is set to the message's id. Caller
   releases frames. */
bool message_encode(struct message_author *author, const struct message_draft *draft,
                    struct frames *frames, char msg_id[MESSAGE_ID_SIZE_MAX]);

#endif
