/*
 * front - the front process at work: opens the channels, starts the session, and serves until it is
 * told to end.
 *
 * The main thread owns shell, stdin, iopub, the link and the pipes, and waits for all of them at
 * one place. Control and heartbeat have threads of their own (control.h, heartbeat.h). No request
 * is answered by waiting for the session.
 */
#ifndef KERNEL_FRONT_FRONT_H
#define KERNEL_FRONT_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/front/connection.h"
#include "mnist/base/errors.h"

struct front_config {
    const struct connection *connection;
    const char *session_program; /* path of mnist-session */
    const char *clang_program;   /* path of mnist-clang, which need not be there */
    int interrupt_wait_ms;       /* then a cell that does not stop is killed with its session */
    int ready_wait_ms;           /* for a session to start */
    size_t pending_max;          /* bytes that may wait for slow clients */
};

enum { FRONT_INTERRUPT_WAIT_MS = 10000, FRONT_READY_WAIT_MS = 30000 };

/* Serves until shutdown, SIGTERM, SIGHUP or the parent's death; no process of ours is left then.
   False with error set when it could not begin. Call from the main thread, before any other exists.
   */
bool front_serve(const struct front_config *config, struct error *error);

#endif
