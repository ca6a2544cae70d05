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
