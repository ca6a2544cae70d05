/*
 * pages - anonymous memory mappings (mmap, mprotect, madvise).
 */
#include "mnist/data/pages.h"

#include <sys/mman.h>

/* mmap refuses size 0, but an empty file needs memory as well. */
static size_t at_least_one(size_t size)
{
    return size > 0 ? size : 1;
}

uint8_t *pages_new(size_t size)
{
    void *memory =
        mmap(NULL, at_least_one(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
#if defined(MADV_HUGEPAGE)
    (void)madvise(memory, at_least_one(size), MADV_HUGEPAGE); /* only an optimisation */
#endif
    return memory;
}

bool pages_allow_writes(uint8_t *memory, size_t size, bool allowed)
{
    return mprotect(memory, at_least_one(size), allowed ? PROT_READ | PROT_WRITE : PROT_READ) == 0;
}

void pages_free(uint8_t *memory, size_t size)
{
    if (memory != NULL)
        munmap(memory, at_least_one(size));
}
