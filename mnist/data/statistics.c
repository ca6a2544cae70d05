/*
 * statistics - integer sums, one set per worker, which are added at the end: the order of integer
 * additions has no effect.
 *
 * The ink of each image is stored separately, so that the first of equal images is found with any
 * assignment of images to workers.
 */
#include "mnist/data/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { CLASSES = DATASET_CLASSES, TASK_IMAGES = 512 /* images */ };

struct sums {
    uint64_t histogram[256];
    uint64_t *sum;         /* [CLASSES, size] of the bytes   */
    uint64_t *sum_squares; /* [CLASSES, size] of their squares */
};

struct statistics_job {
    const struct dataset_part *part;
    size_t size; /* of an image */
    struct sums *workers;
    int *ink; /* [count] pixels > 0 */
};

static void add_image(struct sums *sums, int *ink, const uint8_t *image, size_t size, int label)
{
    uint64_t *sum = sums->sum + (size_t)label * size,
             *squares = sums->sum_squares + (size_t)label * size;
    int inked = 0;
    for (size_t d = 0; d < size; d++) {
        uint32_t byte = image[d];
        if (byte == 0)
            continue;
        inked++;
        sums->histogram[byte]++;
        sum[d] += byte;
        squares[d] += byte * byte;
    }
    sums->histogram[0] += size - (size_t)inked;
    *ink = inked;
}

static void add_task(void *context, int task, int worker)
{
    struct statistics_job *job = context;
    int first = task * TASK_IMAGES;
    int end = first + TASK_IMAGES < job->part->count ? first + TASK_IMAGES : job->part->count;
    for (int i = first; i < end; i++)
        add_image(&job->workers[worker], &job->ink[i], job->part->images + (size_t)i * job->size,
                  job->size, job->part->labels[i]);
}

/* Adds all workers' sums to those of the first worker. */
static void join_sums(struct sums *workers, int count, size_t values)
{
    for (int w = 1; w < count; w++) {
        for (int byte = 0; byte < 256; byte++)
            workers[0].histogram[byte] += workers[w].histogram[byte];
        for (size_t i = 0; i < values; i++) {
            workers[0].sum[i] += workers[w].sum[i];
            workers[0].sum_squares[i] += workers[w].sum_squares[i];
        }
    }
}

static void describe_pixels(struct statistics *statistics, const uint64_t histogram[256])
{
    uint64_t pixels = 0, sum = 0, squares = 0;
    statistics->pixel_min = -1;
    for (int byte = 0; byte < 256; byte++) {
        uint64_t n = statistics->histogram[byte] = histogram[byte];
        pixels += n;
        sum += n * (uint64_t)byte;
        squares += n * (uint64_t)(byte * byte);
        if (n > 0 && statistics->pixel_min < 0)
            statistics->pixel_min = byte;
        if (n > 0)
            statistics->pixel_max = byte;
    }
    if (pixels == 0) {
        statistics->pixel_min = 0;
        statistics->pixel_mean = statistics->pixel_sd = statistics->ink_share = (double)NAN;
        return;
    }
    double mean = (double)sum / (double)pixels;
    statistics->pixel_mean = mean;
    statistics->pixel_sd = sqrt(fmax(0, (double)squares / (double)pixels - mean * mean));
    statistics->ink_share = (double)(pixels - histogram[0]) / (double)pixels;
}

static void describe_ink(struct statistics *statistics, const struct dataset_part *part,
                         const int *ink, size_t size)
{
    int64_t of_class[CLASSES] = {0};
    int least = 0, most = 0;
    if (part->count == 0) {
        statistics->ink_min = statistics->ink_max = (double)NAN;
        return;
    }
    for (int i = 0; i < part->count; i++) {
        if (ink[i] < ink[least])
            least = i;
        if (ink[i] > ink[most])
            most = i;
        statistics->blank_count += ink[i] == 0;
        statistics->class_count[part->labels[i]]++;
        of_class[part->labels[i]] += ink[i];
    }
    statistics->ink_min_index = least;
    statistics->ink_max_index = most;
    statistics->ink_min = ink[least] / (double)size;
    statistics->ink_max = ink[most] / (double)size;
    for (int c = 0; c < CLASSES; c++)
        if (statistics->class_count[c] > 0)
            statistics->class_ink[c] =
                (double)of_class[c] / (statistics->class_count[c] * (double)size);
}

/* The mean and variance images of each class, then of all classes. */
static void describe_images(struct statistics *statistics, const struct sums *sums, size_t size)
{
    for (size_t d = 0; d < size; d++) {
        uint64_t sum_all = 0, squares_all = 0;
        for (size_t c = 0; c <= CLASSES; c++) {
            uint64_t sum = c < CLASSES ? sums->sum[c * size + d] : sum_all;
            uint64_t squares = c < CLASSES ? sums->sum_squares[c * size + d] : squares_all;
            double n = c < CLASSES ? statistics->class_count[c] : statistics->count;
            sum_all += sum;
            squares_all += squares;
            double mean = n > 0 ? (double)sum / n : 0;
            double variance = n > 0 ? (double)squares / n - mean * mean : 0;
            statistics->mean[c * size + d] = (float)mean;
            statistics->variance[c * size + d] = (float)fmax(0, variance);
        }
    }
}

static void free_job(struct statistics_job *job, int workers)
{
    for (int w = 0; job->workers != NULL && w < workers; w++) {
        free(job->workers[w].sum);
        free(job->workers[w].sum_squares);
    }
    free(job->workers);
    free(job->ink);
}

static bool allocate(struct statistics *statistics, struct statistics_job *job, int workers,
                     struct error *error)
{
    size_t values = CLASSES * job->size;
    job->ink = calloc((size_t)job->part->count + 1, sizeof *job->ink);
    job->workers = calloc((size_t)workers, sizeof *job->workers);
    statistics->mean = calloc(values + job->size, sizeof(float));
    statistics->variance = calloc(values + job->size, sizeof(float));
    bool ok = job->ink != NULL && job->workers != NULL && statistics->mean != NULL &&
              statistics->variance != NULL;
    for (int w = 0; ok && w < workers; w++) {
        job->workers[w].sum = calloc(values, sizeof(uint64_t));
        job->workers[w].sum_squares = calloc(values, sizeof(uint64_t));
        ok = job->workers[w].sum != NULL && job->workers[w].sum_squares != NULL;
    }
    return ok || error_memory(error, "the statistics",
                              (unsigned long long)workers * 2 * values * sizeof(uint64_t));
}

bool statistics_make(struct statistics *statistics, const struct dataset *dataset,
                     const struct dataset_part *part, struct thread_pool *pool,
                     struct progress *progress, struct error *error)
{
    *statistics = (struct statistics){
        .count = part->count, .rows = dataset->rows, .columns = dataset->columns};
    int workers = thread_pool_threads(pool), tasks = (part->count + TASK_IMAGES - 1) / TASK_IMAGES;
    struct statistics_job job = {.part = part, .size = dataset_image_size(dataset)};
    bool ok = allocate(statistics, &job, workers, error);
    if (ok && !thread_pool_run_watched(pool, add_task, &job, tasks, 8 * workers, progress))
        ok = error_interrupted(error);
    if (ok) {
        join_sums(job.workers, workers, CLASSES * job.size);
        describe_pixels(statistics, job.workers[0].histogram);
        describe_ink(statistics, part, job.ink, job.size);
        describe_images(statistics, &job.workers[0], job.size);
    } else {
        statistics_release(statistics);
    }
    free_job(&job, workers);
    return ok;
}

void statistics_release(struct statistics *statistics)
{
    free(statistics->mean);
    free(statistics->variance);
    *statistics = (struct statistics){0};
}
