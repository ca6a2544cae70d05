/*
 * frames - a growable list of byte blocks; both the number of blocks and their total size are
 * limited.
 */
#include "kernel/front/frames.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"

void frames_release(struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++)
        free(frames->items[i].bytes);
    free(frames->items);
    *frames = (struct frames){0};
}

static bool make_room(struct frames *frames)
{
    if (frames->count < frames->capacity)
        return true;
    size_t capacity = frames->capacity == 0 ? 8 : 2 * frames->capacity;
    struct frame *items = front_memory_realloc(frames->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    frames->items = items;
    frames->capacity = capacity;
    return true;
}

bool frames_take(struct frames *frames, void *bytes, size_t size)
{
    assert(frames->count <= FRAMES_COUNT_MAX && frames->size <= FRAMES_SIZE_MAX);
    bool fits = frames->count < FRAMES_COUNT_MAX && size <= FRAMES_SIZE_MAX - frames->size;
    if (bytes == NULL || !fits || !make_room(frames)) {
        free(bytes);
        return false;
    }
    ((uint8_t *)bytes)[size] = 0;
    frames->items[frames->count++] = (struct frame){bytes, size};
    frames->size += size;
    return true;
}

bool frames_add(struct frames *frames, const void *bytes, size_t size)
{
    if (size > FRAMES_SIZE_MAX)
        return false;
    uint8_t *copy = front_memory_alloc(size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    return frames_take(frames, copy, size);
}
