/*
 * channel - the kernel's five sockets; the only file that includes zmq.h.
 *
 * Bytes come and go as frames (frames.h); what they mean is message.c's concern. One thread owns
 * each channel: opens it, waits for it, receives, sends and closes it. The wires (ZeroMQ's context)
 * are made before the threads and closed after.
 *
 *     main thread     shell, stdin (ROUTER), iopub (XPUB)
 *     control thread  control (ROUTER)
 *     heartbeat       heartbeat (ROUTER, which echoes as a REP would)
 *
 * iopub has no high-water mark, since ZeroMQ would drop messages in silence when a client reads
 * slowly; instead the bytes that wait for clients are counted (channel_pending), and iopub.c
 * decides what to leave out, and says so.
 */
#ifndef KERNEL_FRONT_CHANNEL_H
#define KERNEL_FRONT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/front/frames.h"
#include "mnist/base/errors.h"

struct wires;
struct channel;

enum channel_kind { CHANNEL_ROUTER, CHANNEL_IOPUB };

enum { CHANNEL_LINGER_MS = 1000, CHANNEL_FRAME_SIZE_MAX = FRAMES_SIZE_MAX };

/* NULL with error set. Caller frees with wires_free, after every channel is closed; that waits up
   to CHANNEL_LINGER_MS for what is still to be sent. */
struct wires *wires_new(struct error *error);
void wires_free(struct wires **wires);

/* Binds. NULL with error set, which names the endpoint. */
struct channel *channel_open(struct wires *wires, enum channel_kind kind, const char *endpoint,
                             struct error *error);
void channel_close(struct channel **channel);

/* One whole message, without waiting; false when there is none. From the first part on that goes
   beyond the limits of frames.h, or that finds no memory, parts are dropped: message.c answers what
   has all its dictionaries, whatever its buffers are. Caller releases frames. */
bool channel_receive(struct channel *channel, struct frames *frames);

/* Sends without waiting; frames are consumed. False: the socket took none of it (a client that is
   gone, no memory). */
bool channel_send(struct channel *channel, struct frames *frames);

/* Bytes sent that no client has taken yet. */
size_t channel_pending(const struct channel *channel);

/* What a thread waits for: a channel, or (channel NULL) a descriptor; -1 is passed over. */
struct channel_wait {
    struct channel *channel;
    int descriptor;
    bool to_write; /* the descriptor: until it can be written; else until it can be read */
    bool ready;    /* the answer */
};

/* Waits until one is ready, the time is over (0 = only looks, -1 = no end), or a signal came. False
   when the wires are broken, which ends the kernel. */
bool channel_wait(struct channel_wait *waits, size_t count, int timeout_ms);

#endif
