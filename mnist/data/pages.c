/*
 * pages - anonymous mappings.
 */
#include "mnist/data/pages.h"

#include <sys/mman.h>

uint8_t *pages_new(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
#if defined(MADV_HUGEPAGE)
    (void)madvise(memory, size, MADV_HUGEPAGE); /* only an optimisation */
#endif
    return memory;
}

bool pages_allow_writes(uint8_t *memory, size_t size, bool allowed)
{
    return mprotect(memory, size, allowed ? PROT_READ | PROT_WRITE : PROT_READ) == 0;
}

void pages_free(uint8_t *memory, size_t size)
{
    if (memory != NULL)
        munmap(memory, size);
}
