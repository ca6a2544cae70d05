/*
 * front_memory - allocation in the front process: a reserve for when memory runs out, and large blocks
 * that go back to the system.
 *
 * A request must be answered even if an allocation fails on the way. front_memory_begin therefore sets a
 * block aside. When malloc fails, the block is freed and malloc is tried once more; an answer is
 * small, so it then finds room. front_memory_settle restores the reserve in each turn of the main loop.
 *
 * jansson and OpenSSL allocate through this file as well. session_link.c does not: the session process
 * shares it, and a frame that finds no memory ends the session, which is reported.
 *
 * malloc keeps a freed block of up to 32 MiB for later use, so one large message would stay in the
 * process for ever. front_memory_begin fixes malloc's mmap threshold: each block above it is a mapping of
 * its own and is unmapped when it is freed. front_memory_settle returns the pages of many small blocks
 * (the JSON values of a large message).
 *
 * The functions may be called by any thread. Blocks are freed with free().
 */
#ifndef KERNEL_FRONT_FRONT_MEMORY_H
#define KERNEL_FRONT_FRONT_MEMORY_H

#include <stddef.h>

enum {
    FRONT_MEMORY_RESERVE_SIZE = 1024 * 1024,
    FRONT_MEMORY_MMAP_SIZE = 128 * 1024, /* larger blocks are mappings of their own           */
    FRONT_MEMORY_LARGE_SIZE =
        4 * 1024 * 1024, /* a message of this size is worth a malloc_trim     */
};

/* Before the first use of jansson or OpenSSL, and before the first thread. */
void front_memory_begin(void);

/* malloc, calloc, realloc and strdup, with the reserve. NULL: not even the reserve helped. */
void *front_memory_take(size_t size);
void *front_memory_take_zeroed(size_t size);
void *front_memory_grow(void *block, size_t size);
char *front_memory_copy_text(const char *text);

/* A message of this size was freed: the next front_memory_settle returns pages if it was large. */
void front_memory_was_freed(size_t size);

/* Main thread only: restores the reserve, and returns unused pages to the system. */
void front_memory_settle(void);

#endif
