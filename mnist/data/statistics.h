/*
 * statistics - statistics of a part of a data set, for `explore`.
 *
 * All sums are integers, so every result is exact up to one final division or square root, and the
 * same on every machine and with any number of threads.
 */
#ifndef MNIST_DATA_STATISTICS_H
#define MNIST_DATA_STATISTICS_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

struct statistics {
    int count, rows, columns;
    int class_count[DATASET_CLASSES];
    uint64_t histogram[256];           /* pixels of each byte value                      */
    int pixel_min, pixel_max;          /* 0..255                                         */
    double pixel_mean, pixel_sd;       /* over all pixels, in byte units                 */
    double ink_share;                  /* fraction of pixels > 0, 0..1                   */
    double ink_min, ink_max;           /* smallest and largest fraction in one image     */
    int ink_min_index, ink_max_index;  /* the first images with these fractions          */
    int blank_count;                   /* images without ink                             */
    double class_ink[DATASET_CLASSES]; /* fraction of pixels > 0 by class; 0 without images   */
    float *mean;                       /* [10 + 1, rows, columns], byte units; last = all classes */
    float *variance; /* [10 + 1, rows, columns], byte units squared, of the population */
};

/* Computes the statistics of one part (train or test). An empty part has NAN for the mean, the
   standard deviation and the fractions of ink, and 0 for everything else. On failure (out of
   memory, interrupted) statistics is empty. Caller releases with statistics_release. */
__attribute__((warn_unused_result)) bool statistics_make(
    struct statistics *statistics, const struct dataset *dataset, const struct dataset_part *part,
    struct thread_pool *pool, struct progress *progress, struct error *error);
void statistics_release(struct statistics *statistics);

#endif
