/*
 * child - the session process as the front holds it: its pid, the link, the two pipes, the shared
 * page.
 *
 * supervisor.c decides when one is started, replaced and ended; this file does it. Whatever the
 * child must not inherit is closed at exec; it has a process group of its own, so that a terminal's
 * Ctrl-C comes to the front alone, and dies with the front, however that ends (PR_SET_PDEATHSIG).
 */
#ifndef KERNEL_CHILD_H
#define KERNEL_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "kernel/link.h"
#include "kernel/pipe.h"
#include "mnist/error.h"

struct child {
    pid_t pid;   /* of who is the session now: the one started, later a copy of it */
    pid_t group; /* process group of all of them */
    int link;    /* non-blocking */
    struct link_reader reader;
    struct pipe *out, *err;
    struct link_shared *shared;
    uint8_t *queue; /* bytes of frames that the link has not taken yet */
    size_t queue_size, queue_capacity;
};

/* Starts program. What it prints goes to out_text and err_text. NULL with error set. Caller frees
   with child_free. */
struct child *child_start(const char *program, pipe_text *out_text, pipe_text *err_text,
                          void *context, struct error *error);

/* Closes all; does not end the process. */
void child_free(struct child **child);

/* The copy behind this socket (consumed) is the session now; the pipes and the page stay, the old
   link is closed. */
void child_adopt(struct child *child, pid_t pid, int socket);

/* Queues a frame and sends what the link takes. False: no memory; nothing was queued. */
bool child_send(struct child *child, enum link_kind kind, const void *payload, size_t size);

/* Sends more of the queue. False: the other side is gone. */
bool child_flush(struct child *child);

#endif
