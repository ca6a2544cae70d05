/*
 * loss - softmax and cross-entropy, one image after the other.
 */
#include "mnist/nn/loss.h"

#include <assert.h>

#include "mnist/nn/exact.h"
#include "mnist/nn/network.h"

/* exp[c] = exp(z[c] - largest) of image i; returns their sum, and where the largest is. */
static double exponentials(double exp[NETWORK_CLASSES_MAX], const float *logits, int classes, int n,
                           int i, int *best)
{
    *best = 0;
    for (int c = 1; c < classes; c++)
        if (logits[c * n + i] > logits[*best * n + i])
            *best = c;
    double largest = (double)logits[*best * n + i], sum = 0;
    for (int c = 0; c < classes; c++) {
        exp[c] = exact_exp((double)logits[c * n + i] - largest);
        sum += exp[c];
    }
    return sum;
}

void loss_softmax(float *probabilities, const float *logits, int classes, int n)
{
    double exp[NETWORK_CLASSES_MAX];
    int best;
    assert(classes <= NETWORK_CLASSES_MAX);
    for (int i = 0; i < n; i++) {
        double sum = exponentials(exp, logits, classes, n, i, &best);
        for (int c = 0; c < classes; c++)
            probabilities[i * classes + c] = (float)(exp[c] / sum);
    }
}

struct loss_sums loss_cross_entropy(const float *logits, const uint8_t *labels, int classes, int n,
                                    float smoothing, int batch, float *dlogits)
{
    struct loss_sums sums = {0};
    double exp[NETWORK_CLASSES_MAX];
    double spread = (double)smoothing / classes;
    assert(classes <= NETWORK_CLASSES_MAX);
    for (int i = 0; i < n; i++) {
        int best, label = labels[i];
        double sum = exponentials(exp, logits, classes, n, i, &best);
        double log_sum = exact_log(sum), largest = (double)logits[best * n + i];
        for (int c = 0; c < classes; c++) {
            double target = c == label ? spread + (1 - (double)smoothing) : spread;
            if (target != 0)
                sums.loss -= target * ((double)logits[c * n + i] - largest - log_sum);
            if (dlogits != NULL)
                dlogits[c * n + i] = (float)((exp[c] / sum - target) / batch);
        }
        sums.correct += best == label;
    }
    return sums;
}
