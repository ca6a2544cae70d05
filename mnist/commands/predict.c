/*
 * predict - `predict SET INDEX`: the predicted class of one image, with the probability of each
 * class.
 */
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/metrics.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>

/* The prediction as data for programs: each class with its probability. */
static void prediction_data(struct session *s, const char *const *names, int label, int predicted,
                            const float *probabilities)
{
    struct table *table = table_new(NULL);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "probability", TABLE_RIGHT);
    table_column(table, "answer", TABLE_RIGHT);
    table_column(table, "truth", TABLE_RIGHT);
    for (int c = 0; c < DATASET_CLASSES; c++) {
        table_row(table);
        table_cell(table, "%s", names[c]);
        table_cell(table, "%.6f", (double)probabilities[c]);
        table_cell(table, "%d", c == predicted);
        table_cell(table, "%d", c == label);
    }
    output_data(s->output, &table);
}

static bool show_prediction(struct session *s, const struct bound_call *call,
                            const struct selection *selection, int index,
                            const float *probabilities, struct diagnostic *diagnostic)
{
    const char *names[DATASET_CLASSES];
    char title[160];
    int label = selection_label(selection, index),
        predicted = metrics_argmax(probabilities, DATASET_CLASSES);
    struct picture picture = {0};
    struct plot_error plot_error;
    class_names(s, names);
    snprintf(title, sizeof title, "Image %d of the %s set", index, selection_noun(selection));
    output_print(s->output, OUTPUT_STDOUT, "prediction: %s (%.2f %%), true class: %s\n",
                 names[predicted], 100 * (double)probabilities[predicted], names[label]);
    prediction_data(s, names, label, predicted, probabilities);
    const struct plot_prediction config = {
        .title = title,
        .image = {.bytes = selection_image(s, selection, index),
                  .count = 1,
                  .rows = s->data.prepared->rows,
                  .columns = s->data.prepared->columns},
        .probabilities = probabilities,
        .classes = DATASET_CLASSES,
        .names = names,
        .truth = label,
    };
    return show_picture(s, call, diagnostic,
                        plot_prediction(s->gnuplot, &config, &picture, &plot_error), &picture,
                        &plot_error);
}

bool run_predict(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct selection selection;
    struct error error;
    int index;
    if (!model_need_trained(s, call, diagnostic) ||
        !data_select(s, call, "set", &selection, diagnostic) ||
        !pick_image(call, &selection, &index, diagnostic))
        return false;
    size_t size = dataset_image_size(s->data.prepared);
    float *x = malloc(size * sizeof *x), probabilities[DATASET_CLASSES];
    struct predictor *predictor =
        x != NULL ? predictor_new(s->model.network, s->engine, s->pool, &error) : NULL;
    if (x == NULL)
        error_memory(&error, "an image", size * sizeof *x);
    bool done = predictor != NULL || fail(call, diagnostic, &error);
    if (done) {
        normalize_bytes(&s->model.preparation.normalization, x,
                        selection_image(s, &selection, index), size);
        predictor_one(predictor, x, probabilities);
        model_warn_data(s, &s->model, s->model.name);
        done = show_prediction(s, call, &selection, index, probabilities, diagnostic);
    }
    predictor_free(&predictor);
    free(x);
    return done;
}
