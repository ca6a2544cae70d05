/*
 * peak_kernels - what the files peak*.c share: the kernels' names, and how a chain is written
 * twelve times.
 *
 * Private to them. A multiply-add takes four or five cycles until its sum can be added to again,
 * and a core begins two of them in each: ten chains are needed. Twelve with their two constants
 * still fit the 16 registers of AVX2. An array of sums would be left in memory by compilers that do
 * not unroll its loop, so each chain is a variable of its own. Each begins with a number of its
 * own, from 3 on: of equal chains the compiler does one, and one from 2, which stays 2, never.
 */
#ifndef MNIST_BENCH_PEAK_KERNELS_H
#define MNIST_BENCH_PEAK_KERNELS_H

#include "mnist/bench/peak.h"

enum { PEAK_CHAINS = 12 };

/* Does for each chain what each(number) says. */
#define PEAK_EACH(each)                                                                      \
    each(0) each(1) each(2) each(3) each(4) each(5) each(6) each(7) each(8) each(9) each(10) \
        each(11)

/* Of files with machine flags: only for a processor that has them. */
extern const struct peak_kernel peak_kernel_avx2, peak_kernel_avx512;

#endif
