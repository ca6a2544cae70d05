/*
 * peak_avx512 - chains of multiply-adds on 16 floats at a time, for processors with AVX-512;
 * peak.c checks that.
 */
#include "mnist/bench/peak_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

static float run(long turns)
{
    const __m512 half = _mm512_set1_ps(0.5f), one = _mm512_set1_ps(1.0f);
#define BEGIN(i) __m512 x##i = _mm512_set1_ps(3.0f + i);
#define STEP(i)  x##i = _mm512_fmadd_ps(x##i, half, one);
#define ADD(i)   sum = _mm512_add_ps(sum, x##i);
    PEAK_EACH(BEGIN)
    for (long turn = 0; turn < turns; turn++) {
        PEAK_EACH(STEP)
    }
    __m512 sum = _mm512_setzero_ps();
    PEAK_EACH(ADD)
    float lanes[16], total = 0;
    _mm512_storeu_ps(lanes, sum);
    for (int i = 0; i < 16; i++)
        total += lanes[i];
    return total;
}

const struct peak_kernel peak_kernel_avx512 = {
    .name = "AVX-512", .turn_flop = 2.0 * 16 * PEAK_CHAINS, .run = run};
#endif
