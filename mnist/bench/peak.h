/*
 * peak - how many floating-point operations a second this machine does at its very best: fused
 * multiply-adds on registers, no memory touched, every thread of a pool at once.
 *
 * `bench` (mnist/bench/bench.c) measures it in the same minute as a network's speed and prints
 * one as a share of the other: machines have neighbours and clocks that change, so a peak from a
 * data sheet, or of yesterday, is no measure. Engines are held against it; none uses it.
 *
 * A kernel is CHAINS independent sums (peak_kernels.h), enough to keep every multiplier busy while
 * each sum waits for its last step. Which kernels there are depends on how the program was
 * compiled, which may be run on the processor.
 */
#ifndef MNIST_BENCH_PEAK_H
#define MNIST_BENCH_PEAK_H

#include "mnist/base/thread_pool.h"

struct peak_kernel {
    const char *name; /* "AVX-512", "AVX2", "NEON", "SSE2", "plain C" */
    double turn_flop; /* floating-point operations of one turn: 2 for each multiply-add */
    /* So many turns of x = x / 2 + 1, in chain i from 3 + i on. Returns the sum of all lanes of all
       chains, so that nothing can be left out: 24 + 78 / 2^turns for each lane. */
    float (*run)(long turns);
};

/* The kernels that this processor can run, the widest first; NULL from some index on. There is
   always one. */
const struct peak_kernel *peak_kernel_at(int index);

/* Floating-point operations a second, all threads together, over about so many seconds; > 0. A few
   milliseconds will do. */
double peak_measure(const struct peak_kernel *kernel, struct thread_pool *pool, double seconds);

#endif
