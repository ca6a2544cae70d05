/*
 * rng - Philox4x32-10 and the distributions; see rng.h.
 */
#include "mnist/base/rng.h"

#include <assert.h>

enum { PHILOX_ROUNDS = 10 };

static const uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
static const uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;

static void philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
#pragma GCC unroll 10
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t product_0 = (uint64_t)multiplier_0 * c0;
        uint64_t product_1 = (uint64_t)multiplier_1 * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += weyl_0;
        k1 += weyl_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

struct rng rng_stream(uint64_t seed, enum rng_use use, uint32_t epoch, uint32_t item)
{
    return (struct rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, item, epoch, (uint32_t)use},
        .used = 4,
    };
}

uint32_t rng_u32(struct rng *rng)
{
    if (rng->used == 4) {
        philox(rng->block, rng->counter, rng->key);
        rng->counter[0]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

void rng_fill(struct rng *rng, uint32_t *words, uint32_t count)
{
    uint32_t i = 0;
    while (i < count && rng->used < 4)
        words[i++] = rng->block[rng->used++];
    for (; count - i >= 4; i += 4, rng->counter[0]++)
        philox(words + i, rng->counter, rng->key);
    while (i < count)
        words[i++] = rng_u32(rng);
}

uint32_t rng_below(struct rng *rng, uint32_t limit)
{
    assert(limit > 0);
    uint64_t product = (uint64_t)rng_u32(rng) * limit;
    if ((uint32_t)product < limit) {
        uint32_t threshold = -limit % limit;
        while ((uint32_t)product < threshold)
            product = (uint64_t)rng_u32(rng) * limit;
    }
    return (uint32_t)(product >> 32);
}

float rng_uniform(struct rng *rng)
{
    return (float)(rng_u32(rng) >> 8) * 0x1p-24f;
}

void rng_draws(uint16_t *draws, size_t count, uint64_t seed, enum rng_use use, uint32_t epoch,
               uint32_t item)
{
    enum { LANES = 16, WORDS = 4 };
    struct rng stream = rng_stream(seed, use, epoch, item);
    for (size_t done = 0; done < count; done += RNG_DRAWS, draws += RNG_DRAWS)
        for (int lane = 0; lane < LANES; lane++)
            for (int word = 0; word < WORDS; word++) {
                uint32_t bits = rng_u32(&stream);
                draws[2 * word * LANES + lane] = (uint16_t)bits;
                draws[(2 * word + 1) * LANES + lane] = (uint16_t)(bits >> 16);
            }
}

void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = rng_below(rng, i);
        uint32_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
