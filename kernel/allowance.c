/*
 * allowance - counting.
 */
#include "kernel/allowance.h"

#include <stdio.h>
#include <stdlib.h>

enum { KIB = 1024, MIB = 1024 * 1024, CONTINUATIONS_MAX = 3 };

void allowance_begin(struct allowance *allowance)
{
    *allowance = (struct allowance){0};
}

static size_t left_for(const struct allowance *allowance, enum stream_source source)
{
    bool piped = source == STREAM_PIPE_STDOUT || source == STREAM_PIPE_STDERR;
    size_t size = piped ? ALLOWANCE_SIZE - ALLOWANCE_RESERVE : ALLOWANCE_SIZE;
    return allowance->used < size ? size - allowance->used : 0;
}

/* Bytes at the front that belong to a character before them. */
static size_t rest_of_character(const char *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && count < CONTINUATIONS_MAX &&
           ((unsigned char)bytes[count] & 0xC0) == 0x80)
        count++;
    return count;
}

size_t allowance_take(struct allowance *allowance, enum stream_source source, const char *bytes,
                      size_t size)
{
    size_t shown = left_for(allowance, source);
    if (shown > size)
        shown = size;
    else if (!allowance->over) /* the first to be left out are no half of a character */
        shown += rest_of_character(bytes + shown, size - shown);
    if (shown > 0 && (source == STREAM_PIPE_STDERR || source == STREAM_TEXT_STDERR))
        allowance->open_line = bytes[shown - 1] != '\n';
    allowance->used += shown;
    allowance->omitted += size - shown;
    allowance->over = allowance->over || shown < size;
    return shown;
}

char *allowance_tell(struct allowance *allowance)
{
    char *line = NULL, amount[32];
    unsigned long long omitted = allowance->omitted;
    if (omitted == 0)
        return NULL;
    if (omitted < KIB)
        snprintf(amount, sizeof amount, "%llu byte%s", omitted, omitted == 1 ? "" : "s");
    else
        snprintf(amount, sizeof amount, "%.1f %s", (double)omitted / (omitted < MIB ? KIB : MIB),
                 omitted < MIB ? "KiB" : "MiB");
    if (asprintf(&line,
                 "%s... %s more of output %s left out: a cell shows at most %d MiB of text (write "
                 "to a file instead)\n",
                 allowance->open_line ? "\n" : "", amount, omitted == 1 ? "was" : "were",
                 ALLOWANCE_SIZE / MIB) < 0)
        line = NULL;
    allowance->omitted = 0;
    allowance->open_line = false;
    return line;
}
