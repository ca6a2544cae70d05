/*
 * normalize - the table, from sums of integers.
 */
#include "mnist/data/normalize.h"

#include <assert.h>
#include <math.h>

void normalization_set(struct normalization *normalization, double mean, double sd)
{
    assert(sd > 0);
    normalization->mean = mean;
    normalization->sd = sd;
    for (int byte = 0; byte < 256; byte++)
        normalization->table[byte] = (float)((byte - mean) / sd);
}

void normalization_plain(struct normalization *normalization)
{
    normalization_set(normalization, 0, 255);
}

/* Four counters a byte value, so that a run of equal pixels does not wait for itself. */
static void count_bytes(uint64_t counts[4][256], const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    for (; i + 4 <= size; i += 4)
        for (int lane = 0; lane < 4; lane++)
            counts[lane][bytes[i + (size_t)lane]]++;
    for (; i < size; i++)
        counts[0][bytes[i]]++;
}

void normalization_fit(struct normalization *normalization, const uint8_t *images,
                       size_t image_size, const uint32_t *items, int count)
{
    assert(count > 0 && image_size > 0);
    uint64_t counts[4][256] = {{0}};
    if (items == NULL)
        count_bytes(counts, images, (size_t)count * image_size);
    else
        for (int i = 0; i < count; i++)
            count_bytes(counts, images + items[i] * image_size, image_size);

    uint64_t sum = 0, sum_squares = 0;
    for (uint64_t byte = 0; byte < 256; byte++) {
        uint64_t n = counts[0][byte] + counts[1][byte] + counts[2][byte] + counts[3][byte];
        sum += byte * n;
        sum_squares += byte * byte * n;
    }
    double pixels = (double)count * (double)image_size;
    double mean = (double)sum / pixels;
    double variance = (double)sum_squares / pixels - mean * mean;
    normalization_set(normalization, mean, variance > 1e-9 ? sqrt(variance) : 1);
}

/* Stored in vectors, which gcc makes at -O3 only: 170 ns instead of 220 for 784 bytes (Zen 4). */
#ifndef __clang__
__attribute__((optimize("O3")))
#endif
void normalize_bytes(const struct normalization *normalization, float *x, const uint8_t *bytes,
                     size_t size)
{
    for (size_t i = 0; i < size; i++)
        x[i] = normalization->table[bytes[i]];
}
