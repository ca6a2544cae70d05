/*
 * lanes - vectors of floats on each instruction set, for the *_kernels.c files.
 *
 * Those files are compiled once per instruction set, with NATIVE_AVX512, NATIVE_AVX2 or NATIVE_NEON
 * defined, or none of them for plain C. A vector (vec) has VEC lanes: 16, 8 or 4. All stored values
 * are in blocks of 16 channels (native.h), so a block is 1, 2 or 4 vectors.
 *
 * All instruction sets give the same bits, because
 *   - lanes are independent outputs, each computed by a chain of operations in one fixed order;
 *   - a sum across lanes always uses 16 virtual lanes and one fixed tree (block_sum);
 *   - only + - * / sqrt, comparisons and fused multiply-adds are used, each rounded once. Without a
 *     hardware fused multiply-add, vec_fma computes the same result in double precision.
 */
#ifndef MNIST_NN_NATIVE_LANES_H
#define MNIST_NN_NATIVE_LANES_H

#include <stdint.h>
#include <string.h>

#define INLINED static inline __attribute__((always_inline))

/* Unrolls a loop whose count is constant after inlining, so that its vectors are kept in
   registers. */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 64")
#endif

enum { BLOCK = 16 };

#if defined(NATIVE_AVX512)
#include "mnist/nn/native/lanes_avx512.h"
#elif defined(NATIVE_AVX2)
#include "mnist/nn/native/lanes_avx2.h"
#elif defined(NATIVE_NEON)
#include "mnist/nn/native/lanes_neon.h"
#else
#include "mnist/nn/native/lanes_plain.h"
#endif

#if !defined(NATIVE_AVX512) && !defined(NATIVE_AVX2)
INLINED uint32_t bytes_bit(const uint8_t *p, int bit)
{
    uint32_t bits = 0;
    for (int i = 0; i < 16; i++)
        bits |= (uint32_t)(p[i] >> bit & 1) << i;
    return bits;
}
#endif

enum { BLOCK_VECS = BLOCK / VEC };

/* Returns p, but the compiler cannot see that. Otherwise it may split the address and keep one
   index register for each vector that is loaded from it. */
INLINED const float *opaque_address(const float *p)
{
    __asm__("" : "+r"(p));
    return p;
}

/* Prevents the compiler from moving loads across this point: hoisting the weights out of a loop may
   need more registers than there are. */
INLINED void compiler_barrier(void)
{
    __asm__ volatile("" ::: "memory");
}

/* Bit i is set if lane i of the block is nonzero. */
INLINED uint32_t block_nonzero(const float *p)
{
    uint32_t bits = 0;
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        bits |= vec_nonzero(vec_load(p + v * VEC)) << (v * VEC);
    return bits;
}

INLINED vec vec_zero(void)
{
    return vec_set(0);
}

/* Negative values become 0. NaN stays NaN and -0 stays -0. */
INLINED vec vec_relu(vec a)
{
    vec zero = vec_zero();
#if defined(NATIVE_AVX512)
    return _mm512_max_ps(zero, a); /* returns a if both are equal or one is NaN */
#elif defined(NATIVE_AVX2)
    return _mm256_max_ps(zero, a);
#elif defined(NATIVE_NEON)
    return vbslq_f32(vcltq_f32(a, zero), zero, a);
#else
    return vec_select(a < zero, zero, a);
#endif
}

/* The values at even and odd indices of the 2 VEC values a, b. */
#if defined(NATIVE_AVX512)
#define EVENS 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODDS  1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif defined(NATIVE_AVX2)
#define EVENS 0, 2, 4, 6, 8, 10, 12, 14
#define ODDS  1, 3, 5, 7, 9, 11, 13, 15
#else
#define EVENS 0, 2, 4, 6
#define ODDS  1, 3, 5, 7
#endif
INLINED vec vec_evens(vec a, vec b)
{
    return __builtin_shufflevector(a, b, EVENS);
}
INLINED vec vec_odds(vec a, vec b)
{
    return __builtin_shufflevector(a, b, ODDS);
}

/* The larger of a and b, and its index. The first wins a tie. */
INLINED vec vec_larger(vec a, vec b, ivec *index, ivec number_b)
{
    vmask below = vec_below(a, b);
    *index = ivec_select(below, number_b, *index);
    return vec_select(below, b, a);
}

/* The maximum of four values and its index, 0 to 3. The first wins a tie. NaN is larger than any
   number; the last of several NaN wins. The result is the same as that of three comparisons in
   order, but a tree of two steps has independent comparisons: with three in order, the first
   convolution of `keras` takes 1.16 times as long (AVX2). */
INLINED vec vec_largest(vec a, vec b, vec c, vec d, ivec *index)
{
    ivec number_c = ivec_set(2);
    *index = ivec_set(0);
    a = vec_larger(a, b, index, ivec_set(1));
    c = vec_larger(c, d, &number_c, ivec_set(3));
    return vec_larger(a, c, index, number_c);
}

/* The sum of the 16 lanes of a block: lane i + lane i + 8, then i + 4, i + 2, i + 1. */
INLINED float block_sum(const vec lanes[BLOCK_VECS])
{
    float eight[8];
#if defined(NATIVE_AVX512)
    __m256 high = _mm512_extractf32x8_ps(lanes[0], 1);
    __m256 a = _mm256_add_ps(_mm512_castps512_ps256(lanes[0]), high);
#elif defined(NATIVE_AVX2)
    __m256 a = _mm256_add_ps(lanes[0], lanes[1]);
#endif
#if defined(NATIVE_AVX512) || defined(NATIVE_AVX2)
    (void)eight;
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
#else
    vec_store(eight, vec_add(vec_add(lanes[0], lanes[2]), vec_add(lanes[1], lanes[3])));
    return (eight[0] + eight[2]) + (eight[1] + eight[3]);
#endif
}

/* to[i] = block_sum(sums[i]) for count blocks. */
INLINED void block_sums(float *to, const vec (*sums)[BLOCK_VECS], int count)
{
    int i = 0;
#if defined(NATIVE_AVX512)
    for (; i + 16 <= count; i += 16)
        vec_store(to + i, sums_of_16(sums[i]));
#endif
    UNROLLED
    for (; i < count; i++)
        to[i] = block_sum(sums[i]);
}

#endif
