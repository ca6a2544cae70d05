/*
 * canary_buffer - the pattern is a byte whose fourfold repetition is an unusual float.
 */
#include "mnist/base/canary_buffer.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 0xB7, ALIGNMENT = 64 };

bool canary_buffer_init(struct canary_buffer *buffer, size_t size)
{
    size_t total = (2 * CANARY_BUFFER_MARGIN + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *buffer = (struct canary_buffer){.size = size};
    buffer->memory = aligned_alloc(ALIGNMENT, total);
    if (buffer->memory == NULL)
        return false;
    memset(buffer->memory, MARK, total);
    buffer->bytes = buffer->memory + CANARY_BUFFER_MARGIN;
    return true;
}

void canary_buffer_release(struct canary_buffer *buffer)
{
    free(buffer->memory);
    *buffer = (struct canary_buffer){0};
}

static bool marked(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != MARK)
            return false;
    return true;
}

bool canary_buffer_intact(const struct canary_buffer *buffer)
{
    return marked(buffer->memory, CANARY_BUFFER_MARGIN) &&
           marked(buffer->memory + CANARY_BUFFER_MARGIN + buffer->size, CANARY_BUFFER_MARGIN);
}

long canary_buffer_unwritten(const struct canary_buffer *buffer)
{
    const unsigned char *bytes = buffer->bytes;
    for (size_t i = 0; i + sizeof(float) <= buffer->size; i += sizeof(float))
        if (marked(bytes + i, sizeof(float)))
            return (long)(i / sizeof(float));
    return -1;
}
