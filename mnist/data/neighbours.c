/*
 * neighbours - scans tiles of products of sketches (sketch.h), and compares the pixels of the few
 * pairs that remain; neighbours.h describes the method.
 *
 * Closest pairs: each worker keeps its best pairs in a heap. The smallest of the heaps' largest
 * distances is the shared limit, which only selects candidates. The best pairs of all heaps,
 * sorted, are the result.
 *
 * Nearest of each image: first the images with the nearest sketches, which give a good limit, then
 * all images that this limit does not exclude.
 */
#include "mnist/data/neighbours.h"

#include "mnist/base/blas.h"
#include "mnist/data/sketch.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 128, /* of a tile for the closest pairs; the tile stays in the cache */
    COLUMNS = SKETCH_COLUMNS,
    WIDTH = SKETCH_WIDTH,
    NEAREST_ROWS = 16, /* of a tile for the nearest of each image, which has a column per member */
    LANES = 16,        /* partial sums of a distance, for vectorisation */
};
_Static_assert((int)NEIGHBOURS_COMPONENTS == (int)SKETCH_COMPONENTS,
               "the two limits must be equal");

struct neighbours {
    const uint8_t *images;
    int count, size;
    struct sketches sketches;
};

uint32_t neighbours_distance(const uint8_t *a, const uint8_t *b, size_t size)
{
    uint32_t lanes[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= size; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            int difference = a[i + lane] - b[i + lane];
            lanes[lane] += (uint32_t)(difference * difference);
        }
    for (; i < size; i++)
        sum += (uint32_t)((a[i] - b[i]) * (a[i] - b[i]));
    for (int lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

struct neighbours *neighbours_new(const uint8_t *images, int count, const struct pca *basis,
                                  struct thread_pool *pool, struct progress *progress,
                                  struct error *error)
{
    struct neighbours *set = calloc(1, sizeof *set);
    if (set == NULL) {
        error_memory(error, "the search for near images", sizeof *set);
        return NULL;
    }
    set->images = images;
    set->count = count;
    set->size = basis->size;
    if (!sketches_make(&set->sketches, images, count, basis, pool, progress, error))
        neighbours_free(&set);
    return set;
}

void neighbours_free(struct neighbours **neighbours)
{
    if (*neighbours == NULL)
        return;
    sketches_release(&(*neighbours)->sketches);
    free(*neighbours);
    *neighbours = NULL;
}

/* A tile for each worker. */
static float **tiles_new(int workers, size_t floats, struct error *error)
{
    float **tiles = calloc((size_t)workers, sizeof *tiles);
    bool ok = tiles != NULL;
    for (int w = 0; ok && w < workers; w++) {
        tiles[w] = malloc(floats * sizeof(float));
        ok = tiles[w] != NULL;
    }
    if (ok)
        return tiles;
    error_memory(error, "the search for near images",
                 (unsigned long long)workers * floats * sizeof(float));
    for (int w = 0; tiles != NULL && w < workers; w++)
        free(tiles[w]);
    free(tiles);
    return NULL;
}

static void free_tiles(float **tiles, int workers)
{
    for (int w = 0; tiles != NULL && w < workers; w++)
        free(tiles[w]);
    free(tiles);
}

/* ---- the closest pairs ---- */

static int compare_pairs(const void *left, const void *right)
{
    const struct neighbours_pair *a = left, *b = right;
    if (a->distance_squared != b->distance_squared)
        return a->distance_squared < b->distance_squared ? -1 : 1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->second > b->second) - (a->second < b->second);
}

/* A worker's best pairs so far, as a heap with the largest distance on top. */
struct best {
    int count;
    struct neighbours_pair heap[NEIGHBOURS_PAIRS_MAX];
};

static void sink(struct best *best, int at)
{
    for (;;) {
        int child = 2 * at + 1;
        if (child >= best->count)
            return;
        if (child + 1 < best->count &&
            compare_pairs(&best->heap[child + 1], &best->heap[child]) > 0)
            child++;
        if (compare_pairs(&best->heap[child], &best->heap[at]) <= 0)
            return;
        struct neighbours_pair pair = best->heap[at];
        best->heap[at] = best->heap[child];
        best->heap[child] = pair;
        at = child;
    }
}

static void add_pair(struct best *best, int wanted, struct neighbours_pair pair)
{
    if (best->count < wanted) {
        best->heap[best->count++] = pair;
        if (best->count == wanted)
            for (int i = wanted / 2 - 1; i >= 0; i--)
                sink(best, i);
    } else if (compare_pairs(&pair, &best->heap[0]) < 0) {
        best->heap[0] = pair;
        sink(best, 0);
    }
}

struct pairs_job {
    const struct neighbours *a, *b;
    int wanted;
    float **tiles;
    struct best *workers;
    _Atomic uint32_t limit; /* some worker has `wanted` pairs with at most this distance */
};

static void lower_limit(struct pairs_job *job, const struct best *best)
{
    if (best->count < job->wanted)
        return;
    uint32_t mine = best->heap[0].distance_squared, shared = atomic_load(&job->limit);
    while (mine < shared && !atomic_compare_exchange_weak(&job->limit, &shared, mine))
        ;
}

/* The pairs of image `row` of a with the images of b from `first` on, from their products. */
static void scan_row(struct pairs_job *job, struct best *best, int row, int first,
                     const float *products)
{
    const struct neighbours *a = job->a, *b = job->b;
    size_t size = (size_t)a->size;
    float limit = sketch_limit(&a->sketches, row, &b->sketches, atomic_load(&job->limit));
    int from = a == b && row >= first ? row - first + 1 : 0;
    for (int j = sketch_next_above(products, from, limit); j < COLUMNS;
         j = sketch_next_above(products, j + 1, limit)) {
        struct neighbours_pair pair = {row, first + j, 0};
        pair.distance_squared = neighbours_distance(a->images + (size_t)row * size,
                                                    b->images + (size_t)pair.second * size, size);
        if (pair.distance_squared == 0 || pair.distance_squared > atomic_load(&job->limit))
            continue;
        add_pair(best, job->wanted, pair);
        lower_limit(job, best);
        limit = sketch_limit(&a->sketches, row, &b->sketches, atomic_load(&job->limit));
    }
}

/* Compares ROWS images of a with all of b, or within one set with all later images. */
static void pairs_task(void *context, int task, int worker)
{
    struct pairs_job *job = context;
    const struct neighbours *a = job->a, *b = job->b;
    float *tile = job->tiles[worker];
    int row = task * ROWS, rows = a->count - row < ROWS ? a->count - row : ROWS;
    for (int first = a == b ? row : 0; first < b->count; first += COLUMNS) {
        int columns = b->count - first < COLUMNS ? b->count - first : COLUMNS;
        sketch_multiply(tile, COLUMNS, a->sketches.left + (size_t)row * WIDTH, rows,
                        b->sketches.right + (size_t)first * WIDTH, columns);
        for (int i = 0; i < rows; i++)
            scan_row(job, &job->workers[worker], row + i, first, tile + i * COLUMNS);
    }
}

/* The `wanted` best pairs of all workers, sorted. */
static int merge_best(struct neighbours_pair *pairs, int wanted, const struct best *workers,
                      int count)
{
    struct best all = {0};
    for (int w = 0; w < count; w++)
        for (int i = 0; i < workers[w].count; i++)
            add_pair(&all, wanted, workers[w].heap[i]);
    qsort(all.heap, (size_t)all.count, sizeof all.heap[0], compare_pairs);
    memcpy(pairs, all.heap, (size_t)all.count * sizeof all.heap[0]);
    return all.count;
}

bool neighbours_closest(const struct neighbours *a, const struct neighbours *b, int wanted,
                        struct neighbours_pair *pairs, int *found, struct thread_pool *pool,
                        struct progress *progress, struct error *error)
{
    assert(wanted >= 1 && wanted <= NEIGHBOURS_PAIRS_MAX && a->size == b->size);
    int workers = thread_pool_threads(pool);
    struct pairs_job job = {.a = a, .b = b, .wanted = wanted, .limit = UINT32_MAX};
    job.tiles = tiles_new(workers, ROWS * COLUMNS, error);
    job.workers = calloc((size_t)workers, sizeof *job.workers);
    bool ok = job.tiles != NULL;
    if (job.workers == NULL)
        ok = error_memory(error, "the search for near images",
                          (size_t)workers * sizeof *job.workers);
    int before;
    ok = ok && blas_begin(workers, &before, error);
    if (ok) {
        ok = thread_pool_run_watched(pool, pairs_task, &job, (a->count + ROWS - 1) / ROWS,
                                     2 * workers, progress) ||
             error_interrupted(error);
        blas_end(before);
    }
    if (ok)
        *found = merge_best(pairs, wanted, job.workers, workers);
    free_tiles(job.tiles, workers);
    free(job.workers);
    return ok;
}

/* ---- the nearest of each ---- */

struct nearest_job {
    const struct neighbours *set;
    const uint32_t *members;
    int count, wanted;
    int steps;     /* count / COLS, rounded up */
    float *right;  /* [count, WIDTH] of the members */
    float **tiles; /* [NEAREST_ROWS, steps * COLS] */
    struct neighbours_near *near;
};

/* Inserts an image into a list of `wanted` images ordered by (distance, index); drops the last
   one. */
static void insert_near(struct neighbours_near *list, int wanted, int index,
                        uint32_t distance_squared)
{
    int at = wanted - 1;
    if (list[at].index >= 0 &&
        (distance_squared > list[at].distance_squared ||
         (distance_squared == list[at].distance_squared && index > list[at].index)))
        return;
    while (at > 0 &&
           (list[at - 1].index < 0 || list[at - 1].distance_squared > distance_squared ||
            (list[at - 1].distance_squared == distance_squared && list[at - 1].index > index))) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = (struct neighbours_near){index, distance_squared};
}

/* The smallest of the `wanted` largest products, without the image itself; the images with these
   products are probably the nearest. */
static float likely_limit(const float *products, int count, int self, int wanted)
{
    float top[NEIGHBOURS_NEAREST_MAX] = {0};
    for (int k = 0; k < wanted; k++)
        top[k] = -INFINITY;
    for (int j = 0; j < count; j++) {
        float value = products[j];
        if (!(value > top[wanted - 1]) || j == self)
            continue;
        int at = wanted - 1;
        for (; at > 0 && top[at - 1] < value; at--)
            top[at] = top[at - 1];
        top[at] = value;
    }
    return top[wanted - 1];
}

static uint32_t member_distance(const struct nearest_job *job, int i, int j)
{
    size_t size = (size_t)job->set->size;
    return neighbours_distance(job->set->images + job->members[i] * size,
                               job->set->images + job->members[j] * size, size);
}

/* Compares first the probable neighbours, which give a limit, then all that the limit does not
   exclude. */
static void search_row(const struct nearest_job *job, int self, const float *products)
{
    struct neighbours_near *list = job->near + (size_t)self * (size_t)job->wanted;
    int width = job->steps * COLUMNS, wanted = job->wanted;
    float likely = likely_limit(products, job->count, self, wanted);
    for (int k = 0; k < wanted; k++)
        list[k] = (struct neighbours_near){-1, UINT32_MAX};
    for (int j = 0; j < job->count; j++)
        if (products[j] >= likely && j != self)
            insert_near(list, wanted, (int)job->members[j], member_distance(job, self, j));
    for (int first = 0; first < width; first += COLUMNS) {
        const float *step = products + first;
        float limit = sketch_limit(&job->set->sketches, (int)job->members[self],
                                   &job->set->sketches, list[wanted - 1].distance_squared);
        for (int j = sketch_next_above(step, 0, limit); j < COLUMNS;
             j = sketch_next_above(step, j + 1, limit))
            if (step[j] < likely && first + j != self)
                insert_near(list, wanted, (int)job->members[first + j],
                            member_distance(job, self, first + j));
    }
}

static void nearest_task(void *context, int task, int worker)
{
    const struct nearest_job *job = context;
    float *tile = job->tiles[worker], left[NEAREST_ROWS * WIDTH] = {0};
    int row = task * NEAREST_ROWS,
        rows = job->count - row < NEAREST_ROWS ? job->count - row : NEAREST_ROWS;
    int width = job->steps * COLUMNS;
    for (int i = 0; i < rows; i++)
        memcpy(left + i * WIDTH, job->set->sketches.left + job->members[row + i] * (size_t)WIDTH,
               WIDTH * sizeof(float));
    sketch_multiply(tile, width, left, rows, job->right, job->count);
    for (int i = 0; i < rows; i++)
        search_row(job, row + i, tile + i * width);
}

bool neighbours_nearest(const struct neighbours *a, const uint32_t *members, int count, int wanted,
                        struct neighbours_near *near, struct thread_pool *pool,
                        struct progress *progress, struct error *error)
{
    assert(wanted >= 1 && wanted <= NEIGHBOURS_NEAREST_MAX && count >= 1);
    int workers = thread_pool_threads(pool);
    struct nearest_job job = {
        .set = a, .members = members, .count = count, .wanted = wanted, .near = near};
    job.steps = (count + COLUMNS - 1) / COLUMNS;
    job.tiles = tiles_new(workers, (size_t)NEAREST_ROWS * (size_t)job.steps * COLUMNS, error);
    job.right = malloc((size_t)count * WIDTH * sizeof(float));
    bool ok = job.tiles != NULL;
    if (job.right == NULL)
        ok = error_memory(error, "the search for near images",
                          (size_t)count * WIDTH * sizeof(float));
    int before;
    ok = ok && blas_begin(workers, &before, error);
    if (ok) {
        for (int j = 0; j < count; j++)
            memcpy(job.right + (size_t)j * WIDTH, a->sketches.right + members[j] * (size_t)WIDTH,
                   WIDTH * sizeof(float));
        ok = thread_pool_run_watched(pool, nearest_task, &job,
                                     (count + NEAREST_ROWS - 1) / NEAREST_ROWS, 2 * workers,
                                     progress) ||
             error_interrupted(error);
        blas_end(before);
    }
    free(job.right);
    free_tiles(job.tiles, workers);
    return ok;
}
