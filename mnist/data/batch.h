/*
 * batch - the floats a network is given, made from bytes when they are needed.
 *
 * commands/ makes one for training, one for validation, one for test, and hands its batch_fill to
 * nn/ (the fields of nn/source.h), which knows nothing else of the data. For each item wanted it
 * takes the image's bytes, augments them (in training), and normalises them by table.
 *
 * batch_fill keeps no state: the same (indices, epoch) give the same floats, from any thread, in
 * any order and in batches of any size. An image's augmentation depends on (seed, epoch, its index
 * in the data set).
 */
#ifndef MNIST_DATA_BATCH_H
#define MNIST_DATA_BATCH_H

#include "mnist/data/augment.h"
#include "mnist/data/normalize.h"
#include "mnist/error.h"

#include <stdint.h>

struct batch_config {
    const uint8_t *images; /* [any, rows, cols], borrowed for the life of the batch */
    const uint8_t *labels; /* [any], the same */
    int rows, cols;
    const uint32_t *items; /* [count] the images' indices; NULL = 0 .. count-1. Copied */
    int count;
    const struct normalization *normalization; /* copied */
    struct augment_config augment;             /* all 0 = none */
    int clean_from; /* epochs from this one on are not augmented; 0 = all are */
    uint64_t seed;  /* of the augmentation */
};

struct batch;

/* NULL with error set when memory runs out. Caller frees with batch_free. */
__attribute__((warn_unused_result)) struct batch *batch_new(const struct batch_config *config,
                                                            struct error *error);
void batch_free(struct batch **batch);

/* Writes x [count, 1, rows, cols] and labels [count] (NULL = not wanted) of the items at
   positions indices[0 .. count-1], each 0 .. batch_count - 1. epoch 1, 2, ... augments, 0 never
   does. Any thread, several at once; cannot fail. The shape of nn/source.h's fill, batch being
   its context. */
void batch_fill(void *batch, float *x, uint8_t *labels, const uint32_t *indices, int count,
                int epoch);

/* Changes clean_from, between trainings: when a training is made longer, its last epochs move. */
void batch_set_clean_from(struct batch *batch, int epoch);

/* How many items there are. */
int batch_count(const struct batch *batch);

/* The image at a position: its index in the data set. */
uint32_t batch_image_index(const struct batch *batch, int position);

#endif
