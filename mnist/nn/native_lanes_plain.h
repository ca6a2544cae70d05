/*
 * native_lanes_plain - C without vector instructions: 4 lanes of the compiler's own vectors.
 *
 * Part of native_lanes.h, and included by it alone. Each function is explained in
 * native_lanes_avx512.h.
 */
#ifndef MNIST_NN_NATIVE_LANES_PLAIN_H
#define MNIST_NN_NATIVE_LANES_PLAIN_H

#if defined(__SSE2__)
#include <emmintrin.h> /* every x86-64 has it */
#endif
#define NATIVE(name) name##_plain
enum { VEC = 4, REGISTERS = 16 };
typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));
typedef ivec vmask;
typedef double dvec __attribute__((vector_size(16)));
typedef int64_t lvec __attribute__((vector_size(16)));

INLINED vec vec_load(const float *p)
{
    vec a;
    memcpy(&a, p, sizeof a);
    return a;
}
INLINED void vec_store(float *p, vec a)
{
    memcpy(p, &a, sizeof a);
}
INLINED vec vec_set(float a)
{
    return (vec){a, a, a, a};
}
/* Two lanes. The product is exact in doubles; the sum is rounded to odd (Boldo and Melquiond 2008),
   so that rounding it to float is as if it were the only rounding. */
INLINED dvec fma_odd(dvec a, dvec b, dvec c)
{
    dvec product = a * b, sum = product + c, part = sum - product;
    dvec error = (product - (sum - part)) + (c - part); /* what the sum lost: Knuth's TwoSum */
    lvec bits;
    memcpy(&bits, &sum, sizeof bits);
    lvec even = (bits & 1) - 1; /* masks are -1 */
    lvec away = ((error > 0) & (sum > 0)) | ((error < 0) & (sum < 0));
    lvec back = ((error > 0) & (sum < 0)) | ((error < 0) & (sum > 0));
    bits += (even & back) - (even & away);
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}
#if defined(__SSE2__)
INLINED vec vec_fma(vec a, vec b, vec c)
{
    __m128d low =
        (__m128d)fma_odd((dvec)_mm_cvtps_pd(a), (dvec)_mm_cvtps_pd(b), (dvec)_mm_cvtps_pd(c));
    __m128d high = (__m128d)fma_odd((dvec)_mm_cvtps_pd(_mm_movehl_ps(a, a)),
                                    (dvec)_mm_cvtps_pd(_mm_movehl_ps(b, b)),
                                    (dvec)_mm_cvtps_pd(_mm_movehl_ps(c, c)));
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
#else
INLINED vec vec_fma(vec a, vec b, vec c)
{
    dvec low = fma_odd((dvec){a[0], a[1]}, (dvec){b[0], b[1]}, (dvec){c[0], c[1]});
    dvec high = fma_odd((dvec){a[2], a[3]}, (dvec){b[2], b[3]}, (dvec){c[2], c[3]});
    return (vec){(float)low[0], (float)low[1], (float)high[0], (float)high[1]};
}
#endif
INLINED vec vec_add(vec a, vec b)
{
    return a + b;
}
INLINED vec vec_sub(vec a, vec b)
{
    return a - b;
}
INLINED vec vec_mul(vec a, vec b)
{
    return a * b;
}
INLINED vmask vec_below(vec a, vec b)
{
    return (b > a) | (b != b);
}
INLINED vmask vec_positive(vec a)
{
    return a > 0;
}
INLINED ivec ivec_select(vmask mask, ivec a, ivec b)
{
    return (mask & a) | (~mask & b);
}
INLINED vec vec_select(vmask mask, vec a, vec b)
{
    ivec x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    x = ivec_select(mask, x, y);
    memcpy(&a, &x, sizeof a);
    return a;
}
INLINED ivec ivec_set(int32_t a)
{
    return (ivec){a, a, a, a};
}
INLINED void ivec_store_bytes(uint8_t *p, ivec a)
{
    for (int i = 0; i < VEC; i++)
        p[i] = (uint8_t)a[i];
}
INLINED ivec ivec_load_bytes(const uint8_t *p)
{
    return (ivec){p[0], p[1], p[2], p[3]};
}
INLINED vec vec_pick4(const float *values, ivec index)
{
    return (vec){values[index[0]], values[index[1]], values[index[2]], values[index[3]]};
}
INLINED void vec_store_pairs(void *p, vec a, vec b)
{
    vec_store(p, (vec){a[0], b[0], a[1], b[1]});
    vec_store((float *)p + VEC, (vec){a[2], b[2], a[3], b[3]});
}
INLINED vmask words_reach(const uint16_t *p, uint32_t limit)
{
    return (ivec){p[0], p[1], p[2], p[3]} >= ivec_set((int32_t)limit);
}
INLINED uint32_t vec_nonzero(vec a)
{
    uint32_t bits = 0;
    for (int i = 0; i < VEC; i++)
        bits |= (uint32_t)(a[i] != 0) << i;
    return bits;
}

#endif
