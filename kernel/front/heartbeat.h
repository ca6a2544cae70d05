/*
 * heartbeat - the thread that sends every message of the heartbeat channel back, so that front ends
 * know the kernel is alive.
 */
#ifndef KERNEL_FRONT_HEARTBEAT_H
#define KERNEL_FRONT_HEARTBEAT_H

#include "kernel/front/channel.h"
#include "mnist/base/errors.h"

struct heartbeat;

/* wires is borrowed until heartbeat_stop. NULL with error set. */
struct heartbeat *heartbeat_start(struct wires *wires, const char *endpoint, struct error *error);
void heartbeat_stop(struct heartbeat **heartbeat);

#endif
