/*
 * memory - allocation in the front process: a reserve for when memory runs out, and large blocks
 * that go back to the system.
 *
 * A request must be answered even if an allocation fails on the way. memory_begin therefore sets a
 * block aside. When malloc fails, the block is freed and malloc is tried once more; an answer is
 * small, so it then finds room. memory_settle restores the reserve in each turn of the main loop.
 *
 * jansson and OpenSSL allocate through this file as well. link.c does not: the session process
 * shares it, and a frame that finds no memory ends the session, which is reported.
 *
 * malloc keeps a freed block of up to 32 MiB for later use, so one large message would stay in the
 * process for ever. memory_begin fixes malloc's mmap threshold: each block above it is a mapping of
 * its own and is unmapped when it is freed. memory_settle returns the pages of many small blocks
 * (the JSON values of a large message).
 *
 * The functions may be called by any thread. Blocks are freed with free().
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <stddef.h>

enum {
    MEMORY_RESERVE_SIZE = 1024 * 1024,
    MEMORY_MMAP_SIZE = 128 * 1024,       /* larger blocks are mappings of their own           */
    MEMORY_LARGE_SIZE = 4 * 1024 * 1024, /* a message of this size is worth a malloc_trim     */
};

/* Before the first use of jansson or OpenSSL, and before the first thread. */
void memory_begin(void);

/* malloc, calloc, realloc and strdup, with the reserve. NULL: not even the reserve helped. */
void *memory_take(size_t size);
void *memory_take_zeroed(size_t size);
void *memory_grow(void *block, size_t size);
char *memory_copy_text(const char *text);

/* A message of this size was freed: the next memory_settle returns pages if it was large. */
void memory_was_freed(size_t size);

/* Main thread only: restores the reserve, and returns unused pages to the system. */
void memory_settle(void);

#endif
