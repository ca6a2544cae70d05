/*
 * data_loader - the floats a network is given, made from bytes when they are needed.
 *
 * commands/ makes one for training, one for validation, one for test, and hands its data_loader_fill to
 * nn/ (the fields of nn/data_source.h), which knows nothing else of the data. For each item wanted it
 * takes the image's bytes, augments them (in training), and normalises them by table.
 *
 * data_loader_fill keeps no state: the same (indices, epoch) give the same floats, from any thread, in
 * any order and in batches of any size. An image's augmentation depends on (seed, epoch, its index
 * in the data set).
 */
#ifndef MNIST_DATA_DATA_LOADER_H
#define MNIST_DATA_DATA_LOADER_H

#include "mnist/base/errors.h"
#include "mnist/data/augment.h"
#include "mnist/data/normalize.h"

#include <stdint.h>

struct data_loader_config {
    const uint8_t *images; /* [any, rows, cols], borrowed for the life of the batch */
    const uint8_t *labels; /* [any], the same */
    int rows, columns;
    const uint32_t *items; /* [count] the images' indices; NULL = 0 .. count-1. Copied */
    int count;
    const struct normalization *normalization; /* copied */
    struct augment_config augment;             /* all 0 = none */
    int clean_from; /* epochs from this one on are not augmented; 0 = all are */
    uint64_t seed;  /* of the augmentation */
};

struct data_loader;

/* NULL with error set when memory runs out. Caller frees with data_loader_free. */
__attribute__((warn_unused_result)) struct data_loader *data_loader_new(
    const struct data_loader_config *config, struct error *error);
void data_loader_free(struct data_loader **batch);

/* Writes x [count, 1, rows, cols] and labels [count] (NULL = not wanted) of the items at
   positions indices[0 .. count-1], each 0 .. data_loader_count - 1. epoch 1, 2, ... augments, 0 never
   does. Any thread, several at once; cannot fail. The shape of nn/data_source.h's fill, batch being
   its context. */
void data_loader_fill(void *batch, float *x, uint8_t *labels, const uint32_t *indices, int count,
                      int epoch);

/* Changes clean_from, between trainings: when a training is made longer, its last epochs move. */
void data_loader_set_clean_from(struct data_loader *batch, int epoch);

/* How many items there are. */
int data_loader_count(const struct data_loader *batch);

/* The image at a position: its index in the data set. */
uint32_t data_loader_image_index(const struct data_loader *batch, int position);

#endif
