/*
 * lanes_avx2 - AVX2 and FMA: 8 lanes; masks are vectors.
 *
 * Included only by lanes.h. lanes_avx512.h documents each function.
 */
#ifndef MNIST_NN_NATIVE_LANES_AVX2_H
#define MNIST_NN_NATIVE_LANES_AVX2_H

#include <immintrin.h>
#define NATIVE(name) name##_avx2
enum { VEC = 8, REGISTERS = 16 };
typedef __m256 vec;
typedef __m256i ivec;
typedef __m256 vmask;

INLINED vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
INLINED void vec_store(float *p, vec a)
{
    _mm256_storeu_ps(p, a);
}
INLINED vec vec_set(float a)
{
    return _mm256_set1_ps(a);
}
INLINED vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
INLINED vec vec_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}
INLINED vec vec_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}
INLINED vec vec_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}
INLINED vec vec_div(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}
INLINED vec vec_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}
INLINED vec vec_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}
INLINED vec vec_minus_abs(vec a)
{
    return _mm256_or_ps(_mm256_set1_ps(-0.0f), a);
}
INLINED vec vec_exponent_from_bits(vec a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}
INLINED vmask vec_below(vec a, vec b)
{
    return _mm256_or_ps(_mm256_cmp_ps(b, a, _CMP_GT_OQ), _mm256_cmp_ps(b, b, _CMP_UNORD_Q));
}
INLINED vmask vec_positive(vec a)
{
    return _mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ);
}
INLINED vec vec_select(vmask mask, vec a, vec b)
{
    return _mm256_blendv_ps(b, a, mask);
}
INLINED vec vec_select_signed(vec sign, vec a, vec b)
{
    return _mm256_blendv_ps(b, a, sign);
}
INLINED ivec ivec_select(vmask mask, ivec a, ivec b)
{
    return _mm256_castps_si256(
        _mm256_blendv_ps(_mm256_castsi256_ps(b), _mm256_castsi256_ps(a), mask));
}
INLINED ivec ivec_set(int32_t a)
{
    return _mm256_set1_epi32(a);
}
INLINED void ivec_store_bytes(uint8_t *p, ivec a)
{
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}
INLINED ivec ivec_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
INLINED vec vec_pick4(const float *values, ivec index)
{
    return _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128 *)(const void *)values), index);
}
INLINED void vec_store_pairs(void *p, vec a, vec b)
{
    vec low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
    vec_store(p, _mm256_permute2f128_ps(low, high, 0x20));
    vec_store((float *)p + VEC, _mm256_permute2f128_ps(low, high, 0x31));
}
INLINED vmask words_at_least(const uint16_t *p, uint32_t limit)
{
    __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(words, _mm256_set1_epi32((int)limit - 1)));
}
INLINED uint32_t vec_nonzero(vec a)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}
INLINED uint32_t bytes_bit(const uint8_t *p, int bit)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(bytes, 7 - bit));
}

#endif
