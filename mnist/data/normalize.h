/*
 * normalize - converts a pixel's byte to the input of a network: x = (byte - mean) / sd, with a
 * table of 256 floats.
 *
 * Mean and standard deviation are those of all pixels of the *training part*, so that no
 * information from validation or test images leaks into the network's input. The sums are integers
 * and therefore the same on every machine. Without normalisation, x = byte / 255.
 */
#ifndef MNIST_DATA_NORMALIZE_H
#define MNIST_DATA_NORMALIZE_H

#include <stddef.h>
#include <stdint.h>

struct normalization {
    double mean, sd;  /* in byte units; 33.318 and 78.567 for MNIST */
    float table[256]; /* x of each byte */
};

/* x = byte / 255: mean 0, sd 255. */
void normalization_plain(struct normalization *normalization);

/* Computes mean and sd of the images with the indices items [count], or of the first count images
   if items is NULL, of image_size bytes each. If all pixels are equal, sd is set to 1. */
void normalization_fit(struct normalization *normalization, const uint8_t *images,
                       size_t image_size, const uint32_t *items, int count);

/* Sets mean and sd, for example from a model file, and computes the table. sd > 0. */
void normalization_set(struct normalization *normalization, double mean, double sd);

/* x[0..size-1] = table[bytes[0..size-1]]. */
void normalize_bytes(const struct normalization *normalization, float *x, const uint8_t *bytes,
                     size_t size);

#endif
