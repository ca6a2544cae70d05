/*
 * peak_kernels - shared by peak*.c only: the names of the kernels, and a macro that repeats a chain
 * twelve times.
 *
 * A multiply-add takes four or five cycles until its result can be used, and a core starts two in
 * each cycle, so at least ten chains are needed. Twelve with their two constants fit the 16
 * registers of AVX2. Each chain is a variable of its own, because some compilers keep an array in
 * memory if they do not unroll its loop. Each begins with a different number, from 3: the compiler
 * computes equal chains only once, and omits a chain from 2, which stays 2.
 */
#ifndef MNIST_BENCH_PEAK_KERNELS_H
#define MNIST_BENCH_PEAK_KERNELS_H

#include "mnist/bench/peak.h"

enum { PEAK_CHAINS = 12 };

/* Expands each(number) for every chain. */
#define PEAK_EACH(each)                                                                      \
    each(0) each(1) each(2) each(3) each(4) each(5) each(6) each(7) each(8) each(9) each(10) \
        each(11)

/* Compiled with machine flags: call only on a processor with these instructions. */
extern const struct peak_kernel peak_kernel_avx2, peak_kernel_avx512;

#endif
