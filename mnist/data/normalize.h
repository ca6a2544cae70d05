/*
 * normalize - from a pixel's byte to the number a network sees: x = (byte - mean) / sd, by a table
 * of 256 floats.
 *
 * Mean and standard deviation are those of all pixels of the *training part*, so that neither
 * validation nor test images leak into what the network is given. Their sums are integers, hence
 * the same on every machine. Without normalisation, x = byte / 255.
 */
#ifndef MNIST_DATA_NORMALIZE_H
#define MNIST_DATA_NORMALIZE_H

#include <stddef.h>
#include <stdint.h>

struct normalization {
    double mean, sd;  /* in byte units: MNIST's are 33.318 and 78.567 */
    float table[256]; /* x of each byte */
};

/* x = byte / 255: mean 0, sd 255. */
void normalization_plain(struct normalization *normalization);

/* From the images named by items [count], or the first count when items is NULL; image_size
   bytes each. A part whose pixels are all alike has sd 0 and is taken as 1. */
void normalization_fit(struct normalization *normalization, const uint8_t *images,
                       size_t image_size, const uint32_t *items, int count);

/* The table of a mean and sd that a model file remembers. sd > 0. */
void normalization_set(struct normalization *normalization, double mean, double sd);

/* x[0..size-1] = table[bytes[0..size-1]]. */
void normalize_bytes(const struct normalization *normalization, float *x, const uint8_t *bytes,
                     size_t size);

#endif
