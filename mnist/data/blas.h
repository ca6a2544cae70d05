/*
 * blas - OpenBLAS kept to the calling thread.
 *
 * data/ shares out its own work over a pool (pool.h), so each BLAS call must stay on the thread
 * that makes it; else two sets of threads would fight for the same processors. The setting is
 * OpenBLAS's own, one for the process: taken by the pool's owner before the work, put back after
 * it.
 */
#ifndef MNIST_DATA_BLAS_H
#define MNIST_DATA_BLAS_H

#include <cblas.h>
#include <stddef.h>

/* Ends the threads that OpenBLAS starts when it is loaded: they look for work for a while before they
   sleep, and a training of a second loses 50 ms to them. It does the same itself at a fork, and
   starts them anew when it is asked for more than one. */
#if defined(__linux__)
extern int blas_thread_shutdown_(void) __attribute__((weak)); /* not in a build without threads */
#endif
static inline void blas_rest(void)
{
#if defined(__linux__)
    if (blas_thread_shutdown_ != NULL)
        blas_thread_shutdown_();
#endif
}

/* From now on one thread a call. Returns what blas_restore wants back. */
static inline int blas_single(void)
{
    int before = openblas_get_num_threads();
    openblas_set_num_threads(1);
    return before;
}

static inline void blas_restore(int before)
{
    openblas_set_num_threads(before);
}

#endif
