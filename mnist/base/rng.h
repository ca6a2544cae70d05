/*
 * rng - random numbers that depend on what they are for, not on who drew before.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11).
 * A stream is named by (seed, use, epoch, item): image 17's augmentation in epoch 3 is the same
 * whichever thread makes it. Integer arithmetic only, so every machine gets the same bits.
 *
 *     counter = { block index, item, epoch, use }      key = { seed low, seed high }
 */
#ifndef MNIST_BASE_RNG_H
#define MNIST_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

enum rng_use {
    RNG_INIT = 1, /* first weights; item = index of the parameter tensor */
    RNG_SHUFFLE,  /* order of the images in an epoch                     */
    RNG_SPLIT,    /* which images are held out for validation            */
    RNG_AUGMENT,  /* item = index of the image                           */
    RNG_DROPOUT,  /* item = image's place in the epoch * layers + layer; by rng_draws */
    RNG_SAMPLE,   /* which examples a picture shows                      */
    RNG_STROKES,  /* item = index of the synthetic image                 */
    RNG_CELL,     /* what a cell of C draws                              */
    RNG_LAYER,    /* custom layers; item as for RNG_DROPOUT              */
    RNG_BENDING,  /* custom augmentations; item = index of the image     */
    RNG_STRETCH,  /* as RNG_AUGMENT                                      */
};

struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used; /* words of block already given out, 0..4 */
};

/* The stream's beginning. */
struct rng rng_stream(uint64_t seed, enum rng_use use, uint32_t epoch, uint32_t item);

/* Uniform over 0 .. 2^32 - 1. */
uint32_t rng_u32(struct rng *rng);

/* words [count] = the stream's next, the same as from rng_u32 one by one, but faster. */
void rng_fill(struct rng *rng, uint32_t *words, uint32_t count);

/* Uniform over 0 .. limit - 1, without bias (Lemire 2019, with rejection). limit > 0. */
uint32_t rng_below(struct rng *rng, uint32_t limit);

/* Uniform over [0, 1), a multiple of 2^-24, exact in a float. */
float rng_uniform(struct rng *rng);

/* Many numbers of 16 bits, uniform, of the stream from its beginning: draws [count rounded up to
   RNG_DRAWS]. In each group of RNG_DRAWS number i is half i / 16 % 2 (0 = low) of word i / 32 of
   block i % 16 of the group's 16 blocks, so that 16 blocks are made side by side. */
enum { RNG_DRAWS = 128 };
void rng_draws(uint16_t *draws, size_t count, uint64_t seed, enum rng_use use, uint32_t epoch,
               uint32_t item);

/* Fisher-Yates shuffle of items[0 .. count-1]. */
void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t count);

#endif
