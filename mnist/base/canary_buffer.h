/*
 * canary_buffer - pattern-filled memory with guard zones, to detect out-of-bounds and missing
 * writes.
 *
 *     [guard zone: pattern] [bytes: pattern] [guard zone: pattern]
 *
 * mnist/nn/model/plugin_trial.c and mnist/c_api/plugins.c run functions of C cells once on such
 * buffers before these functions get other memory.
 */
#ifndef MNIST_BASE_CANARY_BUFFER_H
#define MNIST_BASE_CANARY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

enum { CANARY_BUFFER_MARGIN = 4096 }; /* bytes of each guard zone */

struct canary_buffer {
    unsigned char *memory; /* NULL = not allocated */
    void *bytes;           /* [size], 64-byte aligned */
    size_t size;
};

/* Allocates size bytes and the guard zones and fills them with the pattern. False: out of memory.
   Caller releases with canary_buffer_release. */
__attribute__((warn_unused_result)) bool canary_buffer_init(struct canary_buffer *buffer,
                                                            size_t size);
void canary_buffer_release(struct canary_buffer *buffer);

/* True if both guard zones are unchanged. */
bool canary_buffer_intact(const struct canary_buffer *buffer);

/* Index of the first float that still holds the pattern; -1 if all were written. */
long canary_buffer_unwritten(const struct canary_buffer *buffer);

#endif
