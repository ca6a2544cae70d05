/*
 * stream_buffer - what a cell prints, joined into messages of a sensible size.
 *
 * Text comes in pieces of any size from four sources (the session's two pipes, and stdout and
 * stderr lines of commands) and leaves as stream messages: after STREAM_BUFFER_WAIT_MS, at STREAM_BUFFER_SIZE
 * bytes, when the other of stdout and stderr has its turn, and before anything else is shown (the
 * owner calls stream_buffer_flush). A character is never cut: the beginning of one waits in its source for
 * the rest; what is not UTF-8 becomes U+FFFD.
 */
#ifndef KERNEL_FRONT_STREAM_BUFFER_H
#define KERNEL_FRONT_STREAM_BUFFER_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_BUFFER_SIZE = 10 * 1024, STREAM_BUFFER_WAIT_MS = 50 };

enum stream_buffer_source {
    STREAM_BUFFER_PIPE_STDOUT,
    STREAM_BUFFER_PIPE_STDERR,
    STREAM_BUFFER_TEXT_STDOUT,
    STREAM_BUFFER_TEXT_STDERR,
    STREAM_BUFFER_SOURCES
};

/* Sends a text as a message; name is "stdout" or "stderr". */
typedef void stream_buffer_send(void *context, const char *name, const char *text, size_t size);

struct stream_buffer {
    stream_buffer_send *send;
    void *context;
    const char *name; /* of what is joined so far; NULL = nothing is */
    char *text;
    size_t size, capacity;
    int64_t deadline_ms; /* when it must leave */
    struct {
        char bytes[4];
        size_t size;
    } cut[STREAM_BUFFER_SOURCES]; /* beginnings of characters */
};

void stream_buffer_init(struct stream_buffer *stream, stream_buffer_send *send, void *context);
void stream_buffer_release(struct stream_buffer *stream); /* what is joined is dropped */

void stream_buffer_write(struct stream_buffer *stream, enum stream_buffer_source source,
                         const char *bytes, size_t size);

/* Sends what is joined. */
void stream_buffer_flush(struct stream_buffer *stream);

/* The same, at the end of a cell: no rest of a character will come. */
void stream_buffer_end(struct stream_buffer *stream);

/* When stream_buffer_flush is due, CLOCK_NEVER when nothing is joined. */
int64_t stream_buffer_deadline(const struct stream_buffer *stream);

#endif
