/*
 * peak_avx2 - chains of multiply-adds on 8 floats at a time, for processors with AVX2 and FMA;
 * peak.c checks that.
 */
#include "mnist/bench/peak_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

static float run(long turns)
{
    const __m256 half = _mm256_set1_ps(0.5f), one = _mm256_set1_ps(1.0f);
#define BEGIN(i) __m256 x##i = _mm256_set1_ps(3.0f + i);
#define STEP(i)  x##i = _mm256_fmadd_ps(x##i, half, one);
#define ADD(i)   sum = _mm256_add_ps(sum, x##i);
    PEAK_EACH(BEGIN)
    for (long turn = 0; turn < turns; turn++) {
        PEAK_EACH(STEP)
    }
    __m256 sum = _mm256_setzero_ps();
    PEAK_EACH(ADD)
    float lanes[8], total = 0;
    _mm256_storeu_ps(lanes, sum);
    for (int i = 0; i < 8; i++)
        total += lanes[i];
    return total;
}

const struct peak_kernel peak_kernel_avx2 = {
    .name = "AVX2", .turn_flop = 2.0 * 8 * PEAK_CHAINS, .run = run};
#endif
