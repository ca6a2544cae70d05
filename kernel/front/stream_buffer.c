/*
 * stream_buffer - joins text and repairs its UTF-8.
 *
 * The buffer contains whole characters of one stream (name) only. An incomplete character at the
 * end of a write is kept in cut[source] until its next bytes arrive.
 */
#include "kernel/front/stream_buffer.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"

static const char replacement[] = UTF8_REPLACEMENT_BYTES;

void stream_buffer_init(struct stream_buffer *stream, stream_buffer_send *send, void *context)
{
    *stream = (struct stream_buffer){.send = send, .context = context, .deadline_ms = CLOCK_NEVER};
}

void stream_buffer_release(struct stream_buffer *stream)
{
    free(stream->text);
    stream_buffer_init(stream, stream->send, stream->context);
}

int64_t stream_buffer_deadline(const struct stream_buffer *stream)
{
    return stream->deadline_ms;
}

void stream_buffer_flush(struct stream_buffer *stream)
{
    if (stream->size > 0)
        stream->send(stream->context, stream->name, stream->text, stream->size);
    stream->size = 0;
    stream->name = NULL;
    stream->deadline_ms = CLOCK_NEVER;
}

static bool make_room(struct stream_buffer *stream, size_t size)
{
    if (stream->size + size <= stream->capacity)
        return true;
    size_t capacity = 2 * (stream->size + size);
    char *text = front_memory_realloc(stream->text, capacity);
    if (text == NULL)
        return false;
    stream->text = text;
    stream->capacity = capacity;
    return true;
}

/* Appends whole characters. If memory runs out, the buffer is sent first; text that still finds no
   memory is lost. */
static void append(struct stream_buffer *stream, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    const char *name = stream->name;
    if (!make_room(stream, size))
        stream_buffer_flush(stream);
    if (!make_room(stream, size))
        return;
    if (stream->size == 0)
        stream->deadline_ms = clock_ms() + STREAM_BUFFER_WAIT_MS;
    assert(stream->size + size <= stream->capacity);
    stream->name = name;
    memcpy(stream->text + stream->size, bytes, size);
    stream->size += size;
}

/* Appends size bytes with invalid UTF-8 replaced. Returns the number of bytes at the end that
   form an incomplete character; these are not appended. */
static size_t append_mended(struct stream_buffer *stream, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t good = utf8_valid_size(bytes + at, size - at), length;
        append(stream, bytes + at, good);
        at += good;
        if (at == size)
            break;
        if (utf8_scan(bytes + at, size - at, &length) == UTF8_TRUNCATED)
            return size - at;
        append(stream, replacement, sizeof replacement - 1);
        at += length;
    }
    return 0;
}

/* Makes the source's stream the current one; text of the other stream is sent. */
static void select_stream(struct stream_buffer *stream, enum stream_buffer_source source)
{
    const char *name = source == STREAM_BUFFER_PIPE_STDOUT || source == STREAM_BUFFER_TEXT_STDOUT
                           ? "stdout"
                           : "stderr";
    if (stream->name != NULL && strcmp(stream->name, name) != 0)
        stream_buffer_flush(stream);
    stream->name = name;
}

/* Completes the source's incomplete character with the first of bytes. Returns the number of bytes
   used. */
static size_t complete_cut(struct stream_buffer *stream, enum stream_buffer_source source,
                           const char *bytes, size_t size)
{
    size_t taken = 0, length;
    while (stream->cut[source].size > 0 && taken < size) {
        char *cut = stream->cut[source].bytes;
        cut[stream->cut[source].size] = bytes[taken];
        size_t have = stream->cut[source].size + 1;
        assert(have <= sizeof stream->cut[source].bytes);
        enum utf8_status step = utf8_scan(cut, have, &length);
        if (step == UTF8_TRUNCATED) {
            stream->cut[source].size = have;
            taken++;
            continue;
        }
        if (step == UTF8_CHARACTER) {
            append(stream, cut, length);
            taken++;
        } else {
            append(stream, replacement, sizeof replacement - 1);
        }
        stream->cut[source].size = 0;
    }
    return taken;
}

void stream_buffer_write(struct stream_buffer *stream, enum stream_buffer_source source,
                         const char *bytes, size_t size)
{
    if (size == 0)
        return;
    select_stream(stream, source);
    size_t taken = complete_cut(stream, source, bytes, size);
    size_t rest = append_mended(stream, bytes + taken, size - taken);
    if (rest > 0) {
        assert(rest < sizeof stream->cut[source].bytes);
        memcpy(stream->cut[source].bytes, bytes + size - rest, rest);
        stream->cut[source].size = rest;
    }
    if (stream->size >= STREAM_BUFFER_SIZE)
        stream_buffer_flush(stream);
}

void stream_buffer_end(struct stream_buffer *stream)
{
    for (int source = 0; source < STREAM_BUFFER_SOURCES; source++) {
        if (stream->cut[source].size == 0)
            continue;
        stream->cut[source].size = 0;
        select_stream(stream, (enum stream_buffer_source)source);
        append(stream, replacement, sizeof replacement - 1);
    }
    stream_buffer_flush(stream);
}
