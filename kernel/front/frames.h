/*
 * frames - the parts of one ZeroMQ multipart message: a list of byte blocks.
 *
 * channel.c receives and sends lists of frames; message.c decodes and encodes them. A list owns its
 * blocks.
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
    uint8_t *bytes; /* bytes[size] is NUL */
    size_t size;
};

struct frames {
    struct frame *items;
    size_t count, capacity;
    size_t size; /* of all items together */
};

/* Frees the blocks; the list is then empty. {0} is an empty list. */
void frames_release(struct frames *frames);

/* Adds a copy of the bytes. False: memory ran out, or a limit is exceeded; the list is unchanged.
   */
bool frames_add(struct frames *frames, const void *bytes, size_t size);

/* Adds a block of size + 1 bytes from malloc, without a copy. The block is consumed even when the
   result is false. NULL stands for a failed allocation. */
bool frames_take(struct frames *frames, void *bytes, size_t size);

#endif
