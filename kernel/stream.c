/*
 * stream - joining text.
 */
#include "kernel/stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memory.h"
#include "kernel/moment.h"
#include "kernel/utf8.h"

static const char replacement[] = UTF8_REPLACED;

void stream_init(struct stream *stream, stream_send *send, void *context)
{
    *stream = (struct stream){.send = send, .context = context, .deadline_ms = MOMENT_NEVER};
}

void stream_release(struct stream *stream)
{
    free(stream->text);
    stream_init(stream, stream->send, stream->context);
}

int64_t stream_deadline(const struct stream *stream)
{
    return stream->deadline_ms;
}

void stream_flush(struct stream *stream)
{
    if (stream->size > 0)
        stream->send(stream->context, stream->name, stream->text, stream->size);
    stream->size = 0;
    stream->name = NULL;
    stream->deadline_ms = MOMENT_NEVER;
}

static bool make_room(struct stream *stream, size_t size)
{
    if (stream->size + size <= stream->capacity)
        return true;
    size_t capacity = 2 * (stream->size + size);
    char *text = memory_grow(stream->text, capacity);
    if (text == NULL)
        return false;
    stream->text = text;
    stream->capacity = capacity;
    return true;
}

/* Appends whole characters. Without memory, what is joined leaves first; a piece that still finds
   none is lost. */
static void append(struct stream *stream, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    const char *name = stream->name;
    if (!make_room(stream, size))
        stream_flush(stream);
    if (!make_room(stream, size))
        return;
    if (stream->size == 0)
        stream->deadline_ms = moment_ms() + STREAM_WAIT_MS;
    stream->name = name;
    memcpy(stream->text + stream->size, bytes, size);
    stream->size += size;
}

/* Appends size bytes mended; returns how many at the end are a character's beginning. */
static size_t append_mended(struct stream *stream, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t good = utf8_good(bytes + at, size - at), length;
        append(stream, bytes + at, good);
        at += good;
        if (at == size)
            break;
        if (utf8_look(bytes + at, size - at, &length) == UTF8_CUT)
            return size - at;
        append(stream, replacement, sizeof replacement - 1);
        at += length;
    }
    return 0;
}

static void turn_to(struct stream *stream, enum stream_source source)
{
    const char *name =
        source == STREAM_PIPE_STDOUT || source == STREAM_TEXT_STDOUT ? "stdout" : "stderr";
    if (stream->name != NULL && strcmp(stream->name, name) != 0)
        stream_flush(stream);
    stream->name = name;
}

/* Completes the character whose beginning waits, with the first of bytes. Returns how many of them
   it took. */
static size_t complete_cut(struct stream *stream, enum stream_source source, const char *bytes,
                           size_t size)
{
    size_t taken = 0, length;
    while (stream->cut[source].size > 0 && taken < size) {
        char *cut = stream->cut[source].bytes;
        cut[stream->cut[source].size] = bytes[taken];
        size_t have = stream->cut[source].size + 1;
        enum utf8_step step = utf8_look(cut, have, &length);
        if (step == UTF8_CUT) {
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

void stream_write(struct stream *stream, enum stream_source source, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    turn_to(stream, source);
    size_t taken = complete_cut(stream, source, bytes, size);
    size_t rest = append_mended(stream, bytes + taken, size - taken);
    if (rest > 0) {
        memcpy(stream->cut[source].bytes, bytes + size - rest, rest);
        stream->cut[source].size = rest;
    }
    if (stream->size >= STREAM_SIZE)
        stream_flush(stream);
}

void stream_end(struct stream *stream)
{
    for (int source = 0; source < STREAM_SOURCES; source++) {
        if (stream->cut[source].size == 0)
            continue;
        stream->cut[source].size = 0;
        turn_to(stream, (enum stream_source)source);
        append(stream, replacement, sizeof replacement - 1);
    }
    stream_flush(stream);
}
