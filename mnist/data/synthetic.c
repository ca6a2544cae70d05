/*
 * synthetic - a pen of 3 x 3 pixels, dark in the centre, moves one pixel per step and turns at
 * random.
 */
#include "mnist/data/synthetic.h"

#include "mnist/base/rng.h"

#include <stdio.h>

enum { STEPS = 54, MARGIN = 5, LAST = SYNTHETIC_SIDE - 1 - MARGIN, DIRECTIONS = 8 };

static const int along_x[DIRECTIONS] = {1, 1, 0, -1, -1, -1, 0, 1};
static const int along_y[DIRECTIONS] = {0, 1, 1, 1, 0, -1, -1, -1};

static const uint8_t pen[3][3] = {{40, 190, 40}, {190, 255, 190}, {40, 190, 40}};

static void touch(uint8_t *image, int x, int y)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            uint8_t *pixel = &image[(y + i - 1) * SYNTHETIC_SIDE + x + j - 1];
            *pixel = pen[i][j] > *pixel ? pen[i][j] : *pixel;
        }
}

static int clamp(int place)
{
    return place < MARGIN ? MARGIN : place > LAST ? LAST : place;
}

static void draw(uint8_t *image, struct rng *rng)
{
    int x = MARGIN + (int)rng_below(rng, LAST - MARGIN + 1);
    int y = MARGIN + (int)rng_below(rng, LAST - MARGIN + 1);
    int direction = (int)rng_below(rng, DIRECTIONS);
    for (int step = 0; step < STEPS; step++) {
        touch(image, x, y);
        direction = (direction + DIRECTIONS + (int)rng_below(rng, 3) - 1) % DIRECTIONS;
        int ahead_x = x + along_x[direction], ahead_y = y + along_y[direction];
        x = clamp(ahead_x);
        y = clamp(ahead_y);
        if (x != ahead_x || y != ahead_y) /* reverse at the margin */
            direction = (direction + DIRECTIONS / 2) % DIRECTIONS;
    }
}

/* Generates the images of a part; `first` is the index of its first image in the data set. */
static void fill(struct dataset *dataset, struct dataset_part *part, uint64_t seed, int first)
{
    uint8_t *images = dataset_images(dataset, part), *labels = dataset_labels(dataset, part);
    for (int i = 0; i < part->count; i++) {
        struct rng rng = rng_stream(seed, RNG_STROKES, 0, (uint32_t)(first + i));
        labels[i] = (uint8_t)rng_below(&rng, DATASET_CLASSES);
        draw(images + (size_t)i * SYNTHETIC_SIDE * SYNTHETIC_SIDE, &rng);
    }
}

struct dataset *synthetic_new(int train_count, int test_count, uint64_t seed, struct error *error)
{
    struct dataset *dataset =
        dataset_new(train_count, test_count, SYNTHETIC_SIDE, SYNTHETIC_SIDE, error);
    if (dataset == NULL)
        return NULL;
    snprintf(dataset->name, sizeof dataset->name, "synthetic");
    fill(dataset, &dataset->train, seed, 0);
    fill(dataset, &dataset->test, seed, train_count);
    return dataset;
}
