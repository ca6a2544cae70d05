/*
 * gradient_check_loss - compares a loss's gradient with finite differences at random logits, for
 * every pair of a label and a logit, or for `count` random pairs.
 */
#include <stdio.h>

#include "mnist/base/rng.h"
#include "mnist/nn/train/gradient_check.h"

enum { STREAM_PAIRS = 99, STREAM_LOGITS = 100 }; /* items of RNG_SAMPLE */

static const float step = 1e-2f;

static double loss_at(const struct plugin_loss *loss, const float *logits, int classes, int label)
{
    float ignored[NETWORK_CLASSES_MAX] = {0};
    return loss->value(loss->context, logits, classes, label, ignored);
}

/* Checks the derivative of the loss with respect to logits[c] for this label. */
static void check_element(const struct plugin_loss *loss, int classes, int label, int c,
                          float *logits, struct gradient_check_row *row)
{
    float gradient[NETWORK_CLASSES_MAX] = {0};
    loss->value(loss->context, logits, classes, label, gradient);
    double floor = gradient_check_floor(gradient, (size_t)classes) + 1e-6;
    float before = logits[c];
    logits[c] = before + step;
    double up = (double)logits[c] - (double)before;
    double right = loss_at(loss, logits, classes, label);
    logits[c] = before - step;
    double down = (double)before - (double)logits[c];
    double left = loss_at(loss, logits, classes, label);
    logits[c] = before;
    double difference = (right - left) / (up + down);
    double error = gradient_check_error((double)gradient[c], difference, floor);
    row->compared++;
    if (error < row->error)
        return;
    row->error = error;
    row->backward = (double)gradient[c];
    row->difference = difference;
    snprintf(row->worst, sizeof row->worst, "logits[%d], label %d", c, label);
}

void gradient_check_loss(const struct plugin_loss *loss, int classes, int count, uint64_t seed,
                         struct gradient_check *check)
{
    float logits[NETWORK_CLASSES_MAX];
    int all = classes * classes;
    struct gradient_check_row *row = &check->rows[0];
    struct rng rng = rng_stream(seed, RNG_SAMPLE, 0, STREAM_PAIRS);
    *check = (struct gradient_check){.row_count = 1};
    snprintf(row->tensor, sizeof row->tensor, "logits");
    row->of = all;
    for (int i = 0; i < all && i < count; i++) {
        int pair = all <= count ? i : (int)rng_below(&rng, (uint32_t)all), label = pair / classes;
        gradient_check_fill(logits, (size_t)classes, 3, seed, (uint32_t)(STREAM_LOGITS + label));
        check_element(loss, classes, label, pair % classes, logits, row);
    }
}
