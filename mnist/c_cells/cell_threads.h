/*
 * cell_threads - counts the threads that C cells have started and that have not ended.
 *
 * A cell's calls of pthread_create and thrd_create are redirected to functions of this file
 * (CELL_THREADS_NAMES, the first lines of each translation unit), which start the thread and count
 * it until it ends. Threads that a library starts for itself, as OpenMP does, and the threads of
 * the session's own pool are not counted.
 *
 *     the cell's function returns ─> crash_call: cell_threads_settle ─> cell_run: a line in the
 *                                                                       cell's output
 *
 * Threads that outlive their cell run on in the session process and end with it. They restrict what
 * the process can do meanwhile:
 *
 *     fork      A fork has only the calling thread, and copies locks as they are: a lock of the C
 *               library that another thread holds (localtime, rand and dlsym have one) stays locked
 *               in the child forever. So no copy of the session is made: no standby
 *               (session_can_be_copied), no checked cell. A crash restores the last copy, which is
 *               the state before the threads were started; the cell's output and the crash's report
 *               say so.
 *     freopen   It locks a stream, then the list of all streams. fflush(NULL) in another thread
 *               locks in the opposite order. streams.c uses neither.
 */
#ifndef MNIST_C_CELLS_CELL_THREADS_H
#define MNIST_C_CELLS_CELL_THREADS_H

enum { CELL_THREADS_GRACE_MS = 50 };

/* The first lines of each translation unit. */
#define CELL_THREADS_NAMES                                           \
    "#pragma redefine_extname pthread_create mnist_pthread_create\n" \
    "#pragma redefine_extname thrd_create mnist_thrd_create\n"

/* The number of threads that cells have started and that have not ended. */
int cell_threads_running(void);

/* Waits until at most `allowed` threads run, but no longer than CELL_THREADS_GRACE_MS: threads that
   are about to end are not reported. */
void cell_threads_settle(int allowed);

/* In the child of a fork, which has none of these threads. */
void cell_threads_after_fork(void);

#endif
