/*
 * message - Jupyter's messages: bytes in, objects out, and back. Knows no socket.
 *
 * front.c and control.c decode what a channel received; reply.c and iopub.c encode what is sent.
 * On the wire, a message is
 *
 *     identity…  <IDS|MSG>  signature  header  parent_header  metadata  content  buffer…
 *
 * ("Messaging in Jupyter", "The wire protocol"). The count of parts, their sizes, the signature
 * over the received bytes, the JSON and the fields are checked in that order, so that nothing of a
 * stranger is ever parsed. Unknown fields are ignored. The header is kept as the bytes that came:
 * they are the parent_header of every answer.
 *
 * A message with a valid signature is refused only if its header has no readable msg_type. The
 * other dictionaries may hold anything: no request needs metadata, which is not parsed; a
 * parent_header that cannot be read counts as {}; content that cannot be read counts as {} too, and
 * `problem` holds the reason, with which the request is answered.
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
    MESSAGE_VALUES_MAX = 100000, /* in one dictionary: jansson takes about 1 us for each */
    MESSAGE_ID_SIZE_MAX = 256,
    MESSAGE_TYPE_SIZE_MAX = 64,
    MESSAGE_PROBLEM_SIZE = 256,
};

#define MESSAGE_PROTOCOL_VERSION "5.4"

/* A message that came in. Read only. */
struct message {
    struct frames frames; /* as received; the dictionaries after the header are empty, since they
                             have been parsed, but count in frames.size */
    size_t identities;    /* how many of the frames are identities */
    size_t buffers;       /* index of the first buffer; = frames.count when there is none */
    json_t *header;       /* an object */
    json_t *parent, *content;           /* objects; NULL stands for {} */
    const char *type;                   /* of the header; borrowed from it */
    char problem[MESSAGE_PROBLEM_SIZE]; /* why content cannot be read; "" = it was read */
};

/* Who speaks: what every message of this kernel has in common. Shared by threads. */
struct message_author {
    const struct signature *signature; /* borrowed */
    char session[40];                  /* a UUID of this run of the kernel */
    char username[64];
    atomic_ullong count; /* of messages so far, for their ids */
};

/* A message to be sent; all fields are borrowed. */
struct message_draft {
    const char *type;
    const struct message
        *to;           /* its identities come first, its header is the parent; NULL = neither */
    const char *topic; /* on iopub, in place of the identities; NULL = none */
    json_t *metadata;  /* NULL = {} */
    json_t *content;   /* NULL: content_text is it, JSON already */
    const char *content_text;
    size_t content_size;
};

/* frames are consumed in any case. NULL with error set: what is wrong with it. Caller frees with
   message_free. */
struct message *message_decode(const struct signature *signature, struct frames *frames,
                               struct error *error);
void message_free(struct message **message);

/* Frees everything except what answers need: identities and header. */
void message_forget_content(struct message *message);

/* The header as it came: the parent_header of the answers. */
const struct frame *message_header(const struct message *message);

/* A text of the content, or fallback when it is missing or of another type. Borrowed. */
const char *message_text(const struct message *message, const char *key, const char *fallback);
bool message_flag(const struct message *message, const char *key, bool fallback);
long long message_whole(const struct message *message, const char *key, long long fallback);

/* A fresh UUID for the session, the user's name from the environment. */
void message_author_init(struct message_author *author, const struct signature *signature);

/* False when memory ran out or the message is beyond the limits of frames.h; frames are then empty.
   msg_id (NULL = not wanted) is set to the new message's id. Caller releases frames. */
bool message_encode(struct message_author *author, const struct message_draft *draft,
                    struct frames *frames, char msg_id[MESSAGE_ID_SIZE_MAX]);

#endif
