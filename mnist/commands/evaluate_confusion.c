/*
 * evaluate_confusion - `evaluate confusion`: the confusion matrix and its most frequent errors.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/commands/predictions.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONFUSIONS_LISTED = 10 };

struct class_pair {
    int truth, predicted;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct class_pair *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->truth - y->truth) * DATASET_CLASSES + x->predicted - y->predicted;
}

static void show_confusions(struct session *s, const struct confusion *confusion)
{
    struct class_pair confusions[DATASET_CLASSES * DATASET_CLASSES];
    size_t count = 0;
    for (int truth = 0; truth < DATASET_CLASSES; truth++)
        for (int predicted = 0; predicted < DATASET_CLASSES; predicted++)
            if (truth != predicted && confusion->counts[truth][predicted] > 0)
                confusions[count++] =
                    (struct class_pair){truth, predicted, confusion->counts[truth][predicted]};
    qsort(confusions, count, sizeof confusions[0], by_count);
    struct table *table = table_new("Most frequent confusions");
    table_column(table, "true class", TABLE_LEFT);
    table_column(table, "predicted", TABLE_LEFT);
    table_column(table, "images", TABLE_RIGHT);
    for (size_t i = 0; i < count && i < CONFUSIONS_LISTED; i++) {
        table_row(table);
        table_cell(table, "%s", dataset_class_name(s->data.loaded, confusions[i].truth));
        table_cell(table, "%s", dataset_class_name(s->data.loaded, confusions[i].predicted));
        char text[COUNT_TEXT_SIZE];
        table_cell(table, "%s", count_text(text, (long long)confusions[i].count));
    }
    output_table(s->output, &table);
}

bool run_evaluate_confusion(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic)
{
    struct predictions predictions;
    if (!predictions_make(s, call, &predictions, diagnostic))
        return false;
    long long counts[DATASET_CLASSES * DATASET_CLASSES];
    const char *names[DATASET_CLASSES];
    char title[128];
    struct picture picture = {0};
    struct plot_error plot_error;
    for (int i = 0; i < DATASET_CLASSES * DATASET_CLASSES; i++)
        counts[i] =
            (long long)predictions.confusion.counts[i / DATASET_CLASSES][i % DATASET_CLASSES];
    class_names(s, names);
    show_confusions(s, &predictions.confusion);
    snprintf(title, sizeof title, "Confusion matrix on the %s set",
             selection_noun(&predictions.selection));
    const struct plot_confusion config = {
        .title = title, .counts = counts, .classes = DATASET_CLASSES, .names = names};
    bool done = show_picture(s, call, diagnostic,
                             plot_confusion(s->gnuplot, &config, &picture, &plot_error), &picture,
                             &plot_error);
    predictions_release(&predictions);
    return done;
}
