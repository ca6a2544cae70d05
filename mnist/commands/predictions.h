/*
 * predictions - the network's predictions for a set of images, and the metrics computed from them.
 *
 * evaluate.c, evaluate_confusion.c and evaluate_errors.c show them.
 */
#ifndef MNIST_COMMANDS_PREDICTIONS_H
#define MNIST_COMMANDS_PREDICTIONS_H

#include "mnist/nn/train/metrics.h"
#include "mnist/workspace/current_data.h"

struct predictions {
    struct selection selection;
    float *probabilities; /* [count, DATASET_CLASSES] */
    uint8_t *labels;      /* [count]                  */
    struct confusion confusion;
    struct metrics metrics;
};

/* Runs the session's network on all images of the set that the call names, with progress. False
   with a diagnostic if there is no trained network, it does not fit the data, or the user
   interrupts. Caller releases the predictions with predictions_release after success. */
__attribute__((warn_unused_result)) bool predictions_make(struct session *s,
                                                          const struct bound_call *call,
                                                          struct predictions *predictions,
                                                          struct diagnostic *diagnostic);
void predictions_release(struct predictions *predictions);

#endif
