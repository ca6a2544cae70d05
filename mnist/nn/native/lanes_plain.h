/*
 * lanes_plain - C without vector intrinsics (except SSE2 where present): 4 lanes of the compiler's
 * vector type.
 *
 * Included only by lanes.h. lanes_avx512.h documents each function.
 */
#ifndef MNIST_NN_NATIVE_LANES_PLAIN_H
#define MNIST_NN_NATIVE_LANES_PLAIN_H

#if defined(__SSE2__)
#include <emmintrin.h> /* part of every x86-64 */
#endif
#define NATIVE(name) name##_plain
enum { VEC = 4, REGISTERS = 16 };
typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));
typedef uint32_t uvec __attribute__((vector_size(16)));
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
/*
 * vec_fma: a b + c, rounded once, computed in doubles. The product p is exact in a double (24 + 24
 * bits of at most 53; its exponent fits). Let s be p + c, rounded to a double. Rounding s to a
 * float gives the correct result unless s is a midpoint: a number exactly between two neighbouring
 * floats, or between the largest float and 2^128, where infinity begins. Reason: every midpoint m
 * is a double, and rounding is monotone, so p + c < m implies s <= m. If s is not a midpoint, s and
 * p + c lie between the same two midpoints and round to the same float. If s is a midpoint, p + c
 * may lie on either side of it. Then the sum is rounded to odd (Boldo and Melquiond 2008) instead,
 * which gives a midpoint only if p + c is exactly that midpoint.
 *
 * When is s a midpoint?
 *   - Normal floats have 23 bits of fraction, doubles 52. A midpoint between two normal floats has
 *     one more bit than they: the last 29 bits of s are a 1 and 28 zeros.
 *   - Subnormal floats are multiples of 2^-149. The last bit of a midpoint between two of them is
 *     2^-150, whose position in the fraction of s depends on the size of s. Therefore every s below
 *     2^-126 counts, except 0: p and c are multiples of 2^-298, so a sum of 0 is exact.
 * Both tests are needed. Without the first, 1 + 2^-23 - 2^-24 (1 - 2^-46) becomes 1. Without the
 * second, sums near odd multiples of 2^-150 are wrong (test_lanes.c has such cases). NaN and
 * infinity pass neither test: their last 29 bits are 0, because they come from floats.
 *
 * Rounding every sum to odd, without the tests, takes 3 to 4 times as long.
 */

/* Two lanes of product + c, rounded to odd. */
INLINED dvec add_odd(dvec product, dvec c)
{
    dvec sum = product + c, part = sum - product;
    dvec error =
        (product - (sum - part)) + (c - part); /* rounding error of the sum: Knuth's TwoSum */
    lvec bits;
    memcpy(&bits, &sum, sizeof bits);
    lvec even = (bits & 1) - 1; /* -1 if even; masks are 0 or -1 */
    lvec away = ((error > 0) & (sum > 0)) | ((error < 0) & (sum < 0));
    lvec back = ((error > 0) & (sum < 0)) | ((error < 0) & (sum > 0));
    bits += (even & back) - (even & away);
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}
enum {
    MIDPOINT_MASK = 0x1fffffff,  /* the last 29 bits of a double: ... */
    MIDPOINT = 0x10000000,       /* ... their value at a midpoint of normal floats */
    NORMAL_HIGH = 0x38100000,    /* upper half of the double 2^-126 */
    MAGNITUDE_HIGH = 0x7fffffff, /* upper half without the sign */
};
#if defined(__SSE2__)
/* Nonzero if one of four sums may be a midpoint. */
INLINED int any_midpoint(dvec low, dvec high)
{
    __m128 a = (__m128)low, b = (__m128)high;
    __m128i lower = (__m128i)_mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
    __m128i upper = (__m128i)_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
    __m128i middle = _mm_cmpeq_epi32(_mm_and_si128(lower, _mm_set1_epi32(MIDPOINT_MASK)),
                                     _mm_set1_epi32(MIDPOINT));
    /* Tests 0 < magnitude < NORMAL_HIGH as magnitude - 1 < NORMAL_HIGH - 1 in unsigned arithmetic.
       SSE2 has only signed comparisons, so both sides are lowered by 2^31. */
    __m128i magnitude = _mm_and_si128(upper, _mm_set1_epi32(MAGNITUDE_HIGH));
    __m128i shifted = _mm_add_epi32(magnitude, _mm_set1_epi32(INT32_MAX));
    __m128i tiny = _mm_cmplt_epi32(shifted, _mm_set1_epi32(INT32_MIN + NORMAL_HIGH - 1));
    return _mm_movemask_epi8(_mm_or_si128(middle, tiny));
}
INLINED vec to_floats(dvec low, dvec high)
{
    return _mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
}
INLINED void to_doubles(dvec to[2], vec a)
{
    to[0] = (dvec)_mm_cvtps_pd(a);
    to[1] = (dvec)_mm_cvtps_pd(_mm_movehl_ps(a, a));
}
#else
INLINED int any_midpoint(dvec low, dvec high)
{
    lvec any = {0, 0}, sums[2];
    memcpy(&sums[0], &low, sizeof low);
    memcpy(&sums[1], &high, sizeof high);
    for (int i = 0; i < 2; i++) {
        lvec magnitude = sums[i] & INT64_MAX;
        any |= (sums[i] & MIDPOINT_MASK) == MIDPOINT;
        any |= (magnitude > 0) & (magnitude < (int64_t)NORMAL_HIGH << 32);
    }
    return (any[0] | any[1]) != 0;
}
INLINED vec to_floats(dvec low, dvec high)
{
    return (vec){(float)low[0], (float)low[1], (float)high[0], (float)high[1]};
}
INLINED void to_doubles(dvec to[2], vec a)
{
    to[0] = (dvec){a[0], a[1]};
    to[1] = (dvec){a[2], a[3]};
}
#endif
/* vec_fma for vectors with a sum that may be a midpoint. Rare, and not inlined: the kernels contain
   hundreds of vec_fma, and copies of this code would take most of the time of compiling them. */
static __attribute__((noinline, cold, unused)) vec fma_odd(vec a, vec b, vec c)
{
    dvec x[2], y[2], z[2];
    to_doubles(x, a);
    to_doubles(y, b);
    to_doubles(z, c);
    return to_floats(add_odd(x[0] * y[0], z[0]), add_odd(x[1] * y[1], z[1]));
}
INLINED vec vec_fma(vec a, vec b, vec c)
{
    dvec x[2], y[2], z[2];
    to_doubles(x, a);
    to_doubles(y, b);
    to_doubles(z, c);
    dvec low = x[0] * y[0] + z[0], high = x[1] * y[1] + z[1];
    if (__builtin_expect(any_midpoint(low, high), 0))
        return fma_odd(a, b, c);
    return to_floats(low, high);
}
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
INLINED vec vec_div(vec a, vec b)
{
    return a / b;
}
INLINED vec vec_min(vec a, vec b)
{
    return vec_select(a < b, a, b);
}
INLINED vec vec_max(vec a, vec b)
{
    return vec_select(a > b, a, b);
}
INLINED vec vec_minus_abs(vec a)
{
    return vec_select((ivec){INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN}, vec_set(-1), a);
}
INLINED vec vec_select_signed(vec sign, vec a, vec b)
{
    ivec bits;
    memcpy(&bits, &sign, sizeof bits);
    return vec_select(bits < 0, a, b);
}
INLINED vec vec_exponent_from_bits(vec a)
{
    uvec bits;
    memcpy(&bits, &a, sizeof bits);
    bits <<= 23;
    memcpy(&a, &bits, sizeof a);
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
INLINED vmask words_at_least(const uint16_t *p, uint32_t limit)
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
