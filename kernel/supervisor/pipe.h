/*
 * pipe - the front's end of the session's stdout or stderr: text, with marks in it (session_link.h).
 *
 * supervisor.c reads both pipes whenever there is something, up to a mark; what stands behind the
 * mark belongs after the frame of that number, so it waits until that frame is there and
 * pipe_advance is called.
 */
#ifndef KERNEL_SUPERVISOR_PIPE_H
#define KERNEL_SUPERVISOR_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/session_link.h"

enum { PIPE_BUFFER_SIZE = 64 * 1024 };

/* Receives text in order. */
typedef void pipe_text(void *context, const char *bytes, size_t size);

struct pipe {
    int descriptor; /* non-blocking, owned; -1 once the other side is gone */
    char token[SESSION_LINK_TOKEN_SIZE];
    pipe_text *text;
    void *context;
    bool held; /* a mark is at the front of the buffer */
    size_t used;
    char buffer[PIPE_BUFFER_SIZE];
};

/* NULL when memory runs out. Caller frees with pipe_free, which closes the descriptor. */
struct pipe *pipe_new(int descriptor, const char token[SESSION_LINK_TOKEN_SIZE], pipe_text *text,
                      void *context);
void pipe_free(struct pipe **pipe);

/* What to wait for to read on: the descriptor, or -1 while a mark holds the text or the other side
   is gone. */
int pipe_descriptor(const struct pipe *pipe);

/* Reads what is there, up to a mark and at most size_max bytes. */
void pipe_read(struct pipe *pipe, size_t size_max);

/* Reads up to and beyond the mark of this number. All that was written before the frame is there by
   now; when the mark is not among it, a cell broke the pipe, and the frame shall not wait. */
void pipe_advance(struct pipe *pipe, uint64_t number);

/* The writer is dead: reads all that is there; marks hold nothing any more. */
void pipe_drain(struct pipe *pipe);

#endif
