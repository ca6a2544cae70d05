/*
 * front_memory - malloc that frees the reserve and retries when it fails.
 */
#include "kernel/front_memory.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(void *) reserve;
static atomic_bool large_was_freed;

static void release_reserve(void)
{
    free(atomic_exchange(&reserve, NULL));
}

void *front_memory_alloc(size_t size)
{
    void *block = malloc(size);
    if (block != NULL)
        return block;
    release_reserve();
    return malloc(size);
}

void *front_memory_alloc_zeroed(size_t size)
{
    void *block = front_memory_alloc(size);
    return block != NULL ? memset(block, 0, size) : NULL;
}

void *front_memory_realloc(void *block, size_t size)
{
    void *larger = realloc(block, size);
    if (larger != NULL)
        return larger;
    release_reserve();
    return realloc(block, size);
}

char *front_memory_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = front_memory_alloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static void *alloc_for_openssl(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return size > 0 ? front_memory_alloc(size) : NULL;
}

static void *realloc_for_openssl(void *block, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    if (size > 0)
        return front_memory_realloc(block, size);
    free(block);
    return NULL;
}

static void free_for_openssl(void *block, const char *file, int line)
{
    (void)file, (void)line;
    free(block);
}

void front_memory_begin(void)
{
#if defined(M_MMAP_THRESHOLD)
    mallopt(M_MMAP_THRESHOLD, FRONT_MEMORY_MMAP_SIZE);
#endif
    json_set_alloc_funcs(front_memory_alloc, free);
    CRYPTO_set_mem_functions(alloc_for_openssl, realloc_for_openssl, free_for_openssl);
    front_memory_settle();
}

void front_memory_was_freed(size_t size)
{
    if (size >= FRONT_MEMORY_LARGE_SIZE)
        atomic_store(&large_was_freed, true);
}

void front_memory_settle(void)
{
    if (atomic_load(&reserve) == NULL)
        atomic_store(&reserve, malloc(FRONT_MEMORY_RESERVE_SIZE));
#if defined(__GLIBC__)
    if (atomic_exchange(&large_was_freed, false))
        malloc_trim(0);
#endif
}
