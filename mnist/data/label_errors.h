/*
 * label_errors - the fifteen labels of MNIST's test set that people doubt.
 *
 * Northcutt, Athalye and Mueller, "Pervasive Label Errors in Test Sets Destabilize Machine Learning
 * Benchmarks" (NeurIPS 2021, arXiv 2103.14749) let five people look at each of the hundred test
 * images whose label a network found unlikely. Of these fifteen, fewer than three of the five say
 * that the picture shows what its label says. Votes: github.com/cleanlab/label-errors,
 * mturk/mnist_mturk.json.
 *
 * With 9,985 images instead of 10,000, commands/score.c tells how much of what is left of an error
 * rate may be the labels' fault.
 */
#ifndef MNIST_DATA_LABEL_ERRORS_H
#define MNIST_DATA_LABEL_ERRORS_H

#include "mnist/data/dataset.h"

enum { LABEL_ERROR_COUNT = 15 };

struct label_error {
    int index;     /* in the test images, from 0          */
    uint8_t label; /* as MNIST gives it                   */
    uint8_t votes; /* of five people, for that label: 0-2 */
};

/* By ascending index. */
extern const struct label_error label_errors_labels[LABEL_ERROR_COUNT];

/* Are the test images those of MNIST as published, in their order? By the SHA-256 of the files it
   was read from: what only looks like MNIST, or was saved after preprocessing, is not known. */
bool label_errors_known(const struct dataset *dataset);

#endif
