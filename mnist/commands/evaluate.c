/*
 * evaluate - `evaluate`: accuracy, and precision, recall and F1 of each class, with confidence
 * intervals.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/predictions.h"
#include "mnist/commands/score.h"
#include "mnist/data/label_errors.h"
#include "mnist/workspace/session_state.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void class_row(struct table *table, const char *name, const struct class_metrics *m,
                      const uint64_t *correct)
{
    char text[COUNT_TEXT_SIZE];
    table_row(table);
    table_cell(table, "%s", name);
    table_cell(table, "%s", count_text(text, (long long)m->support));
    score_percent_cell(table, m->precision);
    if (correct != NULL)
        score_interval_cell(table, (struct score){*correct, m->predicted});
    else
        table_cell(table, "%s", "");
    score_percent_cell(table, m->recall);
    if (correct != NULL)
        score_interval_cell(table, (struct score){*correct, m->support});
    else
        table_cell(table, "%s", "");
    score_percent_cell(table, m->f1);
}

/* Adds the number of errors; for MNIST's test set also the score without the known label errors. */
static void note_errors(struct session *s, const struct predictions *predictions,
                        struct table *table)
{
    const struct metrics *m = &predictions->metrics;
    char errors[COUNT_TEXT_SIZE], images[COUNT_TEXT_SIZE], text[160] = "";
    struct score score;
    if (score_without_label_errors(&score, s, &predictions->selection, predictions->probabilities,
                                   predictions->labels))
        snprintf(text, sizeof text,
                 "\nwithout the %d label errors (Northcutt et al. 2021): %.2f %%, %s error%s in %s "
                 "images",
                 LABEL_ERROR_COUNT, 100 * score_accuracy(score),
                 count_text(errors, (long long)score_errors(score)),
                 score_errors(score) == 1 ? "" : "s", count_text(images, (long long)score.images));
    table_note(table, "%s error%s in %s image%s%s",
               count_text(errors, (long long)(m->images - m->correct)),
               m->images - m->correct == 1 ? "" : "s", count_text(images, (long long)m->images),
               m->images == 1 ? "" : "s", text);
}

static void show_metrics(struct session *s, const struct predictions *predictions)
{
    const struct metrics *m = &predictions->metrics;
    char caption[256];
    snprintf(caption, sizeof caption,
             "Accuracy on the %s set: %.2f %% (95 %% interval %.2f to %.2f)",
             selection_noun(&predictions->selection), 100 * m->accuracy, 100 * m->accuracy_low,
             100 * m->accuracy_high);
    struct table *table = table_new(caption);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "images", TABLE_RIGHT);
    table_column(table, "precision", TABLE_RIGHT);
    table_column(table, "95 % interval", TABLE_RIGHT);
    table_key(table, "precision_interval");
    table_column(table, "recall", TABLE_RIGHT);
    table_column(table, "95 % interval", TABLE_RIGHT);
    table_key(table, "recall_interval");
    table_column(table, "F1", TABLE_RIGHT);
    for (int c = 0; c < m->classes; c++)
        class_row(table, dataset_class_name(s->data.loaded, c), &m->by_class[c],
                  &predictions->confusion.counts[c][c]);
    table_rule(table);
    class_row(table, "mean of the classes", &m->macro, NULL);
    class_row(table, "weighted by images", &m->weighted, NULL);
    note_errors(s, predictions, table);
    output_table(s->output, &table);
}

/* The value of a registered metric. */
static void show_metric(struct session *s, const struct bound_call *call,
                        const struct predictions *predictions)
{
    const struct plugin_metric *metric =
        bound_call_has(call, "metric")
            ? plugin_find(PLUGIN_METRIC, bound_call_string(call, "metric"))
            : NULL;
    assert(!bound_call_has(call, "metric") ||
           metric != NULL); /* the parser has rejected unknown metrics */
    if (metric == NULL)
        return;
    double value = metric->value(metric->context, predictions->probabilities, predictions->labels,
                                 predictions->selection.count, DATASET_CLASSES);
    variables_set_number(s->variables, metric->name, value);
    if (isnan(value))
        output_print(s->output, OUTPUT_STDOUT, "%s: -\n", metric->name);
    else
        output_print(s->output, OUTPUT_STDOUT, "%s: %.6g\n", metric->name, value);
}

bool run_evaluate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct predictions predictions;
    if (!predictions_make(s, call, &predictions, diagnostic))
        return false;
    show_metrics(s, &predictions);
    show_metric(s, call, &predictions);
    variables_set_number(s->variables, "accuracy", predictions.metrics.accuracy);
    variables_set_number(s->variables, "errors",
                         (double)(predictions.metrics.images - predictions.metrics.correct));
    if (strcmp(predictions.selection.name, "test") == 0 &&
        provenance_knows(&s->model.provenance, s->data.loaded))
        s->model.test_accuracy = predictions.metrics.accuracy;
    predictions_release(&predictions);
    return true;
}
