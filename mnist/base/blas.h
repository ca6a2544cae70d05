/*
 * blas - limits for OpenBLAS: one thread for each call, and no call without memory for it.
 *
 * data/ and the BLAS engine of nn/ distribute their work over a thread pool (thread_pool.h), so
 * each BLAS call must stay on the calling thread; otherwise two sets of threads would compete for
 * the processors. The number of threads is a global setting of OpenBLAS. The owner of the pool sets
 * it before the work and restores it afterwards.
 *
 * Each thread that calls BLAS concurrently needs a buffer of BLAS_BUFFER_SIZE. OpenBLAS maps the
 * buffer on demand and keeps it; if the mapping fails, it retries forever (in its function
 * blas_memory_alloc). The buffers are therefore mapped here, after a check that they fit into the
 * address space that `ulimit -v` allows.
 *
 * When it is loaded, OpenBLAS starts one thread with a buffer for every processor. A .preinit_array
 * function, which runs before the constructors of libraries, limits it to one thread without a
 * buffer. A program that links blas.c can therefore start within any limit that its code fits into.
 */
#ifndef MNIST_BASE_BLAS_H
#define MNIST_BASE_BLAS_H

#include <cblas.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

enum { BLAS_BUFFER_SIZE = 128 * 1024 * 1024 }; /* as in OpenBLAS: 32 << 22 bytes */

/* Maps buffers for concurrent calls by this number of threads. False with error set if they do not
   fit into the address space. */
bool blas_reserve(int threads, struct error *error);

/* blas_reserve, then limits each call to one thread. *before is the old setting, for blas_end. */
bool blas_begin(int threads, int *before, struct error *error);
void blas_end(int before);

#endif
