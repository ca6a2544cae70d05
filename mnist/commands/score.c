/*
 * score - accuracy as a fraction of correctly classified images, with Wilson's interval.
 */
#include "mnist/commands/score.h"

#include "mnist/data/label_errors.h"
#include "mnist/nn/train/metrics.h"
#include "mnist/workspace/session_state.h"

#include <math.h>
#include <string.h>

static const double z_95 = 1.959963984540054; /* 95 % of a normal distribution lie within +-z */

static bool is_correct(const float *probabilities, const uint8_t *labels, int index)
{
    return metrics_argmax(probabilities + (size_t)index * DATASET_CLASSES, DATASET_CLASSES) ==
           labels[index];
}

struct score score_count(const float *probabilities, const uint8_t *labels, int count)
{
    struct score score = {.images = (uint64_t)count};
    for (int i = 0; i < count; i++)
        score.correct += is_correct(probabilities, labels, i);
    return score;
}

bool score_without_label_errors(struct score *score, const struct session *s,
                                const struct selection *selection, const float *probabilities,
                                const uint8_t *labels)
{
    if (!label_errors_known(s->data.loaded) || strcmp(selection->name, "test") != 0)
        return false;
    *score = score_count(probabilities, labels, selection->count);
    score->images -= LABEL_ERROR_COUNT;
    for (int i = 0; i < LABEL_ERROR_COUNT; i++)
        score->correct -= is_correct(probabilities, labels, label_errors_labels[i].index);
    return true;
}

double score_accuracy(struct score score)
{
    return score.images > 0 ? (double)score.correct / (double)score.images : (double)NAN;
}

uint64_t score_errors(struct score score)
{
    return score.images - score.correct;
}

void score_percent_cell(struct table *table, double share)
{
    if (isnan(share))
        table_cell(table, "-");
    else
        table_cell(table, "%.2f %%", 100 * share);
}

void score_interval_cell(struct table *table, struct score score)
{
    double low, high;
    if (score.images == 0) {
        table_cell(table, "-");
        return;
    }
    wilson_interval(&low, &high, score.correct, score.images, z_95);
    table_cell(table, "%.2f to %.2f", 100 * low, 100 * high);
}
