/*
 * output_quota - counts the bytes of a cell's text, shown and omitted.
 */
#include "kernel/front/output_quota.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { KIB = 1024, MIB = 1024 * 1024, CONTINUATIONS_MAX = 3 };

void output_quota_begin(struct output_quota *output_quota)
{
    *output_quota = (struct output_quota){0};
}

/* Bytes that this source may still show. */
static size_t remaining(const struct output_quota *output_quota, enum stream_buffer_source source)
{
    bool piped = source == STREAM_BUFFER_PIPE_STDOUT || source == STREAM_BUFFER_PIPE_STDERR;
    size_t size = piped ? OUTPUT_QUOTA_SIZE - OUTPUT_QUOTA_RESERVE : OUTPUT_QUOTA_SIZE;
    return output_quota->used < size ? size - output_quota->used : 0;
}

/* The number of leading bytes that continue a UTF-8 character. */
static size_t rest_of_character(const char *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && count < CONTINUATIONS_MAX &&
           ((unsigned char)bytes[count] & 0xC0) == 0x80)
        count++;
    return count;
}

size_t output_quota_take(struct output_quota *output_quota, enum stream_buffer_source source,
                         const char *bytes, size_t size)
{
    size_t shown = remaining(output_quota, source);
    if (shown > size)
        shown = size;
    else if (!output_quota->over) /* the text must not end within a character */
        shown += rest_of_character(bytes + shown, size - shown);
    assert(shown <= size);
    if (shown > 0 && (source == STREAM_BUFFER_PIPE_STDERR || source == STREAM_BUFFER_TEXT_STDERR))
        output_quota->open_line = bytes[shown - 1] != '\n';
    output_quota->used += shown;
    output_quota->omitted += size - shown;
    output_quota->over = output_quota->over || shown < size;
    return shown;
}

char *output_quota_report(struct output_quota *output_quota)
{
    char *line = NULL, amount[32];
    unsigned long long omitted = output_quota->omitted;
    if (omitted == 0)
        return NULL;
    if (omitted < KIB)
        snprintf(amount, sizeof amount, "%llu byte%s", omitted, omitted == 1 ? "" : "s");
    else
        snprintf(amount, sizeof amount, "%.1f %s", (double)omitted / (omitted < MIB ? KIB : MIB),
                 omitted < MIB ? "KiB" : "MiB");
    if (asprintf(
            &line,
            "%s... %s of output %s omitted: a cell shows at most %d MiB of text (write to a file "
            "instead)\n",
            output_quota->open_line ? "\n" : "", amount, omitted == 1 ? "was" : "were",
            OUTPUT_QUOTA_SIZE / MIB) < 0)
        line = NULL;
    output_quota->omitted = 0;
    output_quota->open_line = false;
    return line;
}
