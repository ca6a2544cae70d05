/*
 * normalize - computes mean and standard deviation from integer sums, and the table from these.
 */
#include "mnist/data/normalize.h"

#include <assert.h>
#include <math.h>

#include "mnist/base/vectorised.h"

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

struct byte_sums {
    uint64_t bytes, squares;
};

/* Sums chunks whose squares fit into 32 bits, so that the loop vectorises well. */
VECTORISED static void add_bytes(struct byte_sums *sums, const uint8_t *bytes, size_t size)
{
    enum { CHUNK = 65536 };
    for (size_t first = 0; first < size; first += CHUNK) {
        uint32_t sum = 0, squares = 0;
        size_t end = first + CHUNK < size ? first + CHUNK : size;
        for (size_t i = first; i < end; i++) {
            sum += bytes[i];
            squares += (uint32_t)bytes[i] * bytes[i];
        }
        sums->bytes += sum;
        sums->squares += squares;
    }
}

void normalization_fit(struct normalization *normalization, const uint8_t *images,
                       size_t image_size, const uint32_t *items, int count)
{
    assert(count > 0 && image_size > 0);
    struct byte_sums sums = {0};
    if (items == NULL)
        add_bytes(&sums, images, (size_t)count * image_size);
    else
        for (int i = 0; i < count; i++)
            add_bytes(&sums, images + items[i] * image_size, image_size);
    double pixels = (double)count * (double)image_size;
    double mean = (double)sums.bytes / pixels;
    double variance = (double)sums.squares / pixels - mean * mean;
    normalization_set(normalization, mean, variance > 1e-9 ? sqrt(variance) : 1);
}

/* Vectorised stores: 170 ns instead of 220 ns for 784 bytes (Zen 4). */
VECTORISED void normalize_bytes(const struct normalization *normalization, float *x,
                                const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        x[i] = normalization->table[bytes[i]];
}
