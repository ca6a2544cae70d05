/*
 * gradient_check_loss - a loss's gradient against finite differences: for each label, at random logits.
 */
#include <stdio.h>

#include "mnist/nn/gradient_check.h"

static const float step = 1e-2f;

static double loss_at(const struct custom_loss *loss, const float *logits, int classes, int label)
{
    float ignored[NETWORK_CLASSES_MAX] = {0};
    return loss->value(loss->context, logits, classes, label, ignored);
}

static void check_label(const struct custom_loss *loss, int classes, int label, float *logits,
                        struct gradient_check_row *row)
{
    float gradient[NETWORK_CLASSES_MAX] = {0};
    loss->value(loss->context, logits, classes, label, gradient);
    double floor = gradient_check_floor(gradient, (size_t)classes) + 1e-6;
    for (int c = 0; c < classes; c++) {
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
        if (error >= row->error) {
            row->error = error;
            row->backward = (double)gradient[c];
            row->difference = difference;
            snprintf(row->worst, sizeof row->worst, "logits[%d], label %d", c, label);
        }
    }
}

void gradient_check_loss(const struct custom_loss *loss, int classes, uint64_t seed,
                         struct gradient_check *check)
{
    float logits[NETWORK_CLASSES_MAX];
    struct gradient_check_row *row = &check->rows[0];
    *check = (struct gradient_check){.row_count = 1};
    snprintf(row->tensor, sizeof row->tensor, "logits");
    row->of = classes * classes;
    for (int label = 0; label < classes; label++) {
        gradient_check_draw(logits, (size_t)classes, 3, seed, (uint32_t)(100 + label));
        check_label(loss, classes, label, logits, row);
    }
}
