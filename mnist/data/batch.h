/*
 * batch - the floats a network is given, made from bytes when they are needed.
 *
 * commands/ builds one source for each of training, validation and test, and hands it to the trainer (nn/), which
 * knows nothing else of the data. Item number n of an epoch is image order[n]; for it batch_fill reads the bytes,
 * augments them (if the source does), and normalises them by table. The trainer calls batch_begin_epoch once, from
 * its own thread, then batch_fill for any ranges from any threads at once.
 *
 * The order of an epoch is rng_shuffle of the items by rng_stream(seed, RNG_SHUFFLE, epoch, 0); an image's
 * augmentation depends on (seed, epoch, its index in the data set). Neither depends on batch size or threads.
 */
#ifndef MNIST_DATA_BATCH_H
#define MNIST_DATA_BATCH_H

#include "mnist/data/augment.h"
#include "mnist/data/normalize.h"
#include "mnist/error.h"

#include <stdint.h>

struct batch_config {
    const uint8_t *images;                     /* [any, rows, cols], borrowed for the source's life           */
    const uint8_t *labels;                     /* [any], borrowed for the source's life                       */
    int rows, cols;
    const uint32_t *items;                     /* [count] indices of the images; NULL = 0 .. count-1; copied  */
    int count;
    const struct normalization *normalization; /* copied                                                      */
    struct augment_config augment;             /* all 0 = none                                                */
    bool shuffle;                              /* false: every epoch has the order of items                   */
    uint64_t seed;
};

struct batch_source;

/* NULL with error set when memory runs out. Caller frees with batch_source_free. */
__attribute__((warn_unused_result)) struct batch_source *batch_source_new(const struct batch_config *config,
                                                                          struct error *error);
void batch_source_free(struct batch_source **source);

/* Sets the order of epoch number epoch (from 0). Not while batch_fill runs. Before the first call the order is that
   of items. */
void batch_begin_epoch(struct batch_source *source, uint32_t epoch);

/* The last epochs of a training may go without augmentation: off from the next batch_begin_epoch on. */
void batch_set_augment(struct batch_source *source, bool on);

/* x [count, 1, rows, cols] and labels [count] (either may be NULL) of items first .. first+count-1 of the epoch begun
   last. Any thread. The shape fits a trainer's callback: void (*fill)(void *context, ...). */
void batch_fill(void *source, float *x, uint8_t *labels, int first, int count);

int batch_count(const struct batch_source *source); /* items in an epoch */
int batch_rows(const struct batch_source *source);
int batch_cols(const struct batch_source *source);
/* Which image is item number `position` of the epoch begun last: its index in the data set. */
uint32_t batch_index(const struct batch_source *source, int position);

#endif
