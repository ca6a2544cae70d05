/*
 * guarded - the marks are a byte that, four times, is no usual float.
 */
#include "mnist/guarded.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 0xB7, ALIGNMENT = 64 };

bool guarded_init(struct guarded *guarded, size_t size)
{
    size_t whole = (2 * GUARDED_MARGIN + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *guarded = (struct guarded){.size = size};
    guarded->memory = aligned_alloc(ALIGNMENT, whole);
    if (guarded->memory == NULL)
        return false;
    memset(guarded->memory, MARK, whole);
    guarded->bytes = guarded->memory + GUARDED_MARGIN;
    return true;
}

void guarded_release(struct guarded *guarded)
{
    free(guarded->memory);
    *guarded = (struct guarded){0};
}

static bool marked(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != MARK)
            return false;
    return true;
}

bool guarded_whole(const struct guarded *guarded)
{
    return marked(guarded->memory, GUARDED_MARGIN) &&
           marked(guarded->memory + GUARDED_MARGIN + guarded->size, GUARDED_MARGIN);
}

long guarded_unwritten(const struct guarded *guarded)
{
    const unsigned char *bytes = guarded->bytes;
    for (size_t i = 0; i + sizeof(float) <= guarded->size; i += sizeof(float))
        if (marked(bytes + i, sizeof(float)))
            return (long)(i / sizeof(float));
    return -1;
}
