/*
 * lanes_avx512 - AVX-512: 16 lanes; masks have registers of their own.
 *
 * Included only by lanes.h. The functions are the same in all lanes_*.h and are documented here.
 */
#ifndef MNIST_NN_NATIVE_LANES_AVX512_H
#define MNIST_NN_NATIVE_LANES_AVX512_H

#include <immintrin.h>
#define NATIVE(name) name##_avx512
enum { VEC = 16, REGISTERS = 32 };
typedef __m512 vec;
typedef __m512i ivec;
typedef __mmask16 vmask;

INLINED vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
INLINED void vec_store(float *p, vec a)
{
    _mm512_storeu_ps(p, a);
}
INLINED vec vec_set(float a)
{
    return _mm512_set1_ps(a);
}
/* a * b + c, rounded once. */
INLINED vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
INLINED vec vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}
INLINED vec vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}
INLINED vec vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}
INLINED vec vec_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}
/* a < b ? a : b, so b if one of them is NaN. */
INLINED vec vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}
/* a > b ? a : b, so b if one of them is NaN. */
INLINED vec vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}
/* -|a|; sets the sign bit. */
INLINED vec vec_minus_abs(vec a)
{
    return _mm512_or_ps(_mm512_set1_ps(-0.0f), a);
}
/* The bits of a, shifted left by the 23 bits of a float's fraction: the last 8 bits of a become the
   exponent of the result, bit 8 its sign. */
INLINED vec vec_exponent_from_bits(vec a)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}
/* b > a, or b is NaN */
INLINED vmask vec_below(vec a, vec b)
{
    return _mm512_cmp_ps_mask(b, a, _CMP_GT_OQ) | _mm512_cmp_ps_mask(b, b, _CMP_UNORD_Q);
}
/* a > 0 */
INLINED vmask vec_positive(vec a)
{
    return _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_GT_OQ);
}
/* mask ? a : b */
INLINED vec vec_select(vmask mask, vec a, vec b)
{
    return _mm512_mask_blend_ps(mask, b, a);
}
/* a in the lanes where the sign bit of sign is set, otherwise b. */
INLINED vec vec_select_signed(vec sign, vec a, vec b)
{
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(sign)), b, a);
}
INLINED ivec ivec_select(vmask mask, ivec a, ivec b)
{
    return _mm512_mask_blend_epi32(mask, b, a);
}
INLINED ivec ivec_set(int32_t a)
{
    return _mm512_set1_epi32(a);
}
INLINED void ivec_store_bytes(uint8_t *p, ivec a)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
INLINED ivec ivec_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
/* Lane i = values[index of lane i], index 0 to 3. */
INLINED vec vec_pick4(const float *values, ivec index)
{
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(values)), index);
}
/* Stores a[0] b[0] a[1] b[1] ... */
INLINED void vec_store_pairs(void *p, vec a, vec b)
{
    ivec low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    ivec high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    vec_store(p, _mm512_permutex2var_ps(a, low, b));
    vec_store((float *)p + VEC, _mm512_permutex2var_ps(a, high, b));
}
/* Mask of the 16-bit numbers that are at least limit. */
INLINED vmask words_at_least(const uint16_t *p, uint32_t limit)
{
    __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_cmpge_epi32_mask(words, _mm512_set1_epi32((int)limit));
}
/* Bit i is set if lane i is nonzero. */
INLINED uint32_t vec_nonzero(vec a)
{
    __mmask16 mask = _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    uint32_t bits;
    /* Not a cast: gcc 12 may spill the mask as 2 bytes and read back 4. */
    __asm__("kmovw %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

/* Adds the halves (then quarters) of several vectors, in the order of block_sum. */
INLINED vec add_halves(vec a, vec b)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
}
INLINED vec add_quarters(vec ab, vec cd)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xDD));
}

/* Lane i = block_sum of sums[i]; needs half as many shuffles as 16 separate sums. */
INLINED vec sums_of_16(const vec *sums)
{
    vec fours[4], twos[2];
    UNROLLED
    for (int i = 0; i < 4; i++) /* quarter k of fours[i] belongs to sums[4 k + i] */
        fours[i] =
            add_quarters(add_halves(sums[i], sums[4 + i]), add_halves(sums[8 + i], sums[12 + i]));
    UNROLLED
    for (int i = 0; i < 2; i++) {
        __m512d a = _mm512_castps_pd(fours[2 * i]), b = _mm512_castps_pd(fours[2 * i + 1]);
        twos[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                                _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    return _mm512_add_ps(_mm512_shuffle_ps(twos[0], twos[1], 0x88),
                         _mm512_shuffle_ps(twos[0], twos[1], 0xDD));
}

/* Bit i of the result is bit `bit` of byte i, for 16 bytes. */
INLINED uint32_t bytes_bit(const uint8_t *p, int bit)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(bytes, 7 - bit));
}

#endif
