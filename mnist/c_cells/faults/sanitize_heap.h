/*
 * sanitize_heap - in the process of a checked cell: who allocates and frees with whom.
 *
 * AddressSanitizer's runtime comes into a process that has long had a heap, so two are in use: what
 * the sanitizer gives has guarded ends, what the C library gives has not. Blocks cross over:
 * getline's buffer, an older cell's list, a text of the session's. So every free and realloc of the
 * process goes through this file, which looks whose the block is; and what the cells and the C
 * library allocate from now on is the sanitizer's.
 *
 * The runtime is not put before the C library (LD_PRELOAD, RTLD_DEEPBIND): the first needs a fresh
 * process, without what the session knows; with the second the cell would have another stdin and
 * environ than the program.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_HEAP_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_HEAP_H

#include "mnist/base/errors.h"

/* Before the cell's object is loaded: the memory that is there is where pointers to blocks may lie.
   */
void sanitize_heap_begin(void);

/* object: the cell's, which is loaded, and with it the sanitizer; folder: of all cells' objects.
   False with error set: no sanitizer came with it. */
bool sanitize_heap_join(const char *object, const char *folder, struct error *error);

/* Writes the blocks that nothing points to any more into the sanitizer's log. */
void sanitize_heap_find_leaks(void);

#endif
