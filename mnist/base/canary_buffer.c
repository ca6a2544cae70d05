/*
 * canary_buffer - the marks are a byte that, four times, is no usual float.
 */
#include "mnist/base/canary_buffer.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 0xB7, ALIGNMENT = 64 };

bool canary_buffer_init(struct canary_buffer *guarded, size_t size)
{
    size_t whole = (2 * CANARY_BUFFER_MARGIN + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *guarded = (struct canary_buffer){.size = size};
    guarded->memory = aligned_alloc(ALIGNMENT, whole);
    if (guarded->memory == NULL)
        return false;
    memset(guarded->memory, MARK, whole);
    guarded->bytes = guarded->memory + CANARY_BUFFER_MARGIN;
    return true;
}

void canary_buffer_release(struct canary_buffer *guarded)
{
    free(guarded->memory);
    *guarded = (struct canary_buffer){0};
}

static bool marked(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != MARK)
            return false;
    return true;
}

bool canary_buffer_whole(const struct canary_buffer *guarded)
{
    return marked(guarded->memory, CANARY_BUFFER_MARGIN) &&
           marked(guarded->memory + CANARY_BUFFER_MARGIN + guarded->size, CANARY_BUFFER_MARGIN);
}

long canary_buffer_unwritten(const struct canary_buffer *guarded)
{
    const unsigned char *bytes = guarded->bytes;
    for (size_t i = 0; i + sizeof(float) <= guarded->size; i += sizeof(float))
        if (marked(bytes + i, sizeof(float)))
            return (long)(i / sizeof(float));
    return -1;
}
