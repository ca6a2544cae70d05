/*
 * sanitize_heap - combines two heaps in the process of a checked cell: the C library's and
 * AddressSanitizer's.
 *
 * AddressSanitizer's runtime is loaded into a process that already has a heap. Its blocks have
 * guard zones, those of the C library have none, and blocks of one are freed by code that uses the
 * other: getline's buffer, a list of an earlier cell, a string of the session. So each free and
 * realloc of the process is redirected to this file, which finds out whose the block is.
 * Allocations of the cells and of the C library go to the sanitizer from then on.
 *
 * The runtime is not loaded before the C library. LD_PRELOAD needs a new process, without the
 * session's state; with RTLD_DEEPBIND the cell would have its own stdin and environ.
 */
#ifndef MNIST_C_CELLS_FAULTS_SANITIZE_HEAP_H
#define MNIST_C_CELLS_FAULTS_SANITIZE_HEAP_H

#include "mnist/base/errors.h"

/* Must be called before the cell's object is loaded: records the memory regions in which pointers
   to blocks may be. */
void sanitize_heap_begin(void);

/* object: the loaded object of the cell, which has loaded the sanitizer; folder: that of all cells'
   objects. False with error set: the sanitizer lacks a needed function. */
bool sanitize_heap_join(const char *object, const char *folder, struct error *error);

/* Logs the blocks that no pointer refers to any more. */
void sanitize_heap_find_leaks(void);

#endif
