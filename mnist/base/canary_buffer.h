/*
 * canary_buffer - memory for somebody else's function to write to, with marks around it and in it,
 * so that one sees what it wrote beyond the end, and what it left out.
 *
 * nn/plugin_trial.c and commands/plugins.c run functions of cells of C on it once before they are
 * used on memory that is not watched.
 */
#ifndef MNIST_BASE_CANARY_BUFFER_H
#define MNIST_BASE_CANARY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

enum { CANARY_BUFFER_MARGIN = 4096 }; /* bytes before and behind */

struct canary_buffer {
    unsigned char *memory; /* NULL = none */
    void *bytes;           /* [size], 64-byte aligned */
    size_t size;
};

/* False: no memory. What is in it is marks; release with canary_buffer_release. */
__attribute__((warn_unused_result)) bool canary_buffer_init(struct canary_buffer *guarded,
                                                            size_t size);
void canary_buffer_release(struct canary_buffer *guarded);

/* The margins are as they were. */
bool canary_buffer_whole(const struct canary_buffer *guarded);

/* The first float that still has its marks; -1 = all were written. */
long canary_buffer_unwritten(const struct canary_buffer *guarded);

#endif
