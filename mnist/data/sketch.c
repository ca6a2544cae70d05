/*
 * sketch - computes sketches from principal components, and scans their products; see sketch.h.
 */
#include "mnist/data/sketch.h"

#include "mnist/base/blas.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    BLOCK = 256, /* images per task          */
    LANES = 16,  /* values per step of a scan */
};
_Static_assert(SKETCH_COLUMNS % LANES == 0, "a row is scanned in whole steps");

/* One image's sketch from its components; *square = |s|^2. */
static void finish_sketch(float *left, float *right, double *square, const double *components,
                          int count, double whole_square)
{
    double known = 0;
    for (int k = 0; k < SKETCH_COMPONENTS; k++) {
        double value = k < count ? components[k] : 0;
        left[k] = right[k] = (float)value;
        known += value * value;
    }
    left[SKETCH_REST] = right[SKETCH_REST] = (float)sqrt(fmax(0, whole_square - known));
    *square = 0;
    for (int k = 0; k <= SKETCH_REST; k++)
        *square += (double)left[k] * left[k];
    left[SKETCH_EXTRA] = 1;
    right[SKETCH_EXTRA] = (float)(-*square / 2);
}

struct sketch_job {
    struct sketches *sketches;
    const uint8_t *images;
    const struct pca *basis;
    double *scratch; /* for each worker [BLOCK, size] centred images, [BLOCK, components] */
    size_t scratch_size;
};

static void sketch_task(void *context, int task, int worker)
{
    const struct sketch_job *job = context;
    struct sketches *out = job->sketches;
    const struct pca *basis = job->basis;
    size_t size = (size_t)basis->size, first = (size_t)task * BLOCK, end = first + BLOCK;
    end = end < (size_t)out->count ? end : (size_t)out->count;
    double *block = job->scratch + (size_t)worker * job->scratch_size,
           *components = block + BLOCK * size;
    for (size_t n = first; n < end; n++)
        for (size_t d = 0; d < size; d++)
            block[(n - first) * size + d] = job->images[n * size + d] - basis->mean[d];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(end - first), basis->components,
                basis->size, 1, block, basis->size, basis->vectors, basis->size, 0, components,
                SKETCH_COMPONENTS);
    for (size_t n = first; n < end; n++) {
        const double *image = block + (n - first) * size;
        double whole_square = cblas_ddot(basis->size, image, 1, image, 1);
        finish_sketch(out->left + n * SKETCH_WIDTH, out->right + n * SKETCH_WIDTH, &out->square[n],
                      components + (n - first) * SKETCH_COMPONENTS, basis->components,
                      whole_square);
    }
}

static bool run_job(struct sketch_job *job, struct thread_pool *pool, struct progress *progress,
                    struct error *error)
{
    int before, tasks = (job->sketches->count + BLOCK - 1) / BLOCK;
    if (!blas_begin(thread_pool_threads(pool), &before, error))
        return false;
    bool ok = thread_pool_run_watched(pool, sketch_task, job, tasks, 2 * thread_pool_threads(pool),
                                      progress) ||
              error_interrupted(error);
    blas_end(before);
    return ok;
}

bool sketches_make(struct sketches *sketches, const uint8_t *images, int count,
                   const struct pca *basis, struct thread_pool *pool, struct progress *progress,
                   struct error *error)
{
    assert(count >= 1 && basis->components <= SKETCH_COMPONENTS);
    struct sketch_job job = {sketches, images, basis, NULL,
                             BLOCK * ((size_t)basis->size + SKETCH_COMPONENTS)};
    size_t floats = (size_t)count * SKETCH_WIDTH,
           doubles = (size_t)thread_pool_threads(pool) * job.scratch_size;
    *sketches = (struct sketches){.count = count};
    sketches->left = malloc(floats * sizeof(float));
    sketches->right = malloc(floats * sizeof(float));
    sketches->square = calloc((size_t)count, sizeof(double));
    job.scratch = malloc(doubles * sizeof(double));
    bool ok = sketches->left != NULL && sketches->right != NULL && sketches->square != NULL &&
              job.scratch != NULL;
    if (!ok)
        error_memory(error, "the search for near images",
                     2 * floats * sizeof(float) + doubles * sizeof(double));
    else
        ok = run_job(&job, pool, progress, error);
    free(job.scratch);
    for (int n = 0; ok && n < count; n++)
        sketches->longest = fmax(sketches->longest, sqrt(sketches->square[n]));
    if (!ok)
        sketches_release(sketches);
    return ok;
}

void sketches_release(struct sketches *sketches)
{
    free(sketches->left);
    free(sketches->right);
    free(sketches->square);
    *sketches = (struct sketches){0};
}

/* Increases d^2 by the rounding errors, so that no pair with a distance of at most d is skipped. */
static double widen(double distance_squared, double longest)
{
    double moved = sqrt(distance_squared) + 4 * 0x1p-24 * longest;
    return moved * moved * 1.000001 + 4 * SKETCH_WIDTH * 0x1p-24 * longest * longest;
}

float sketch_limit(const struct sketches *a, int row, const struct sketches *b,
                   double distance_squared)
{
    double longest = a->longest > b->longest ? a->longest : b->longest;
    return (float)((a->square[row] - widen(distance_squared, longest)) / 2);
}

int sketch_next_above(const float *products, int from, float limit)
{
    for (; from < SKETCH_COLUMNS && from % LANES != 0; from++)
        if (products[from] > limit)
            return from;
    for (; from < SKETCH_COLUMNS; from += LANES) {
        int any = 0;
        for (int lane = 0; lane < LANES; lane++)
            any |= products[from + lane] > limit;
        if (any)
            break;
    }
    while (from < SKETCH_COLUMNS && !(products[from] > limit))
        from++;
    return from;
}

void sketch_multiply(float *products, int width, const float *left, int rows, const float *right,
                     int columns)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, SKETCH_WIDTH, 1, left,
                SKETCH_WIDTH, right, SKETCH_WIDTH, 0, products, width);
    for (int i = 0; i < rows; i++)
        for (int j = columns; j < width; j++)
            products[i * width + j] = -INFINITY;
}
