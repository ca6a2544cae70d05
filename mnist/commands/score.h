/*
 * score - the number of correctly classified images, with and without the known label errors, and
 * its table cells.
 *
 * evaluate.c and ensemble.c use it. The predicted class is the class of the highest probability.
 */
#ifndef MNIST_COMMANDS_SCORE_H
#define MNIST_COMMANDS_SCORE_H

#include "mnist/output/table.h"
#include "mnist/workspace/current_data.h"

struct score {
    uint64_t correct, images;
};

/* probabilities [count, DATASET_CLASSES], labels [count]. */
struct score score_count(const float *probabilities, const uint8_t *labels, int count);

/* The score of the selection without the known label errors (data/label_errors.h). False, and score
   unchanged, if the selection is not MNIST's test set. Probabilities and labels are in the order of
   the selection. */
bool score_without_label_errors(struct score *score, const struct session *s,
                                const struct selection *selection, const float *probabilities,
                                const uint8_t *labels);

/* 0..1; NaN without images. */
double score_accuracy(struct score score);
uint64_t score_errors(struct score score);

/* "99.36 %"; "-" for NaN (0/0). */
void score_percent_cell(struct table *table, double share);
/* "99.18 to 99.50": Wilson's interval of 95 % confidence, in percent; "-" without images. */
void score_interval_cell(struct table *table, struct score score);

#endif
