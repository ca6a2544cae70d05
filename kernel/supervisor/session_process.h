/*
 * session_process - the session process as the front holds it: its pid, the link, the two pipes, the shared
 * page.
 *
 * supervisor.c decides when one is started, replaced and ended; this file does it. Whatever the
 * child must not inherit is closed at exec; it has a process group of its own, so that a terminal's
 * Ctrl-C comes to the front alone, and dies with the front, however that ends (PR_SET_PDEATHSIG).
 */
#ifndef KERNEL_SUPERVISOR_SESSION_PROCESS_H
#define KERNEL_SUPERVISOR_SESSION_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "kernel/session_link.h"
#include "kernel/supervisor/pipe.h"
#include "mnist/base/errors.h"

struct session_process {
    pid_t pid;   /* of who is the session now: the one started, later a copy of it */
    pid_t group; /* process group of all of them */
    int link;    /* non-blocking */
    struct session_link_reader reader;
    struct pipe *out, *err;
    struct session_link_shared *shared;
    uint8_t *queue; /* bytes of frames that the link has not taken yet */
    size_t queue_size, queue_capacity;
};

/* Starts program. What it prints goes to out_text and err_text. NULL with error set. Caller frees
   with session_process_free. */
struct session_process *session_process_start(const char *program, pipe_text *out_text,
                                              pipe_text *err_text, void *context,
                                              struct error *error);

/* Closes all; does not end the process. */
void session_process_free(struct session_process **child);

/* The copy behind this socket (consumed) is the session now; the pipes and the page stay, the old
   link is closed. */
void session_process_adopt(struct session_process *child, pid_t pid, int socket);

/* Queues a frame and sends what the link takes. False: no memory; nothing was queued. */
bool session_process_send(struct session_process *child, enum session_link_kind kind,
                          const void *payload, size_t size);

/* Sends more of the queue. False: the other side is gone. */
bool session_process_flush(struct session_process *child);

#endif
