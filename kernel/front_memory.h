/*
 * front_memory - allocation in the front process: a reserve for out-of-memory situations, and the
 * return of large blocks to the system.
 *
 * A request must be answered even if an allocation fails on the way. front_memory_begin therefore
 * allocates a reserve block. When malloc fails, the reserve is freed and malloc is tried once
 * more; a reply is small, so the second attempt succeeds. front_memory_settle restores the
 * reserve in each turn of the main loop.
 *
 * jansson and OpenSSL allocate through this file as well. session_link.c does not, because the
 * session process uses it too; if memory for a frame runs out, the session is ended, which is
 * reported.
 *
 * glibc's malloc keeps freed blocks of up to 32 MiB, so the memory of one large message would never
 * be returned. front_memory_begin fixes malloc's mmap threshold: each larger block is a separate
 * mapping, which is unmapped when the block is freed. front_memory_settle returns the pages of many
 * small blocks (the JSON values of a large message).
 *
 * The functions may be called by any thread. Blocks are freed with free().
 */
#ifndef KERNEL_FRONT_MEMORY_H
#define KERNEL_FRONT_MEMORY_H

#include <stddef.h>

enum {
    FRONT_MEMORY_RESERVE_SIZE = 1024 * 1024,
    FRONT_MEMORY_MMAP_SIZE = 128 * 1024,       /* larger blocks are separate mappings */
    FRONT_MEMORY_LARGE_SIZE = 4 * 1024 * 1024, /* freeing a message this large calls malloc_trim */
};

/* Call before the first use of jansson or OpenSSL, and before the first thread starts. */
void front_memory_begin(void);

/* malloc, calloc, realloc and strdup with the reserve. NULL: memory ran out in spite of it. */
void *front_memory_alloc(size_t size);
void *front_memory_alloc_zeroed(size_t size);
void *front_memory_realloc(void *block, size_t size);
char *front_memory_strdup(const char *text);

/* Records that a message of this size was freed; after a large one, the next front_memory_settle
   returns unused pages. */
void front_memory_was_freed(size_t size);

/* Restores the reserve and returns unused pages to the system. Main thread only. */
void front_memory_settle(void);

#endif
