/*
 * peak - the highest number of floating-point operations per second of this machine: fused
 * multiply-adds on registers, without memory access, on every thread of a pool.
 *
 * `bench` (mnist/bench/bench.c) measures the peak together with the speed of a network and prints
 * one as a share of the other. Clock frequency and other load vary, so a peak from a data sheet or
 * an earlier run is not comparable. No engine uses it.
 *
 * A kernel computes PEAK_CHAINS independent sums (peak_kernels.h), enough to keep every multiplier
 * busy while each sum waits for its previous step. The kernels that exist depend on the compiler
 * flags, those that may run on the processor.
 */
#ifndef MNIST_BENCH_PEAK_H
#define MNIST_BENCH_PEAK_H

#include "mnist/base/thread_pool.h"

struct peak_kernel {
    const char *name; /* "AVX-512", "AVX2", "NEON", "SSE2", "plain C" */
    double turn_flop; /* floating-point operations of one turn: 2 for each multiply-add */
    /* Executes turns of x = x / 2 + 1, in chain i from 3 + i. Returns the sum of all lanes of all
       chains, so that the compiler can omit none: 24 + 78 / 2^turns for each lane. */
    float (*run)(long turns);
};

/* Kernel number index of those that this processor can run, the widest first; NULL after the last.
   There is at least one. */
const struct peak_kernel *peak_kernel_at(int index);

/* Floating-point operations per second of all threads together, measured over about this number of
   seconds, > 0; a few milliseconds are sufficient. */
double peak_measure(const struct peak_kernel *kernel, struct thread_pool *pool, double seconds);

#endif
