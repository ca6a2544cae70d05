/*
 * philox_kernels - random numbers of Philox4x32-10 (rng_draws in rng.h), 16 blocks in parallel.
 *
 * Philox (Salmon et al. 2011) is counter-based: each lane computes the block of its own counter.
 * A round multiplies 32 x 32 bits to 64. AVX multiplies even lanes only, so odd lanes are shifted
 * down, multiplied separately and merged.
 *
 *     draws [groups][8 halves of words][16 lanes], 16 bits each
 */
#include "mnist/nn/native/kernels.h"

enum { ROUNDS = 10, GROUP_VECS = BLOCK / VEC };

static const uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
static const uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;

#if defined(NATIVE_AVX512)
typedef __m512i words;
#define OP(name)                _mm512_##name
#define XOR(a, b)               _mm512_xor_si512(a, b)
#define ODD_TO_EVEN(a)          _mm512_srli_epi64(a, 32)
#define EVEN_TO_ODD(a)          _mm512_slli_epi64(a, 32)
#define EVEN_AND_ODD(even, odd) _mm512_mask_blend_epi32(0xaaaa, even, odd)
#elif defined(NATIVE_AVX2)
typedef __m256i words;
#define OP(name)                _mm256_##name
#define XOR(a, b)               _mm256_xor_si256(a, b)
#define ODD_TO_EVEN(a)          _mm256_srli_epi64(a, 32)
#define EVEN_TO_ODD(a)          _mm256_slli_epi64(a, 32)
#define EVEN_AND_ODD(even, odd) _mm256_blend_epi32(even, odd, 0xaa)
#endif

#if defined(NATIVE_AVX512) || defined(NATIVE_AVX2)

/* The upper and lower 32 bits of a * b. */
INLINED void multiply(words *high, words *low, words a, words b)
{
    words even = OP(mul_epu32)(a, b), odd = OP(mul_epu32)(ODD_TO_EVEN(a), b);
    *high = EVEN_AND_ODD(ODD_TO_EVEN(even), odd);
    *low = EVEN_AND_ODD(even, EVEN_TO_ODD(odd));
}

INLINED words set_words(uint32_t a)
{
    return OP(set1_epi32)((int)a);
}

INLINED void philox_rounds(words c[4], const uint32_t key[2])
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        words high_0, low_0, high_1, low_1;
        multiply(&high_0, &low_0, c[0], set_words(multiplier_0));
        multiply(&high_1, &low_1, c[2], set_words(multiplier_1));
        c[0] = XOR(XOR(high_1, c[1]), set_words(key[0] + round * weyl_0));
        c[1] = low_1;
        c[2] = XOR(XOR(high_0, c[3]), set_words(key[1] + round * weyl_1));
        c[3] = low_0;
    }
}

/* Stores the lower 16 bits of each 32-bit word. */
INLINED void store_halves(uint16_t *to, words a)
{
#if defined(NATIVE_AVX512)
    _mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi32_epi16(a));
#else
    __m256i low = _mm256_and_si256(a, _mm256_set1_epi32(0xffff));
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    _mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(packed));
#endif
}

INLINED words lane_indices(void)
{
#if defined(NATIVE_AVX512)
    return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#else
    return _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
#endif
}

INLINED void generate_lanes(uint16_t *draws, const struct rng *stream, uint32_t first)
{
    words c[4] = {OP(add_epi32)(lane_indices(), set_words(stream->counter[0] + first)),
                  set_words(stream->counter[1]), set_words(stream->counter[2]),
                  set_words(stream->counter[3])};
    philox_rounds(c, stream->key);
    UNROLLED
    for (int word = 0; word < 4; word++) {
        store_halves(draws + (2 * word) * BLOCK, c[word]);
        store_halves(draws + (2 * word + 1) * BLOCK, OP(srli_epi32)(c[word], 16));
    }
}

#else

/* Lane by lane, in a form that the compiler can vectorise. */
INLINED void generate_lanes(uint16_t *draws, const struct rng *stream, uint32_t first)
{
    uint32_t c[4][VEC];
    for (uint32_t l = 0; l < VEC; l++) {
        c[0][l] = stream->counter[0] + first + l;
        for (int word = 1; word < 4; word++)
            c[word][l] = stream->counter[word];
    }
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (int l = 0; l < VEC; l++) {
            uint64_t product_0 = (uint64_t)multiplier_0 * c[0][l];
            uint64_t product_1 = (uint64_t)multiplier_1 * c[2][l];
            c[0][l] = (uint32_t)(product_1 >> 32) ^ c[1][l] ^ (stream->key[0] + round * weyl_0);
            c[1][l] = (uint32_t)product_1;
            c[2][l] = (uint32_t)(product_0 >> 32) ^ c[3][l] ^ (stream->key[1] + round * weyl_1);
            c[3][l] = (uint32_t)product_0;
        }
    for (int row = 0; row < 8; row++)
        for (int l = 0; l < VEC; l++)
            draws[row * BLOCK + l] = (uint16_t)(c[row / 2][l] >> (row % 2 * 16));
}

#endif

void NATIVE(native_philox)(uint16_t *draws, size_t groups, const struct rng *stream)
{
    for (size_t g = 0; g < groups; g++, draws += RNG_DRAWS)
        for (uint32_t vector = 0; vector < GROUP_VECS; vector++)
            generate_lanes(draws + vector * VEC, stream, (uint32_t)g * BLOCK + vector * VEC);
}
