/*
 * data_loader - converts images from bytes to the floats of a network, on demand.
 *
 * commands/ creates one loader for the training images, one for validation and one for test, and
 * passes data_loader_fill to nn/ as a data_source (nn/engine/data_source.h). For each requested
 * image, it reads the bytes, augments them (training only), and normalises them with a table.
 *
 * data_loader_fill has no state: the same (indices, epoch) give the same floats, on any thread, in
 * any order and in batches of any size. The augmentation of an image depends only on (seed, epoch,
 * index of the image in the data set).
 */
#ifndef MNIST_DATA_DATA_LOADER_H
#define MNIST_DATA_DATA_LOADER_H

#include "mnist/base/errors.h"
#include "mnist/data/augment.h"
#include "mnist/data/normalize.h"

#include <stdint.h>

struct data_loader_config {
    const uint8_t *images; /* [images, rows, columns], borrowed until data_loader_free */
    const uint8_t *labels; /* [images], borrowed as well */
    int rows, columns;
    const uint32_t *items; /* [count] indices of images; NULL = 0 .. count-1. Copied */
    int count;
    const struct normalization *normalization; /* copied */
    struct augment_config augment;             /* all 0 = no augmentation */
    int clean_from; /* first epoch without augmentation; 0 = augment all epochs */
    uint64_t seed;  /* of the augmentation */
};

struct data_loader;

/* NULL with error set when memory runs out. Caller frees with data_loader_free. */
__attribute__((warn_unused_result)) struct data_loader *data_loader_new(
    const struct data_loader_config *config, struct error *error);
void data_loader_free(struct data_loader **loader);

/* Writes x [count, 1, rows, columns] and labels [count] (may be NULL) of the items at the positions
   indices [count], each 0 .. data_loader_count - 1. Images are augmented in epochs 1, 2, ..., not
   in epoch 0. Thread-safe; cannot fail. This is the fill function of a data_source, with the loader
   as context. */
void data_loader_fill(void *loader, float *x, uint8_t *labels, const uint32_t *indices, int count,
                      int epoch);

/* Changes clean_from. Must not be called during training. */
void data_loader_set_clean_from(struct data_loader *loader, int epoch);

/* Number of items. */
int data_loader_count(const struct data_loader *loader);

/* Index in the data set of the image at a position. */
uint32_t data_loader_image_index(const struct data_loader *loader, int position);

#endif
