/*
 * frames - a message of several parts, as it travels: a list of byte blocks.
 *
 * channel.c fills one from a socket and empties one into a socket; message.c reads and writes what
 * is in them. A list owns its blocks.
 */
#ifndef KERNEL_FRONT_FRAMES_H
#define KERNEL_FRONT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAMES_COUNT_MAX = 1024, /* parts of one message: identities, dictionaries, buffers */
    FRAMES_SIZE_MAX = 256 * 1024 * 1024, /* bytes of one message, all parts together */
};

struct frame {
    uint8_t *bytes; /* one NUL beyond size */
    size_t size;
};

struct frames {
    struct frame *items;
    size_t count, capacity;
    size_t size; /* of all items together */
};

/* {0} is an empty list. */
void frames_release(struct frames *frames);

/* Adds a copy. False, with the list as it was: no memory, or beyond a limit. */
bool frames_add(struct frames *frames, const void *bytes, size_t size);

/* Adds bytes that came from malloc, size + 1 of them; they are consumed, even when false is
   returned (see above). */
bool frames_take(struct frames *frames, void *bytes, size_t size);

#endif
