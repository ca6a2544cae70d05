/*
 * metrics - quality of a classifier: confusion matrix, precision, recall, F1, confidence interval.
 *
 * Pure arithmetic on counts; commands/evaluate.c prints the results. The definitions are those of
 * scikit-learn's `classification_report`: means are over the classes that occur as a label or as a
 * prediction. A ratio 0/0 (the precision of a class that is never predicted) is NaN; in the means
 * it counts as 0.
 *
 *     precision = TP / predicted    recall = TP / support    F1 = 2 TP / (predicted + support)
 *
 * Wilson's interval: E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", JASA 22 (1927).
 */
#ifndef MNIST_NN_TRAIN_METRICS_H
#define MNIST_NN_TRAIN_METRICS_H

#include <stdint.h>

enum { METRICS_CLASSES_MAX = 32 };

struct confusion {
    int classes;
    uint64_t counts[METRICS_CLASSES_MAX][METRICS_CLASSES_MAX]; /* [true class][predicted class] */
};

struct class_metrics {
    double precision, recall, f1; /* NaN: 0/0 */
    uint64_t support;             /* images of this class     */
    uint64_t predicted;           /* images predicted as it   */
};

struct metrics {
    int classes;
    uint64_t images, correct;
    double accuracy, accuracy_low, accuracy_high; /* Wilson, 95 %; accuracy NaN: no images */
    struct class_metrics by_class[METRICS_CLASSES_MAX];
    struct class_metrics macro;    /* unweighted means over the classes that occur */
    struct class_metrics weighted; /* means weighted by support               */
};

/* Counts predictions: the class with the highest probability, the first one of equals.
   probabilities [count, classes], labels [count] below classes; classes <= METRICS_CLASSES_MAX. */
void confusion_count(struct confusion *confusion, int classes, const float *probabilities,
                     const uint8_t *labels, int count);

void metrics_compute(struct metrics *metrics, const struct confusion *confusion);

/* Wilson's score interval for `successes` out of `trials`; z = 1.96 for 95 %. 0 trials give
   0..1. */
void wilson_interval(double *low, double *high, uint64_t successes, uint64_t trials, double z);

/* Index of the largest value, the first one of equals. */
int metrics_argmax(const float *values, int count);

#endif
