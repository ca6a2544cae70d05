/*
 * pca - covariance by `dsyrk`, eigenvectors by `dsyevr`, projection by `dgemv`; pca.h has the
 * formulas.
 *
 * The sums of products of bytes stay below 2^53 (2,000,000 * 255^2 = 1.3e11), so doubles represent
 * them exactly and the order of the additions has no effect: each worker has its own matrix. The
 * mean is subtracted afterwards, also in integers: N (N-1) C[d,e] = N sum(x_d x_e) - sum(x_d)
 * sum(x_e), which stays below 2^63.
 */
#include "mnist/data/pca.h"

#include "mnist/base/blas.h"
#include "mnist/data/idx.h"

#include <assert.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 192 /* images a piece: 1 MB as doubles, for MNIST's size */ };

struct scratch {
    double *block;    /* [BLOCK, size] */
    double *products; /* [size, size], lower triangle in row order: sums of x_d x_e */
    int64_t *sums;    /* [size] */
};

struct pca_job {
    const uint8_t *images;
    int count, size;
    struct scratch *workers;

    const struct pca *pca; /* projection only */
    float *y;
};

static int task_count(int count)
{
    return (count + BLOCK - 1) / BLOCK;
}

static int block_size(const struct pca_job *job, int task)
{
    int left = job->count - task * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* ---- covariance ---- */

static void add_products(void *context, int task, int worker)
{
    const struct pca_job *job = context;
    struct scratch *scratch = &job->workers[worker];
    int rows = block_size(job, task), size = job->size;
    const uint8_t *bytes = job->images + (size_t)task * BLOCK * (size_t)size;
    for (int n = 0; n < rows; n++)
        for (int d = 0; d < size; d++) {
            uint8_t byte = bytes[(size_t)n * (size_t)size + (size_t)d];
            scratch->block[(size_t)n * (size_t)size + (size_t)d] = byte;
            scratch->sums[d] += byte;
        }
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, size, rows, 1, scratch->block, size, 1,
                scratch->products, size);
}

/* Computes the covariance from all workers' sums, in the first worker's matrix, and mean [size]. */
static void finish_covariance(struct pca_job *job, int workers, double *mean)
{
    size_t size = (size_t)job->size;
    int64_t count = job->count;
    double *covariance = job->workers[0].products;
    int64_t *sums = job->workers[0].sums;
    for (int w = 1; w < workers; w++) {
        for (size_t i = 0; i < size * size; i++)
            covariance[i] += job->workers[w].products[i];
        for (size_t d = 0; d < size; d++)
            sums[d] += job->workers[w].sums[d];
    }
    for (size_t d = 0; d < size; d++) {
        mean[d] = (double)sums[d] / (double)count;
        for (size_t e = 0; e <= d; e++) {
            int64_t scaled = count * (int64_t)covariance[d * size + e] - sums[d] * sums[e];
            covariance[d * size + e] = (double)scaled / ((double)count * (double)(count - 1));
        }
    }
}

/* ---- eigenvectors ---- */

/* Makes the entry with the largest absolute value positive. */
static void fix_sign(double *vector, int size)
{
    int largest = 0;
    for (int d = 1; d < size; d++)
        if (fabs(vector[d]) > fabs(vector[largest]))
            largest = d;
    if (vector[largest] < 0)
        for (int d = 0; d < size; d++)
            vector[d] = -vector[d];
}

/* The largest eigenvalues of the lower triangle (in row order), which is overwritten. */
static bool find_components(struct pca *pca, double *covariance, struct error *error)
{
    int size = pca->size, found = 0, wanted = pca->components;
    for (int d = 0; d < size; d++)
        pca->total += covariance[(size_t)d * (size_t)size + (size_t)d];
    double *values = malloc((size_t)size * sizeof *values);
    double *vectors = malloc((size_t)wanted * (size_t)size * sizeof *vectors);
    int *support = malloc(2 * (size_t)wanted * sizeof *support);
    bool ok = values != NULL && vectors != NULL && support != NULL;
    if (!ok) {
        error_memory(error, "principal components",
                     (unsigned long long)wanted * (unsigned)size * sizeof *vectors);
        goto out_free;
    }
    /* A lower triangle in row order is an upper triangle in column order. */
    int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', size, covariance, size, 0, 0,
                              size - wanted + 1, size, 0, &found, values, vectors, size, support);
    ok = info == 0 && found == wanted;
    if (!ok)
        error_set(error, ERROR_NUMBER,
                  "principal components: LAPACK's dsyevr did not converge (info %d)", info);
    for (int k = 0; ok && k < wanted; k++) { /* LAPACK's order is ascending */
        double *vector = pca->vectors + (size_t)k * (size_t)size;
        memcpy(vector, vectors + (size_t)(wanted - 1 - k) * (size_t)size,
               (size_t)size * sizeof *vector);
        fix_sign(vector, size);
        pca->variance[k] = fmax(0, values[wanted - 1 - k]);
        pca->ratio[k] = pca->total > 0 ? pca->variance[k] / pca->total : 0;
    }
out_free:
    free(support);
    free(vectors);
    free(values);
    return ok;
}

/* ---- memory ---- */

static void free_scratch(struct scratch *workers, int count)
{
    for (int w = 0; workers != NULL && w < count; w++) {
        free(workers[w].block);
        free(workers[w].products);
        free(workers[w].sums);
    }
    free(workers);
}

/* Memory for each worker: a block, and sums if `sums` is true. */
static struct scratch *make_scratch(int count, int size, bool sums, struct error *error)
{
    size_t d = (size_t)size;
    struct scratch *workers = calloc((size_t)count, sizeof *workers);
    bool ok = workers != NULL;
    for (int w = 0; ok && w < count; w++) {
        workers[w].block = malloc(BLOCK * d * sizeof(double));
        ok = workers[w].block != NULL;
        if (!ok || !sums)
            continue;
        workers[w].products = calloc(d * d, sizeof(double));
        workers[w].sums = calloc(d, sizeof(int64_t));
        ok = workers[w].products != NULL && workers[w].sums != NULL;
    }
    if (ok)
        return workers;
    error_memory(error, "principal components",
                 (unsigned long long)count * (d * d + BLOCK * d) * sizeof(double));
    free_scratch(workers, count);
    return NULL;
}

static bool take_result(struct pca *pca, int components, int size, struct error *error)
{
    size_t k = (size_t)components, d = (size_t)size;
    *pca = (struct pca){.components = components, .size = size};
    pca->mean = calloc(d, sizeof(double));
    pca->vectors = calloc(k * d, sizeof(double));
    pca->variance = calloc(k, sizeof(double));
    pca->ratio = calloc(k, sizeof(double));
    return (pca->mean != NULL && pca->vectors != NULL && pca->variance != NULL &&
            pca->ratio != NULL) ||
           error_memory(error, "principal components", (k + 1) * d * sizeof(double));
}

void pca_release(struct pca *pca)
{
    free(pca->mean);
    free(pca->vectors);
    free(pca->variance);
    free(pca->ratio);
    *pca = (struct pca){0};
}

/* ---- fitting and projecting ---- */

bool pca_fit(struct pca *pca, const uint8_t *images, int count, int size, int components,
             struct thread_pool *pool, struct progress *progress, struct error *error)
{
    *pca = (struct pca){0};
    assert(count >= 2 && count <= IDX_COUNT_MAX && size >= 1 && components >= 1 &&
           components <= size);
    if (size > PCA_SIZE_MAX)
        return error_set(
            error, ERROR_DATA,
            "principal components support images of at most %d pixels, but these have %d; "
            "crop them first",
            PCA_SIZE_MAX, size);
    int workers = thread_pool_threads(pool);
    struct pca_job job = {.images = images, .count = count, .size = size};
    job.workers = make_scratch(workers, size, true, error);
    int before;
    bool ok = job.workers != NULL && take_result(pca, components, size, error) &&
              blas_begin(workers, &before, error);
    if (ok) {
        ok = thread_pool_run_watched(pool, add_products, &job, task_count(count), 2 * workers,
                                     progress) ||
             error_interrupted(error);
        if (ok) {
            finish_covariance(&job, workers, pca->mean);
            ok = find_components(pca, job.workers[0].products, error);
        }
        blas_end(before);
    }
    free_scratch(job.workers, workers);
    if (!ok)
        pca_release(pca);
    return ok;
}

/* Computes y of one block: the centred images times the vectors. */
static void project_task(void *context, int task, int worker)
{
    const struct pca_job *job = context;
    const struct pca *pca = job->pca;
    double *block = job->workers[worker].block;
    int rows = block_size(job, task), size = job->size, components = pca->components;
    const uint8_t *bytes = job->images + (size_t)task * BLOCK * (size_t)size;
    float *y = job->y + (size_t)task * BLOCK * (size_t)components;
    double product[BLOCK];
    for (int n = 0; n < rows; n++)
        for (int d = 0; d < size; d++)
            block[n * size + d] = bytes[n * size + d] - pca->mean[d];
    for (int k = 0; k < components; k++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, size, 1, block, size,
                    pca->vectors + (size_t)k * (size_t)size, 1, 0, product, 1);
        for (int n = 0; n < rows; n++)
            y[n * components + k] = (float)product[n];
    }
}

bool pca_project(const struct pca *pca, float *y, const uint8_t *images, int count,
                 struct thread_pool *pool, struct progress *progress, struct error *error)
{
    int workers = thread_pool_threads(pool);
    struct pca_job job = {.images = images, .count = count, .size = pca->size, .pca = pca, .y = y};
    job.workers = make_scratch(workers, pca->size, false, error);
    int before;
    bool ok = job.workers != NULL && blas_begin(workers, &before, error);
    if (ok) {
        ok = thread_pool_run_watched(pool, project_task, &job, task_count(count), 2 * workers,
                                     progress) ||
             error_interrupted(error);
        blas_end(before);
    }
    free_scratch(job.workers, workers);
    return ok;
}
