/*
 * evaluate_errors - `evaluate errors`: the misclassified images as a table and a picture, sorted by
 * descending probability of the predicted class.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/image_stack.h"
#include "mnist/commands/picture.h"
#include "mnist/commands/predictions.h"
#include "mnist/commands/score.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>

/* A misclassified image. */
struct misclassified {
    int position, predicted;
    float probability;
};

static int by_confidence(const void *a, const void *b)
{
    const struct misclassified *x = a, *y = b;
    if (x->probability != y->probability)
        return x->probability > y->probability ? -1 : 1;
    return x->position - y->position;
}

/* All errors, sorted by descending confidence. Caller frees. */
static struct misclassified *find_errors(const struct predictions *predictions, int *count)
{
    int images = predictions->selection.count;
    struct misclassified *list = malloc((size_t)(images + 1) * sizeof *list);
    *count = 0;
    for (int i = 0; list != NULL && i < images; i++) {
        const float *probabilities = predictions->probabilities + (size_t)i * DATASET_CLASSES;
        int predicted = metrics_argmax(probabilities, DATASET_CLASSES);
        if (predicted != predictions->labels[i])
            list[(*count)++] = (struct misclassified){i, predicted, probabilities[predicted]};
    }
    if (list != NULL)
        qsort(list, (size_t)*count, sizeof *list, by_confidence);
    return list;
}

/* The errors as a table, with the index that `predict` accepts. */
static void errors_table(struct session *s, const struct predictions *predictions,
                         const struct misclassified *list, int wrong, int shown)
{
    char caption[128], errors[COUNT_TEXT_SIZE], images[COUNT_TEXT_SIZE];
    snprintf(caption, sizeof caption, "Errors on the %s set, most confident first",
             selection_noun(&predictions->selection));
    struct table *table = table_new(caption);
    table_column(table, "image", TABLE_RIGHT);
    table_column(table, "true class", TABLE_LEFT);
    table_column(table, "predicted", TABLE_LEFT);
    table_column(table, "probability", TABLE_RIGHT);
    for (int i = 0; i < shown; i++) {
        table_row(table);
        table_cell(table, "%d", list[i].position);
        table_cell(table, "%s",
                   dataset_class_name(s->data.loaded, predictions->labels[list[i].position]));
        table_cell(table, "%s", dataset_class_name(s->data.loaded, list[i].predicted));
        score_percent_cell(table, (double)list[i].probability);
    }
    table_note(table, "%d of %s error%s in %s image%s; `predict %s %d` shows the first", shown,
               count_text(errors, wrong), wrong == 1 ? "" : "s",
               count_text(images, predictions->selection.count),
               predictions->selection.count == 1 ? "" : "s", predictions->selection.name,
               list[0].position);
    output_table(s->output, &table);
}

static bool show_errors(struct session *s, const struct bound_call *call,
                        const struct predictions *predictions, const struct misclassified *list,
                        int wrong, int shown, struct diagnostic *diagnostic)
{
    uint32_t positions[PLOT_IMAGES_MAX];
    int truth[PLOT_IMAGES_MAX], predicted[PLOT_IMAGES_MAX], index[PLOT_IMAGES_MAX];
    float probability[PLOT_IMAGES_MAX];
    const char *names[DATASET_CLASSES];
    for (int i = 0; i < shown; i++) {
        positions[i] = (uint32_t)list[i].position;
        truth[i] = predictions->labels[list[i].position];
        predicted[i] = list[i].predicted;
        index[i] = list[i].position;
        probability[i] = list[i].probability;
    }
    unsigned char *bytes = image_stack(s, &predictions->selection, positions, shown);
    if (bytes == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    struct picture picture = {0};
    struct plot_error plot_error;
    class_names(s, names);
    const struct plot_errors config = {
        .images = {.bytes = bytes,
                   .count = shown,
                   .rows = s->data.prepared->rows,
                   .columns = s->data.prepared->columns},
        .truth = truth,
        .predicted = predicted,
        .index = index,
        .probability = probability,
        .names = names,
        .classes = DATASET_CLASSES,
        .wrong = wrong,
        .total = predictions->selection.count,
    };
    bool done =
        show_picture(s, call, diagnostic, plot_errors(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(bytes);
    return done;
}

bool run_evaluate_errors(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic)
{
    struct predictions predictions;
    if (!predictions_make(s, call, &predictions, diagnostic))
        return false;
    int wrong, count = (int)bound_call_integer(call, "count");
    struct misclassified *list = find_errors(&predictions, &wrong);
    bool done = list != NULL || bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    if (done && wrong == 0)
        output_print(s->output, OUTPUT_STDOUT,
                     "all images of the %s set are classified correctly\n",
                     selection_noun(&predictions.selection));
    else if (done) {
        int shown = wrong < count ? wrong : count;
        errors_table(s, &predictions, list, wrong, shown);
        done = show_errors(s, call, &predictions, list, wrong, shown, diagnostic);
    }
    free(list);
    predictions_release(&predictions);
    return done;
}
