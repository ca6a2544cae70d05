/*
 * blas - OpenBLAS within limits: one thread a call, and no call without memory for it.
 *
 * data/ shares out its own work over a pool (thread_pool.h), and so does the engine of nn/ that
 * uses BLAS, so each BLAS call must stay on the thread that makes it; else two sets of threads
 * would fight for the same processors. The setting is OpenBLAS's own, one for the process: made by
 * the pool's owner before the work, put back after it.
 *
 * Each thread that calls BLAS at the same time as others needs a buffer of BLAS_BUFFER_SIZE, which
 * OpenBLAS maps when it is first needed and keeps. If the mapping fails, OpenBLAS tries again for
 * ever (front_memory.c, blas_memory_alloc). So the buffers are mapped here, after it was checked
 * that they fit into the address space that `ulimit -v` allows.
 *
 * While it is loaded, OpenBLAS starts a thread with a buffer for every processor. A .preinit_array
 * function, which runs before the constructors of libraries, holds it to one thread without a
 * buffer. A program that links blas.c therefore starts within any limit that its code fits into.
 */
#ifndef MNIST_BASE_BLAS_H
#define MNIST_BASE_BLAS_H

#include <cblas.h>
#include <stdbool.h>

#include "mnist/base/errors.h"

enum { BLAS_BUFFER_SIZE = 128 * 1024 * 1024 }; /* OpenBLAS's BUFFER_SIZE, 32 << 22 */

/* Buffers for calls by this number of threads at the same time. False with error set: they do not
   fit. */
bool blas_reserve(int threads, struct error *error);

/* The same, and from now on one thread a call. *before is what blas_end takes. */
bool blas_begin(int threads, int *before, struct error *error);
void blas_end(int before);

#endif
