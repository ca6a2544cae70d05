/*
 * data_loader - for each position: looks up the image's index, augments its bytes, and looks up the
 * floats in the normalisation table.
 */
#include "mnist/data/data_loader.h"

#include "mnist/data/idx.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE_LINE = 64,
    PREFETCH_MAX = 4096, /* bytes; the processor's own prefetcher handles the rest */
};

struct data_loader {
    struct data_loader_config config; /* items and normalization point into this struct */
    struct normalization normalization;
    bool augmenting;
    uint32_t items[]; /* [count] */
};

struct data_loader *data_loader_new(const struct data_loader_config *config, struct error *error)
{
    assert(config->count >= 0 && config->count <= IDX_COUNT_MAX);
    assert(config->rows > 0 && config->rows <= IDX_SIDE_MAX && config->columns > 0 &&
           config->columns <= IDX_SIDE_MAX);
    size_t size = sizeof(struct data_loader) + (size_t)config->count * sizeof(uint32_t);
    struct data_loader *loader = malloc(size);
    if (loader == NULL) {
        error_memory(error, "the order of the images", size);
        return NULL;
    }
    loader->config = *config;
    loader->normalization = *config->normalization;
    loader->config.items = loader->items;
    loader->config.normalization = &loader->normalization;
    loader->augmenting = augment_active(&config->augment);
    for (int i = 0; i < config->count; i++)
        loader->items[i] = config->items != NULL ? config->items[i] : (uint32_t)i;
    return loader;
}

void data_loader_free(struct data_loader **loader)
{
    free(*loader);
    *loader = NULL;
}

/* Shuffled images are at random addresses, so the next image is prefetched while one is converted:
   300 ns instead of 455 ns per image without augmentation, with 60,000 images (Zen 4). */
static void prefetch_image(const struct data_loader *loader, int position)
{
    size_t size = (size_t)loader->config.rows * (size_t)loader->config.columns;
    const uint8_t *bytes = loader->config.images + data_loader_image_index(loader, position) * size;
    for (size_t i = 0; i < size && i < PREFETCH_MAX; i += CACHE_LINE)
        __builtin_prefetch(bytes + i);
}

void data_loader_fill(void *context, float *x, uint8_t *labels, const uint32_t *indices, int count,
                      int epoch)
{
    const struct data_loader *loader = context;
    const struct data_loader_config *config = &loader->config;
    size_t size = (size_t)config->rows * (size_t)config->columns;
    bool augmenting =
        loader->augmenting && epoch > 0 && (config->clean_from == 0 || epoch < config->clean_from);
    for (int i = 0; i < count; i++) {
        uint32_t image = data_loader_image_index(loader, (int)indices[i]);
        const uint8_t *bytes = config->images + image * size;
        uint8_t changed[IDX_SIDE_MAX * IDX_SIDE_MAX];
        if (i + 1 < count)
            prefetch_image(loader, (int)indices[i + 1]);
        if (augmenting) {
            augment_image(&config->augment, changed, bytes, config->rows, config->columns,
                          config->seed, (uint32_t)epoch, image);
            bytes = changed;
        }
        normalize_bytes(&loader->normalization, x + (size_t)i * size, bytes, size);
        if (labels != NULL)
            labels[i] = config->labels[image];
    }
}

void data_loader_set_clean_from(struct data_loader *loader, int epoch)
{
    loader->config.clean_from = epoch;
}

int data_loader_count(const struct data_loader *loader)
{
    return loader->config.count;
}

uint32_t data_loader_image_index(const struct data_loader *loader, int position)
{
    assert(position >= 0 && position < loader->config.count);
    return loader->items[position];
}
