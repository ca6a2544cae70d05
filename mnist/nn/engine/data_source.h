/*
 * data_source - the interface through which training and evaluation read images.
 *
 * nn/ does not depend on files or data sets. The caller of trainer.h or predict.h passes a
 * data_source (data_loader.h implements one), and plan.c calls its fill function for a few images
 * at a time, from several threads of the pool at once.
 */
#ifndef MNIST_NN_ENGINE_DATA_SOURCE_H
#define MNIST_NN_ENGINE_DATA_SOURCE_H

#include <stdint.h>

struct data_source {
    void *context;
    int count; /* images; indices are 0 .. count-1 */

    /* Writes x [count, C, H, W], normalised for the network, and labels [count] (may be NULL).
       epoch is 1, 2, ... during training, so that augmentation may depend on (epoch, index); 0 =
       without augmentation. The same arguments must give the same results on every thread. Cannot
       fail. */
    void (*fill)(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                 int epoch);
};

#endif
