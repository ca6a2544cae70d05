/*
 * rng - counter-based random numbers: each depends only on its purpose and position.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11).
 * A stream is identified by (seed, use, epoch, item): the augmentation of image 17 in epoch 3 is
 * the same in whichever thread it is computed. Integer arithmetic only, so every machine generates
 * the same bits.
 *
 *     counter = { block index, item, epoch, use }      key = { seed low, seed high }
 */
#ifndef MNIST_BASE_RNG_H
#define MNIST_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

enum rng_use {
    RNG_INIT = 1, /* initial weights; item = index of the parameter tensor */
    RNG_SHUFFLE,  /* order of the images in an epoch                     */
    RNG_SPLIT,    /* which images are held out for validation            */
    RNG_AUGMENT,  /* item = index of the image                           */
    RNG_DROPOUT,  /* item = position of the image in the epoch * layers + layer; rng_draws */
    RNG_SAMPLE,   /* examples in pictures                                */
    RNG_STROKES,  /* item = index of the synthetic image                 */
    RNG_CELL,     /* random numbers of C cells                           */
    RNG_LAYER,    /* custom layers; item as for RNG_DROPOUT              */
    RNG_BENDING,  /* custom augmentations; item = index of the image     */
    RNG_STRETCH,  /* as RNG_AUGMENT                                      */
};

struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used; /* words of block that were returned, 0..4 */
};

/* The stream at its beginning. */
struct rng rng_stream(uint64_t seed, enum rng_use use, uint32_t epoch, uint32_t item);

/* Uniform over 0 .. 2^32 - 1. */
uint32_t rng_u32(struct rng *rng);

/* words [count] = the results of count calls of rng_u32, but faster. */
void rng_fill(struct rng *rng, uint32_t *words, uint32_t count);

/* Uniform over 0 .. limit - 1, without bias (Lemire 2019, with rejection). limit > 0. */
uint32_t rng_below(struct rng *rng, uint32_t limit);

/* Uniform over [0, 1), a multiple of 2^-24, exact in a float. */
float rng_uniform(struct rng *rng);

/* draws [count rounded up to RNG_DRAWS] = uniform 16-bit numbers from the beginning of the stream.
   Within each group of RNG_DRAWS, number i is half i / 16 % 2 (0 = low) of word i / 32 of block i %
   16 of the group's 16 blocks, so that 16 blocks can be computed in parallel. */
enum { RNG_DRAWS = 128 };
void rng_draws(uint16_t *draws, size_t count, uint64_t seed, enum rng_use use, uint32_t epoch,
               uint32_t item);

/* Fisher-Yates shuffle of items[0 .. count-1]. */
void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t count);

#endif
