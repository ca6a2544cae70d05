/*
 * front_client - ipc sockets, and messages in a form that can be compared.
 */
#include "front_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

void front_client_open(struct front_client *client)
{
    struct error error;
    *client = (struct front_client){0};
    client->signature = signature_new("hmac-sha256", "", &error);
    assert_non_null(client->signature);
    message_author_init(&client->author, client->signature);
    client->context = channel_context_new(&error);
    assert_non_null(client->context);
    client->zmq = zmq_ctx_new();
    assert_non_null(client->zmq);
}

void front_client_close(struct front_client *client)
{
    zmq_ctx_term(client->zmq);
    channel_context_free(&client->context);
    signature_free(&client->signature);
}

static void add(struct frames *frames, const char *text)
{
    assert_true(frames_add(frames, text, strlen(text)));
}

struct message *front_client_request(struct front_client *client, const char *id, const char *type,
                                     const char *content)
{
    struct frames frames = {0};
    struct error error;
    char header[256];
    snprintf(header, sizeof header, "{\"msg_id\":\"%s\",\"msg_type\":\"%s\"}", id, type);
    const char *const parts[] = {"client", "<IDS|MSG>", "", header, "{}", "{}", content};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        add(&frames, parts[i]);
    struct message *message = message_decode(client->signature, &frames, &error);
    assert_non_null(message);
    return message;
}

/* ---- sockets ---- */

/* A subscription or a first message has arrived at the channel when it can be received. */
static void complete_connection(struct channel *channel, int zmq_type, void *socket)
{
    struct frames frames;
    struct channel_wait wait = {.channel = channel};
    if (zmq_type == ZMQ_DEALER)
        assert_int_equal(zmq_send(socket, "hello", 5, 0), 5);
    assert_true(channel_wait(&wait, 1, FRONT_CLIENT_WAIT_MS));
    assert_true(wait.ready && channel_receive(channel, &frames) && frames.count > 0);
    if (zmq_type == ZMQ_SUB)
        assert_true(channel_subscribe(channel, &frames.items[0]));
    frames_release(&frames);
}

struct channel *front_client_connect(struct front_client *client, int zmq_type, void **socket)
{
    char endpoint[64];
    struct error error;
    snprintf(endpoint, sizeof endpoint, "ipc:///tmp/mnist-unit-%ld-%d", (long)getpid(),
             client->endpoints++);
    struct channel *channel = channel_open(
        client->context, zmq_type == ZMQ_SUB ? CHANNEL_IOPUB : CHANNEL_ROUTER, endpoint, &error);
    assert_non_null(channel);
    *socket = zmq_socket(client->zmq, zmq_type);
    assert_non_null(*socket);
    int none = 0;
    zmq_setsockopt(*socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(*socket, ZMQ_RCVHWM, &none, sizeof none);
    if (zmq_type == ZMQ_SUB)
        zmq_setsockopt(*socket, ZMQ_SUBSCRIBE, "", 0);
    else
        zmq_setsockopt(*socket, ZMQ_ROUTING_ID, "client", 6);
    assert_int_equal(zmq_connect(*socket, endpoint), 0);
    complete_connection(channel, zmq_type, *socket);
    return channel;
}

struct message *front_client_receive(struct front_client *client, void *socket, int wait_ms)
{
    struct frames frames = {0};
    struct error error;
    int more = 0;
    size_t size = sizeof more;
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    do {
        zmq_msg_t part;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, 0) < 0) {
            assert_int_equal(frames.count, 0);
            zmq_msg_close(&part);
            return NULL;
        }
        assert_true(frames_add(&frames, zmq_msg_data(&part), zmq_msg_size(&part)));
        zmq_msg_close(&part);
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
    } while (more);
    struct message *message = message_decode(client->signature, &frames, &error);
    assert_non_null(message);
    return message;
}

const char *front_client_text(struct message *message)
{
    static char text[FRONT_CLIENT_TEXT_SIZE];
    if (message == NULL)
        return "nothing";
    const char *id = json_string_value(json_object_get(message->parent, "msg_id"));
    char *content = json_dumps(message->content, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(content);
    snprintf(text, sizeof text, "%s %s %s", message->type, id != NULL ? id : "-", content);
    free(content);
    message_free(&message);
    return text;
}
