/*
 * front - the front process: opens the channels, starts the session and runs the main loop.
 *
 * The main thread owns shell, stdin, iopub, the session link and the pipes, and waits for all of
 * them in one call of channel_wait. Control and heartbeat have their own threads (control.h,
 * heartbeat.h). No request waits for the session: the front answers from its own state, or the
 * request is queued.
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
    const char *clang_program;   /* path of mnist-clang; the file may be missing */
    int interrupt_wait_ms;       /* after an interrupt, until the session is killed */
    int ready_wait_ms;           /* after a start, until the session is killed */
    size_t pending_max;          /* unsent bytes on iopub, above which outputs are omitted */
};

enum { FRONT_INTERRUPT_WAIT_MS = 10000, FRONT_READY_WAIT_MS = 30000 };

/* Serves until shutdown, SIGTERM, SIGHUP or the parent's death, and then ends every process it
   has started. False with error set when the kernel could not start. Call it from the main
   thread, before any other thread exists. */
bool front_serve(const struct front_config *config, struct error *error);

#endif
