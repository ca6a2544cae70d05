/*
 * native_lanes - vectors of floats on each instruction set, for the files native_*_kernels.c.
 *
 * Those files are compiled once for each instruction set, with NATIVE_AVX512, NATIVE_AVX2 or NATIVE_NEON
 * defined, or none of them for plain C. A vector (vec) has VEC lanes: 16, 8 or 4. Everything that
 * is stored lies in blocks of 16 lanes (native.h), so a block is 1, 2 or 4 vectors.
 *
 * The bits are the same everywhere, because
 *   - lanes are independent outputs, each a chain of operations in one order;
 *   - a sum across lanes is always 16 virtual lanes and one tree (block_sum);
 *   - only + - * / sqrt, comparisons and fused multiply-adds are used, each rounded once. Where the
 *     processor has no fused multiply-add, vec_fma computes the same in doubles.
 */
#ifndef MNIST_NN_NATIVE_LANES_H
#define MNIST_NN_NATIVE_LANES_H

#include <stdint.h>
#include <string.h>

#define INLINED static inline __attribute__((always_inline))

/* A loop whose count is a constant after inlining: its vectors must come to lie in registers. */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 64")
#endif

enum { BLOCK = 16 };

#if defined(NATIVE_AVX512)

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
/* b > a, or b is not a number. */
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
/* Lane by lane the index'th, 0 to 3, of four floats. */
INLINED vec vec_pick4(const float *four, ivec index)
{
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(four)), index);
}
/* Numbers of 16 bits that are at least limit. */
INLINED vmask words_reach(const uint16_t *p, uint32_t limit)
{
    __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_cmpge_epi32_mask(words, _mm512_set1_epi32((int)limit));
}
/* Bit i = lane i is not 0. */
INLINED uint32_t vec_nonzero(vec a)
{
    __mmask16 mask = _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    uint32_t bits;
    /* Not a cast: gcc 12 then may spill the mask as 2 bytes and read back 4. */
    __asm__("kmovw %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

/* Bit i = byte i of 32 equals value. */
INLINED uint32_t bytes_equal(const uint8_t *p, uint8_t value)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)value)));
}

#elif defined(NATIVE_AVX2)

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
INLINED vec vec_pick4(const float *four, ivec index)
{
    return _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128 *)(const void *)four), index);
}
INLINED vmask words_reach(const uint16_t *p, uint32_t limit)
{
    __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(words, _mm256_set1_epi32((int)limit - 1)));
}
INLINED uint32_t vec_nonzero(vec a)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}
INLINED uint32_t bytes_equal(const uint8_t *p, uint8_t value)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)value)));
}

#elif defined(NATIVE_NEON)

#include <arm_neon.h>
#define NATIVE(name) name##_neon
enum { VEC = 4, REGISTERS = 32 };
typedef float32x4_t vec;
typedef int32x4_t ivec;
typedef uint32x4_t vmask;

INLINED vec vec_load(const float *p)
{
    return vld1q_f32(p);
}
INLINED void vec_store(float *p, vec a)
{
    vst1q_f32(p, a);
}
INLINED vec vec_set(float a)
{
    return vdupq_n_f32(a);
}
INLINED vec vec_fma(vec a, vec b, vec c)
{
    return vfmaq_f32(c, a, b);
}
INLINED vec vec_add(vec a, vec b)
{
    return vaddq_f32(a, b);
}
INLINED vec vec_sub(vec a, vec b)
{
    return vsubq_f32(a, b);
}
INLINED vec vec_mul(vec a, vec b)
{
    return vmulq_f32(a, b);
}
INLINED vmask vec_below(vec a, vec b)
{
    return vorrq_u32(vcgtq_f32(b, a), vmvnq_u32(vceqq_f32(b, b)));
}
INLINED vmask vec_positive(vec a)
{
    return vcgtq_f32(a, vdupq_n_f32(0));
}
INLINED vec vec_select(vmask mask, vec a, vec b)
{
    return vbslq_f32(mask, a, b);
}
INLINED ivec ivec_select(vmask mask, ivec a, ivec b)
{
    return vbslq_s32(mask, a, b);
}
INLINED ivec ivec_set(int32_t a)
{
    return vdupq_n_s32(a);
}
INLINED void ivec_store_bytes(uint8_t *p, ivec a)
{
    int32_t lanes[4];
    vst1q_s32(lanes, a);
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)lanes[i];
}
INLINED ivec ivec_load_bytes(const uint8_t *p)
{
    return (ivec){p[0], p[1], p[2], p[3]};
}
INLINED vec vec_pick4(const float *four, ivec index)
{
    return (vec){four[index[0]], four[index[1]], four[index[2]], four[index[3]]};
}
INLINED vmask words_reach(const uint16_t *p, uint32_t limit)
{
    return vcgeq_u32((uint32x4_t){p[0], p[1], p[2], p[3]}, vdupq_n_u32(limit));
}
INLINED uint32_t vec_nonzero(vec a)
{
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint32_t)(a[i] != 0) << i;
    return bits;
}

#else

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
/* Two lanes. The product is exact in doubles; the sum is rounded to odd (Boldo and Melquiond 2008), so
   that rounding it to float is as if it were the only rounding. */
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
INLINED vec vec_pick4(const float *four, ivec index)
{
    return (vec){four[index[0]], four[index[1]], four[index[2]], four[index[3]]};
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

#if !defined(NATIVE_AVX512) && !defined(NATIVE_AVX2)
INLINED uint32_t bytes_equal(const uint8_t *p, uint8_t value)
{
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++)
        bits |= (uint32_t)(p[i] == value) << i;
    return bits;
}
#endif

enum { BLOCK_VECS = BLOCK / VEC };

/* Bit i = lane i of a block is not 0. */
INLINED uint32_t block_nonzero(const float *p)
{
    uint32_t bits = 0;
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        bits |= vec_nonzero(vec_load(p + v * VEC)) << (v * VEC);
    return bits;
}

INLINED void ivec_store_words(uint16_t *p, ivec a)
{
    int32_t lanes[VEC];
    memcpy(lanes, &a, sizeof lanes);
    for (int i = 0; i < VEC; i++)
        p[i] = (uint16_t)lanes[i];
}

INLINED vec vec_zero(void)
{
    return vec_set(0);
}

/* Negative values become 0; NaN stays NaN, -0 stays -0. */
INLINED vec vec_relu(vec a)
{
    vec zero = vec_zero();
#if defined(NATIVE_AVX512)
    return _mm512_max_ps(zero, a); /* the second, if they are equal or one is not a number */
#elif defined(NATIVE_AVX2)
    return _mm256_max_ps(zero, a);
#elif defined(NATIVE_NEON)
    return vbslq_f32(vcltq_f32(a, zero), zero, a);
#else
    return vec_select(a < zero, zero, a);
#endif
}

/* The larger of a and b, the first if they are equal, and its number. */
INLINED vec vec_larger(vec a, vec b, ivec *number, ivec number_b)
{
    vmask below = vec_below(a, b);
    *number = ivec_select(below, number_b, *number);
    return vec_select(below, b, a);
}

/* The sum of the 16 lanes of a block: lane i + lane i + 8, then + 4, + 2, + 1. */
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

#endif
