/*
 * bench_augment - the time of augmenting an image on one thread.
 *
 * Measures augment_rows alone in each version that this machine runs, then data_loader_fill as the
 * trainer calls it: 60,000 images in shuffled order, 32 at a time, augmented and converted to
 * floats. Images are random bytes with an empty margin like MNIST's. The candidates take turns;
 * the median of the rounds is shown.
 */
#include "mnist/data/augment_rows.h"
#include "mnist/data/data_loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SIDE = 28, SIZE = SIDE * SIDE, COUNT = 60000, BATCH = 32, ROUNDS = 15, VERSIONS_MAX = 8 };

static const struct {
    const char *name;
    struct augment_config config;
} kinds[] = {
    {"none", {.rotate = 0}},
    {"affine", {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10}},
    {"elastic", {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10, .elastic = 1}},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint8_t images[COUNT * SIZE], labels[COUNT], out[SIZE];
static uint32_t order[COUNT];
static float x[BATCH * SIZE];

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x_a = *(const double *)a, x_b = *(const double *)b;
    return (x_a > x_b) - (x_a < x_b);
}

/* seconds [ROUNDS] of an image. */
static void show(const char *what, const char *kind, double *seconds)
{
    qsort(seconds, ROUNDS, sizeof *seconds, by_value);
    double one = seconds[ROUNDS / 2];
    printf("%-12s %-8s %8.0f ns an image %12.0f images/s\n", what, kind, one * 1e9, 1 / one);
}

static double time_version(const struct augment_version *version,
                           const struct augment_config *config, int round)
{
    enum { IMAGES = 1000 };
    double start = seconds_now();
    for (uint32_t i = 0; i < IMAGES; i++) {
        struct augment_change change = augment_draw(config, 1, (uint32_t)round, i);
        struct augment_map map;
        augment_map_set(&map, &change, SIDE, SIDE);
        version->rows(&map, out, images + i * SIZE, SIDE, SIDE);
    }
    return (seconds_now() - start) / IMAGES;
}

static void bench_versions(void)
{
    static double seconds[VERSIONS_MAX][KINDS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++)
        for (int v = 0; augment_versions[v].name != NULL; v++)
            for (int kind = 1; kind < KINDS && augment_versions[v].runs(); kind++)
                seconds[v][kind][round] =
                    time_version(&augment_versions[v], &kinds[kind].config, round);
    for (int v = 0; augment_versions[v].name != NULL; v++)
        for (int kind = 1; kind < KINDS && augment_versions[v].runs(); kind++)
            show(augment_versions[v].name, kinds[kind].name, seconds[v][kind]);
}

static double time_batches(struct data_loader *loader, int round)
{
    enum { BATCHES = 60 };
    double start = seconds_now();
    for (int i = 0; i < BATCHES; i++)
        data_loader_fill(loader, x, NULL, order + (round * BATCHES + i) * BATCH % (COUNT - BATCH),
                         BATCH, 1);
    return (seconds_now() - start) / (BATCHES * BATCH);
}

static bool bench_batches(void)
{
    static double seconds[KINDS][ROUNDS];
    struct data_loader *batches[KINDS];
    struct normalization normalization;
    struct error error;
    normalization_plain(&normalization);
    for (int kind = 0; kind < KINDS; kind++) {
        struct data_loader_config config = {.images = images,
                                            .labels = labels,
                                            .rows = SIDE,
                                            .columns = SIDE,
                                            .count = COUNT,
                                            .normalization = &normalization,
                                            .augment = kinds[kind].config};
        batches[kind] = data_loader_new(&config, &error);
        if (batches[kind] == NULL)
            return false;
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int kind = 0; kind < KINDS; kind++)
            seconds[kind][round] = time_batches(batches[kind], round * KINDS + kind);
    for (int kind = 0; kind < KINDS; kind++) {
        show("batch_fill", kinds[kind].name, seconds[kind]);
        data_loader_free(&batches[kind]);
    }
    return true;
}

static bool in_the_middle(int place)
{
    return place >= 4 && place < SIDE - 4;
}

int main(void)
{
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, 0);
    for (int i = 0; i < COUNT * SIZE; i++)
        images[i] =
            (uint8_t)(in_the_middle(i % SIZE) && in_the_middle(i / SIZE % SIZE) ? rng_u32(&rng)
                                                                                : 0);
    for (uint32_t i = 0; i < COUNT; i++)
        order[i] = i;
    rng_shuffle(&rng, order, COUNT);
    bench_versions();
    return bench_batches() ? 0 : 1;
}
