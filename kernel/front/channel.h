/*
 * channel - the kernel's five sockets. channel.c is the only source file that includes zmq.h.
 *
 * A channel sends and receives frames (frames.h) and does not interpret them; message.c does. One
 * thread owns each channel: it opens it, waits for it, receives, sends and closes it. The ZeroMQ
 * context is created before the threads start and freed after they have ended.
 *
 *     main thread     shell, stdin (ROUTER), iopub (XPUB)
 *     control thread  control (ROUTER)
 *     heartbeat       heartbeat (ROUTER, which echoes each message as a REP socket would)
 *
 * iopub has no high-water mark: at a high-water mark ZeroMQ drops messages without a report.
 * Instead, the bytes that wait for clients are counted (channel_pending); iopub.c decides which
 * outputs to omit, and reports them.
 */
#ifndef KERNEL_FRONT_CHANNEL_H
#define KERNEL_FRONT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/front/frames.h"
#include "mnist/base/errors.h"

struct channel_context;
struct channel;

enum channel_kind { CHANNEL_ROUTER, CHANNEL_IOPUB };

enum { CHANNEL_LINGER_MS = 1000, CHANNEL_FRAME_SIZE_MAX = FRAMES_SIZE_MAX };

/* Creates the ZeroMQ context. NULL with error set. Caller frees it after every channel has been
   closed; freeing waits up to CHANNEL_LINGER_MS until the queued messages have been sent. */
struct channel_context *channel_context_new(struct error *error);
void channel_context_free(struct channel_context **context);

/* Opens a socket and binds it to the endpoint. NULL with error set, which names the endpoint.
   Caller closes it with channel_close. */
struct channel *channel_open(struct channel_context *context, enum channel_kind kind,
                             const char *endpoint, struct error *error);
void channel_close(struct channel **channel);

/* Receives one whole message without waiting; false when none is available. Parts beyond the limits
   of frames.h, or after memory ran out, are dropped: message.c can still answer a message that has
   all its dictionaries, even if its buffers are missing. Caller releases frames. */
bool channel_receive(struct channel *channel, struct frames *frames);

/* On iopub: carries out a request that channel_receive has returned, before the next call of it.
   A request is one byte, 1 = subscribe or 0 = unsubscribe, and a topic. True for a new
   subscription. Its sender receives every message sent from now on, and none sent before. */
bool channel_subscribe(struct channel *channel, const struct frame *request);

/* Sends without waiting; frames are consumed. False: nothing was sent, because the client has
   disconnected or memory ran out. */
bool channel_send(struct channel *channel, struct frames *frames);

/* Bytes sent on iopub that ZeroMQ still holds for at least one client. */
size_t channel_pending(const struct channel *channel);

/* One event to wait for: on a channel, or, if channel is NULL, on a descriptor. -1 is skipped. */
struct channel_wait {
    struct channel *channel;
    int descriptor;
    bool to_write; /* wait until the descriptor is writable; otherwise until it is readable */
    bool ready;    /* result: the event has occurred */
};

/* Waits until one of the events occurs, timeout_ms have passed (0 = poll once, -1 = no limit), or a
   signal is delivered. False when ZeroMQ fails; the caller then ends its loop. */
bool channel_wait(struct channel_wait *waits, size_t count, int timeout_ms);

#endif
