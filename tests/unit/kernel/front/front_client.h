/*
 * front_client - a Jupyter client for unit tests: its requests as decoded messages, and the sockets
 * on which it receives iopub messages and replies.
 *
 * Messages are not signed. Every channel is a real ZeroMQ socket on an ipc endpoint in /tmp.
 */
#ifndef TESTS_UNIT_KERNEL_FRONT_FRONT_CLIENT_H
#define TESTS_UNIT_KERNEL_FRONT_FRONT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/channel.h"
#include "kernel/front/message.h"

enum { FRONT_CLIENT_WAIT_MS = 5000, FRONT_CLIENT_TEXT_SIZE = 4096 };

struct front_client {
    struct signature *signature;
    struct message_author author;
    struct channel_context *context; /* of the kernel's channels */
    void *zmq;                       /* context of the client's sockets */
    int endpoints;                   /* number of endpoints opened so far */
};

void front_client_open(struct front_client *client);

/* Close every channel and socket before. */
void front_client_close(struct front_client *client);

/* Opens a channel of the kernel and a socket of the client that is connected to it. zmq_type is
   ZMQ_SUB (subscribed to everything) or ZMQ_DEALER with the identity "client". The connection is
   complete. */
struct channel *front_client_connect(struct front_client *client, int zmq_type, void **socket);

/* A message that the client has sent: its header has this id and type; content is JSON. */
struct message *front_client_request(struct front_client *client, const char *id, const char *type,
                                     const char *content);

/* Receives a message; NULL if none arrives within wait_ms. Caller frees it. */
struct message *front_client_receive(struct front_client *client, void *socket, int wait_ms);

/* "type id content": type and content of a message and the msg_id of its parent ("-" if it has
   none). The keys of content are sorted. Frees the message; "nothing" for NULL. Static. */
const char *front_client_text(struct message *message);

#endif
