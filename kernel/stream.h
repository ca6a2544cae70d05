/*
 * stream - what a cell prints, joined into messages of a sensible size.
 *
 * Text comes in pieces of any size from four sources (the session's two pipes, and stdout and
 * stderr lines of commands) and leaves as stream messages: after STREAM_WAIT_MS, at STREAM_SIZE
 * bytes, when the other of stdout and stderr has its turn, and before anything else is shown (the
 * owner calls stream_flush). A character is never cut: the beginning of one waits in its source for
 * the rest; what is not UTF-8 becomes U+FFFD.
 */
#ifndef KERNEL_STREAM_H
#define KERNEL_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_SIZE = 10 * 1024, STREAM_WAIT_MS = 50 };

enum stream_source {
    STREAM_PIPE_STDOUT,
    STREAM_PIPE_STDERR,
    STREAM_TEXT_STDOUT,
    STREAM_TEXT_STDERR,
    STREAM_SOURCES
};

/* Sends a text as a message; name is "stdout" or "stderr". */
typedef void stream_send(void *context, const char *name, const char *text, size_t size);

struct stream {
    stream_send *send;
    void *context;
    const char *name; /* of what is joined so far; NULL = nothing is */
    char *text;
    size_t size, capacity;
    int64_t deadline_ms; /* when it must leave */
    struct {
        char bytes[4];
        size_t size;
    } cut[STREAM_SOURCES]; /* beginnings of characters */
};

void stream_init(struct stream *stream, stream_send *send, void *context);
void stream_release(struct stream *stream); /* what is joined is dropped */

void stream_write(struct stream *stream, enum stream_source source, const char *bytes, size_t size);

/* Sends what is joined. */
void stream_flush(struct stream *stream);

/* The same, at the end of a cell: no rest of a character will come. */
void stream_end(struct stream *stream);

/* When stream_flush is due, MOMENT_NEVER when nothing is joined. */
int64_t stream_deadline(const struct stream *stream);

#endif
