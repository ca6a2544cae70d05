/*
 * stream_buffer - joins the text of a cell into `stream` messages of moderate size.
 *
 * Text arrives in pieces of any size from four sources: the session's two pipes, and the stdout
 * and stderr of commands. It is sent after STREAM_BUFFER_WAIT_MS, at STREAM_BUFFER_SIZE bytes,
 * when text of the other stream (stdout or stderr) arrives, and before any other output (iopub.c
 * then calls stream_buffer_flush). A UTF-8 character is never split between messages; bytes that
 * are not UTF-8 become U+FFFD.
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

/* The callback that sends a text as one message; name is "stdout" or "stderr". */
typedef void stream_buffer_send(void *context, const char *name, const char *text, size_t size);

struct stream_buffer {
    stream_buffer_send *send;
    void *context;
    const char *name; /* stream of the buffered text; NULL = the buffer is empty */
    char *text;
    size_t size, capacity;
    int64_t deadline_ms; /* when the text must be sent; CLOCK_NEVER = the buffer is empty */
    struct {
        char bytes[4];
        size_t size;
    } cut[STREAM_BUFFER_SOURCES]; /* the incomplete character of each source */
};

void stream_buffer_init(struct stream_buffer *stream, stream_buffer_send *send, void *context);
void stream_buffer_release(struct stream_buffer *stream); /* buffered text is dropped */

/* Adds text; may send. */
void stream_buffer_write(struct stream_buffer *stream, enum stream_buffer_source source,
                         const char *bytes, size_t size);

/* Sends the buffered text; incomplete characters remain. */
void stream_buffer_flush(struct stream_buffer *stream);

/* Sends the buffered text at the end of a cell; incomplete characters become U+FFFD. */
void stream_buffer_end(struct stream_buffer *stream);

/* The time at which stream_buffer_flush is due; CLOCK_NEVER if the buffer is empty. */
int64_t stream_buffer_deadline(const struct stream_buffer *stream);

#endif
