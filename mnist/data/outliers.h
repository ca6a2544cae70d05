/*
 * outliers - ranks the images of each class by their distance from the other images of the class.
 *
 * The score of an image is the mean Euclidean distance to its OUTLIERS_NEIGHBOURS nearest images
 * with the same label in the same part (Angiulli and Pizzuti 2002, "Fast outlier detection in high
 * dimensional spaces": the sum of distances to the k nearest). A wrongly labelled or malformed
 * digit has a high score. neighbours.h finds the exact neighbours among all images of the class.
 * Squared distances are integers, so the scores are reproducible.
 */
#ifndef MNIST_DATA_OUTLIERS_H
#define MNIST_DATA_OUTLIERS_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

enum { OUTLIERS_NEIGHBOURS = 10 };

struct outlier {
    int index;    /* in the part */
    int label;    /* 0..9 */
    int nearest;  /* the nearest image of the same class, -1 = no other image */
    double score; /* mean distance to its neighbours, byte units; infinite without neighbours */
};

struct outliers {
    int count;                        /* images in the part */
    struct outlier *ranked;           /* [count]: class by class, largest score first, then index */
    int class_first[DATASET_CLASSES]; /* index of class c in ranked */
    int class_count[DATASET_CLASSES];
    double class_median[DATASET_CLASSES]; /* median score; 0 for an empty class */
};

/* Ranks the images of one part. False with error (out of memory, interrupted); outliers is then
   empty. Caller releases with outliers_release. */
__attribute__((warn_unused_result)) bool outliers_find(
    struct outliers *outliers, const struct dataset *dataset, const struct dataset_part *part,
    struct thread_pool *pool, struct progress *progress, struct error *error);
void outliers_release(struct outliers *outliers);

#endif
