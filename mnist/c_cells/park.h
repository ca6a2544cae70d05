/*
 * park - stops threads that are about to be left behind by a fork, each at a place where it holds no lock of the C library.
 *
 * A fork copies locks as they are. One that a thread holds at that moment (localtime takes one, for example) stays locked
 * in the child for ever, since its holder is not there. So the threads are led out of the library first:
 *
 *     asleep in the kernel                 stays: who waits for a lock does not hold it
 *     in the cell's own code               stops there: SIGTRAP's handler does not return
 *     in the library                       goes on, instruction by instruction as under a debugger, to its end; then stops
 *
 * Where the processor cannot be made to step from here (not x86-64), the threads are looked at until they are outside by
 * chance. A thread that blocks SIGTRAP, or takes longer than PARK_MS, goes on as it is; so does what a cell's own locks say.
 */
#ifndef MNIST_C_CELLS_PARK_H
#define MNIST_C_CELLS_PARK_H

#include <sys/types.h>

enum { PARK_MS = 200 };

/* Not the caller's own thread. */
void park_threads(const pid_t *threads, int count);

/* After the fork, in the child, or where there was none: SIGTRAP is handled as before. */
void park_end(void);

#endif
