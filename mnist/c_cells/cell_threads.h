/*
 * cell_threads - those that cells of C start: counted, so that what a cell leaves running is known.
 *
 * A cell's calls of pthread_create and thrd_create go to functions of this file (CELL_THREADS_NAMES, in translation_unit.c), which count. What a library starts for itself, as OpenMP does, and the session's own pool are not counted: they are kept for
 * the next use, and the libraries would take it ill if they were gone.
 *
 *     cell's function returns ─> crash_call: cell_threads_settle ─> cells.c: cell_threads_running? ─> renew.h
 */
#ifndef MNIST_C_CELLS_CELL_THREADS_H
#define MNIST_C_CELLS_CELL_THREADS_H

enum { CELL_THREADS_GRACE_MS = 50, CELL_THREADS_KNOWN_MAX = 256 };

/* What a cell's translation unit begins with. */
#define CELL_THREADS_NAMES                                           \
    "#pragma redefine_extname pthread_create mnist_pthread_create\n" \
    "#pragma redefine_extname thrd_create mnist_thrd_create\n"

/* Waits for the cell's threads to end by themselves, at most CELL_THREADS_GRACE_MS. */
void cell_threads_settle(void);

/* How many threads that a cell started have not ended. */
int cell_threads_running(void);

/* Stops those that run, at most CELL_THREADS_KNOWN_MAX of them, where a fork may leave them (park.h). cell_threads_unpark puts back
   in order what that changed; the threads stay where they are. */
void cell_threads_park(void);
void cell_threads_unpark(void);

/* In the child of a fork: they stayed behind. */
void cell_threads_after_fork(void);

#endif
