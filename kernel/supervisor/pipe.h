/*
 * pipe - the read end of the session's stdout or stderr: text that contains marks (session_link.h).
 *
 * supervisor.c reads both pipes whenever they have data, but not past a mark: the text after a
 * mark must be shown after the frame with that number. It stays in the pipe until the frame
 * arrives and the supervisor calls pipe_advance.
 */
#ifndef KERNEL_SUPERVISOR_PIPE_H
#define KERNEL_SUPERVISOR_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/session_link.h"

enum { PIPE_BUFFER_SIZE = 64 * 1024 };

/* The callback that receives the text, in order and without marks. */
typedef void pipe_text(void *context, const char *bytes, size_t size);

struct pipe {
    int descriptor; /* non-blocking, owned; -1 after the write end has been closed */
    char token[SESSION_LINK_TOKEN_SIZE];
    pipe_text *text;
    void *context;
    bool held; /* a mark is at the start of the buffer, so nothing more is read */
    size_t used;
    char buffer[PIPE_BUFFER_SIZE];
};

/* NULL when memory runs out. Caller frees with pipe_free, which closes the descriptor. */
struct pipe *pipe_new(int descriptor, const char token[SESSION_LINK_TOKEN_SIZE], pipe_text *text,
                      void *context);
void pipe_free(struct pipe **pipe);

/* The descriptor to wait for, or -1 while a mark holds the text or after the write end was
   closed. */
int pipe_descriptor(const struct pipe *pipe);

/* Reads the available text, up to the next mark and about size_max bytes. Never blocks. */
void pipe_read(struct pipe *pipe, size_t size_max);

/* Reads up to and past the mark with this number. Everything that was written before the frame is
   already in the pipe; if the mark is missing, a cell has damaged the pipe, and the frame is
   handled without it. Never blocks. */
void pipe_advance(struct pipe *pipe, uint64_t number);

/* Reads all available text and skips marks. Call it after the writer has died. */
void pipe_drain(struct pipe *pipe);

#endif
