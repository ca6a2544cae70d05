/*
 * heartbeat - the thread that echoes every message of the heartbeat channel.
 *
 * A front end uses the echo to detect whether the kernel is alive. The thread shares nothing with
 * the main thread except the ZeroMQ context, so it answers even while the main thread is busy.
 */
#ifndef KERNEL_FRONT_HEARTBEAT_H
#define KERNEL_FRONT_HEARTBEAT_H

#include "kernel/front/channel.h"
#include "mnist/base/errors.h"

struct heartbeat;

/* Opens the channel and starts the thread. context is borrowed until heartbeat_stop. NULL with
   error set. Caller ends it with heartbeat_stop. */
struct heartbeat *heartbeat_start(struct channel_context *context, const char *endpoint,
                                  struct error *error);
void heartbeat_stop(struct heartbeat **heartbeat);

#endif
