/*
 * data_source - where a network's images come from.
 *
 * nn/ knows no files and no data sets: whoever trains or evaluates hands over a source, and its
 * fill is called for a few images at a time, from the pool's threads, several at once.
 */
#ifndef MNIST_NN_TRAIN_DATA_SOURCE_H
#define MNIST_NN_TRAIN_DATA_SOURCE_H

#include <stdint.h>

struct data_source {
    void *context;
    int count; /* images; indices are 0 .. count-1 */

    /* Writes x [count, C, H, W], ready for the network (scaled, normalised), and labels [count]
       (NULL = not wanted). epoch is 1, 2, ... while training, so that augmentation may depend on
       (epoch, index); 0 = as they are. Must give the same for the same arguments, whichever thread
       asks. Cannot fail. */
    void (*fill)(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                 int epoch);
};

#endif
