/*
 * session_process - the front's resources for one session process: its pid, the link, the two
 * pipes and the shared page.
 *
 * supervisor.c decides when a session is started, replaced and ended. The session inherits only
 * descriptors 0, 1, 2, the link and the shared page. It has its own process group, so that a
 * terminal's Ctrl-C reaches only the front. It is killed when the front ends for any reason
 * (PR_SET_PDEATHSIG).
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
    pid_t pid;   /* the process that was started, or later the standby that was promoted */
    pid_t group; /* its process group */
    int link;    /* non-blocking */
    struct session_link_reader reader;
    struct pipe *out, *err;
    struct session_link_shared *shared;
    uint8_t *queue; /* bytes of frames that have not been sent yet */
    size_t queue_size, queue_capacity;
};

/* Starts the program. Its stdout and stderr are passed to out_text and err_text. NULL with error
   set. Caller frees with session_process_free. */
struct session_process *session_process_start(const char *program, pipe_text *out_text,
                                              pipe_text *err_text, void *context,
                                              struct error *error);

/* Closes all descriptors; does not end the process. */
void session_process_free(struct session_process **child);

/* Replaces the process by a standby: socket (consumed) becomes the link, and the old link is
   closed. The pipes and the shared page stay the same. */
void session_process_promote(struct session_process *child, pid_t pid, int socket);

/* Queues a frame and sends as much of the queue as the link accepts. Never blocks. False: memory
   ran out, and nothing was queued. */
bool session_process_send(struct session_process *child, enum session_link_kind kind,
                          const void *payload, size_t size);

/* The same for a payload that consists of several blocks. */
bool session_process_send_parts(struct session_process *child, enum session_link_kind kind,
                                const struct iovec *parts, size_t count);

/* Sends more of the queue. Never blocks. False: the session has closed the link. */
bool session_process_flush(struct session_process *child);

#endif
