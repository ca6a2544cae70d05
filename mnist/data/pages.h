/*
 * pages - memory for the bytes of a data set: zeroed, page-aligned, and read-only on request.
 *
 * idx.c reads files into it, and dataset.c fills it with preprocessed images. It is anonymous
 * memory, so that later changes of the files do not affect the data; a forked process shares it
 * until one of the two writes. It requests huge pages: a fork then copies 26 page-table entries for
 * MNIST instead of 13,400, and the memory is zeroed faster.
 */
#ifndef MNIST_DATA_PAGES_H
#define MNIST_DATA_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writable memory of `size` bytes (which may be 0), all 0. NULL when memory runs out. Caller frees
   with pages_free. */
uint8_t *pages_new(size_t size);

/* Makes the memory writable or read-only; a write to read-only memory causes a SIGSEGV. False with
   errno set on failure. */
__attribute__((warn_unused_result)) bool pages_allow_writes(uint8_t *memory, size_t size,
                                                            bool allowed);

/* memory may be NULL. */
void pages_free(uint8_t *memory, size_t size);

#endif
