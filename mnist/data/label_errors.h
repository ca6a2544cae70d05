/*
 * label_errors - the fifteen labels of MNIST's test set that are probably wrong or ambiguous.
 *
 * Northcutt, Athalye and Mueller, "Pervasive Label Errors in Test Sets Destabilize Machine Learning
 * Benchmarks" (NeurIPS 2021, arXiv 2103.14749), asked five people about each of the hundred test
 * images whose label a network found unlikely. For the fifteen images below, fewer than three of
 * the five confirmed the label. Votes: github.com/cleanlab/label-errors, mturk/mnist_mturk.json.
 *
 * commands/score.c also reports the score without these images, so that the share of wrong labels
 * in a small error rate is visible.
 */
#ifndef MNIST_DATA_LABEL_ERRORS_H
#define MNIST_DATA_LABEL_ERRORS_H

#include "mnist/data/dataset.h"

enum { LABEL_ERROR_COUNT = 15 };

struct label_error {
    int index;     /* in the test images, from 0          */
    uint8_t label; /* in MNIST                            */
    uint8_t votes; /* for this label, 0 to 2 of five      */
};

/* By ascending index. */
extern const struct label_error label_errors_labels[LABEL_ERROR_COUNT];

/* Whether the test images are those of MNIST as published, in the same order. This is decided by
   the SHA-256 of the files, so a copy saved after preprocessing does not count. */
bool label_errors_known(const struct dataset *dataset);

#endif
