/*
 * outliers - the images least like the others of their class.
 *
 * An image's score is the mean Euclidean distance, over the pixels, to its OUTLIERS_NEIGHBOURS
 * nearest images of the same label in the same part (Angiulli and Pizzuti 2002, "Fast outlier
 * detection in high dimensional spaces": the sum of distances to the k nearest). A wrongly labelled
 * or misshapen digit has none near. The neighbours are the true ones, over all images of the class
 * (neighbours.h). Distances are integers before the square root, so scores repeat.
 */
#ifndef MNIST_DATA_OUTLIERS_H
#define MNIST_DATA_OUTLIERS_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

enum { OUTLIERS_NEIGHBOURS = 10 };

struct outlier {
    int index;    /* in the part */
    int label;    /* 0..9 */
    int nearest;  /* the nearest image of the same class, -1 = it is alone */
    double score; /* mean distance to its neighbours, byte units; infinite if it is alone */
};

struct outliers {
    int count;                        /* images in the part */
    struct outlier *ranked;           /* [count]: class by class, largest score first, then index */
    int class_first[DATASET_CLASSES]; /* where class c begins in ranked */
    int class_count[DATASET_CLASSES];
    double class_median[DATASET_CLASSES]; /* of the class's scores, to judge one by; or 0 */
};

/* Of one part. False with error set (memory, stopped); outliers is empty then. Caller releases
   with outliers_release. */
__attribute__((warn_unused_result)) bool outliers_find(struct outliers *outliers,
                                                       const struct dataset *dataset,
                                                       const struct dataset_part *part,
                                                       struct thread_pool *pool,
                                                       struct progress *watch, struct error *error);
void outliers_release(struct outliers *outliers);

#endif
