/*
 * channel - the ZeroMQ sockets.
 *
 * Nothing blocks: every send and receive uses ZMQ_DONTWAIT; only channel_wait waits. Bytes are
 * passed to ZeroMQ without a copy; its own thread frees them after they have been sent. On iopub,
 * the size of each message is added to the context's `pending` when it is sent and subtracted
 * when it is freed.
 */
#include "kernel/front/channel.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "kernel/front_memory.h"

enum { ROUTER_QUEUE_MAX = 10000 /* unread replies of one client */, WAITS_MAX = 16 };

struct channel_context {
    void *zmq;
    atomic_size_t pending; /* here, since it must live as long as ZeroMQ may free a message */
};

struct channel {
    void *socket;
    struct channel_context *context;
    bool is_iopub; /* sent messages are added to pending */
};

/* ---- life cycle ---- */

struct channel_context *channel_context_new(struct error *error)
{
    struct channel_context *context = calloc(1, sizeof *context);
    if (context == NULL || (context->zmq = zmq_ctx_new()) == NULL) {
        error_system(error, "ZeroMQ cannot start");
        free(context);
        return NULL;
    }
    return context;
}

void channel_context_free(struct channel_context **context)
{
    if (*context == NULL)
        return;
    while (zmq_ctx_term((*context)->zmq) != 0 && errno == EINTR)
        continue;
    free(*context);
    *context = NULL;
}

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *socket, enum channel_kind kind)
{
    int64_t frame_max = CHANNEL_FRAME_SIZE_MAX;
    bool common = set_option(socket, ZMQ_LINGER, CHANNEL_LINGER_MS) &&
                  set_option(socket, ZMQ_IPV6, 1) &&
                  zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0;
    if (kind == CHANNEL_IOPUB)
        return common && set_option(socket, ZMQ_SNDHWM, 0) &&
               set_option(socket, ZMQ_XPUB_MANUAL, 1);
    return common && set_option(socket, ZMQ_SNDHWM, ROUTER_QUEUE_MAX) &&
           set_option(socket, ZMQ_ROUTER_HANDOVER, 1);
}

struct channel *channel_open(struct channel_context *context, enum channel_kind kind,
                             const char *endpoint, struct error *error)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        error_memory(error, endpoint, sizeof *channel);
        return NULL;
    }
    channel->context = context;
    channel->is_iopub = kind == CHANNEL_IOPUB;
    channel->socket = zmq_socket(context->zmq, kind == CHANNEL_IOPUB ? ZMQ_XPUB : ZMQ_ROUTER);
    if (channel->socket == NULL || !set_options(channel->socket, kind) ||
        zmq_bind(channel->socket, endpoint) != 0) {
        error_set(error, ERROR_SYSTEM, "cannot listen at %s: %s", endpoint, zmq_strerror(errno));
        channel_close(&channel);
    }
    return channel;
}

void channel_close(struct channel **channel)
{
    if (*channel == NULL)
        return;
    if ((*channel)->socket != NULL)
        zmq_close((*channel)->socket);
    free(*channel);
    *channel = NULL;
}

/* ---- receiving ---- */

/* Receives one part; *more is set if another follows. After a part that does not fit, *keep is
   false, and later parts are received and dropped. False: no part is available. */
static bool receive_part(struct channel *channel, struct frames *frames, bool *keep, bool *more)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    int got;
    while ((got = zmq_msg_recv(&part, channel->socket, ZMQ_DONTWAIT)) < 0 && errno == EINTR)
        continue;
    if (got >= 0) {
        *keep = *keep && frames_add(frames, zmq_msg_data(&part), zmq_msg_size(&part));
        *more = zmq_msg_more(&part);
    }
    zmq_msg_close(&part);
    return got >= 0;
}

bool channel_receive(struct channel *channel, struct frames *frames)
{
    bool keep = true, more = false;
    *frames = (struct frames){0};
    if (!receive_part(channel, frames, &keep, &more))
        return false;
    while (more && receive_part(channel, frames, &keep, &more))
        continue;
    return true;
}

bool channel_subscribe(struct channel *channel, const struct frame *request)
{
    assert(channel->is_iopub);
    if (request->size == 0 || request->bytes[0] > 1)
        return false;
    bool begins = request->bytes[0] == 1;
    int done = zmq_setsockopt(channel->socket, begins ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE,
                              request->bytes + 1, request->size - 1);
    return begins && done == 0;
}

/* ---- sending ---- */

/* The hint of a counted message: what to subtract from pending when ZeroMQ's thread frees the
   message. size is stored last and loaded first; this release-acquire pair makes the transfer
   between the threads visible to ThreadSanitizer, which does not see ZeroMQ's own. */
struct counted_message {
    atomic_size_t *pending;
    atomic_size_t size;
};

static void free_bytes(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

static void free_counted(void *bytes, void *hint)
{
    struct counted_message *counted = hint;
    size_t size = atomic_load(&counted->size);
    atomic_fetch_sub(counted->pending, size);
    free(counted);
    free(bytes);
}

/* Makes a part of bytes (consumed) whose size counts as pending until it is freed. */
static bool make_counted_part(struct channel_context *context, zmq_msg_t *part, uint8_t *bytes,
                              size_t size)
{
    struct counted_message *counted = front_memory_alloc(sizeof *counted);
    if (counted == NULL || zmq_msg_init_data(part, bytes, size, free_counted, counted) != 0) {
        free(counted);
        free(bytes);
        return false;
    }
    counted->pending = &context->pending;
    atomic_fetch_add(counted->pending, size + sizeof *counted);
    atomic_init(&counted->size, 0);
    atomic_store(&counted->size, size + sizeof *counted);
    return true;
}

/* Passes the frame's bytes to ZeroMQ without a copy; they are consumed. */
static bool make_part(const struct channel *channel, zmq_msg_t *part, struct frame *frame)
{
    uint8_t *bytes = frame->bytes;
    frame->bytes = NULL;
    if (channel->is_iopub)
        return make_counted_part(channel->context, part, bytes, frame->size);
    if (zmq_msg_init_data(part, bytes, frame->size, free_bytes, NULL) == 0)
        return true;
    free(bytes);
    return false;
}

static bool send_part(struct channel *channel, zmq_msg_t *part, int flags)
{
    int result;
    while ((result = zmq_msg_send(part, channel->socket, flags | ZMQ_DONTWAIT)) < 0 &&
           errno == EINTR)
        continue;
    return result >= 0;
}

/* All parts are made before the first is sent. If memory ran out between two parts, the first
   half of the message would otherwise stay in the socket, and the next message would be appended
   to it. */
bool channel_send(struct channel *channel, struct frames *frames)
{
    zmq_msg_t *parts = frames->count > 0 ? front_memory_alloc(frames->count * sizeof *parts) : NULL;
    size_t made = 0, sent = 0;
    while (parts != NULL && made < frames->count &&
           make_part(channel, &parts[made], &frames->items[made]))
        made++;
    bool whole = parts != NULL && made == frames->count;
    while (whole && sent < made &&
           send_part(channel, &parts[sent], sent + 1 < made ? ZMQ_SNDMORE : 0))
        sent++;
    for (size_t i = sent; i < made; i++)
        zmq_msg_close(&parts[i]);
    free(parts);
    frames_release(frames);
    return whole && sent == made;
}

size_t channel_pending(const struct channel *channel)
{
    return atomic_load(&channel->context->pending);
}

/* ---- waiting ---- */

bool channel_wait(struct channel_wait *waits, size_t count, int timeout_ms)
{
    zmq_pollitem_t items[WAITS_MAX];
    size_t used = 0;
    assert(count <= WAITS_MAX);
    for (size_t i = 0; i < count; i++) {
        waits[i].ready = false;
        if (waits[i].channel == NULL && waits[i].descriptor < 0)
            continue;
        items[used++] = (zmq_pollitem_t){
            .socket = waits[i].channel != NULL ? waits[i].channel->socket : NULL,
            .fd = waits[i].descriptor,
            .events = waits[i].to_write ? ZMQ_POLLOUT : ZMQ_POLLIN,
        };
    }
    if (zmq_poll(items, (int)used, timeout_ms) < 0)
        return errno == EINTR;
    used = 0;
    for (size_t i = 0; i < count; i++) {
        if (waits[i].channel != NULL || waits[i].descriptor >= 0)
            waits[i].ready = items[used++].revents != 0;
    }
    return true;
}
