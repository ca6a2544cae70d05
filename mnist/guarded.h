/*
 * guarded - memory for somebody else's function to write to, with marks around it and in it, so that
 * one sees what it wrote beyond the end, and what it left out.
 *
 * nn/custom_trial.c and commands/parts.c run functions of cells of C on it once before they are used
 * on memory that is not watched.
 */
#ifndef MNIST_GUARDED_H
#define MNIST_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

enum { GUARDED_MARGIN = 4096 }; /* bytes before and behind */

struct guarded {
    unsigned char *memory; /* NULL = none */
    void *bytes;           /* [size], 64-byte aligned */
    size_t size;
};

/* False: no memory. What is in it is marks; release with guarded_release. */
__attribute__((warn_unused_result)) bool guarded_init(struct guarded *guarded, size_t size);
void guarded_release(struct guarded *guarded);

/* The margins are as they were. */
bool guarded_whole(const struct guarded *guarded);

/* The first float that still has its marks; -1 = all were written. */
long guarded_unwritten(const struct guarded *guarded);

#endif
