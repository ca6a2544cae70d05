/*
 * evaluate - what the network is worth on images it has not seen: figures, confusion, errors; and `predict` of one image.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/commands/score.h"
#include "mnist/data/label_errors.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/train/metrics.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFUSIONS_LISTED = 10 };

/* The network's answers to a selection of images. */
struct answers {
    struct selection selection;
    float *probabilities; /* [count, DATASET_CLASSES] */
    uint8_t *labels;      /* [count]                  */
    struct confusion confusion;
    struct metrics metrics;
};

static void answers_release(struct answers *answers)
{
    free(answers->probabilities);
    free(answers->labels);
}

static bool answers_run(struct session *s, struct answers *answers, struct progress *watch,
                        struct error *error)
{
    struct data_loader *loader =
        selection_loader(s, &answers->selection, &s->model.preparation.normalization, error);
    struct predictor *predictor =
        loader != NULL ? predictor_new(s->model.network, s->engine, s->pool, error) : NULL;
    bool done = false;
    if (predictor != NULL) {
        struct data_source source = data_loader_source(loader);
        done = predictor_run(predictor, &source, answers->probabilities, answers->labels, watch,
                             error);
    }
    predictor_free(&predictor);
    data_loader_free(&loader);
    return done;
}

/* Asks the network about every image of the set that the call names. */
static bool answers_make(struct session *s, const struct bound_call *call, struct answers *answers,
                         struct diagnostic *diagnostic)
{
    struct error error;
    struct work work;
    *answers = (struct answers){0};
    if (!model_need_trained(s, call, diagnostic) ||
        !data_select(s, call, "set", &answers->selection, diagnostic))
        return false;
    size_t count = (size_t)answers->selection.count;
    answers->probabilities = malloc((count + 1) * DATASET_CLASSES * sizeof *answers->probabilities);
    answers->labels = malloc(count + 1);
    work_begin(&work, s, "evaluating", "images");
    if (answers->probabilities == NULL || answers->labels == NULL)
        error_memory(&error, "the network's answers",
                     count * DATASET_CLASSES * sizeof *answers->probabilities);
    else if (answers_run(s, answers, &work.watch, &error)) {
        confusion_count(&answers->confusion, DATASET_CLASSES, answers->probabilities,
                        answers->labels, (int)count);
        metrics_compute(&answers->metrics, &answers->confusion);
        model_warn_figures(s, &s->model, s->model.name, &answers->selection);
        return true;
    }
    answers_release(answers);
    return fail(call, diagnostic, &error);
}

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

/* How many answers are wrong; and on MNIST's test set, what remains without the labels that are not
   to be trusted. */
static void remark_errors(struct session *s, const struct answers *answers, struct table *table)
{
    const struct metrics *m = &answers->metrics;
    char errors[COUNT_TEXT_SIZE], images[COUNT_TEXT_SIZE], text[160] = "";
    struct score score;
    if (score_without_label_errors(&score, s, &answers->selection, answers->probabilities,
                                   answers->labels))
        snprintf(
            text, sizeof text,
            "\nwithout the %d doubtful labels (Northcutt et al. 2021): %.2f %%, %s error%s in %s images",
            LABEL_ERROR_COUNT, 100 * score_accuracy(score),
            count_text(errors, (long long)score_errors(score)), score_errors(score) == 1 ? "" : "s",
            count_text(images, (long long)score.images));
    table_note(table, "%s error%s in %s image%s%s",
               count_text(errors, (long long)(m->images - m->correct)),
               m->images - m->correct == 1 ? "" : "s", count_text(images, (long long)m->images),
               m->images == 1 ? "" : "s", text);
}

static void show_metrics(struct session *s, const struct answers *answers)
{
    const struct metrics *m = &answers->metrics;
    char caption[256];
    snprintf(caption, sizeof caption,
             "Accuracy on the %s set: %.2f %% (95 %% interval %.2f to %.2f)",
             selection_noun(&answers->selection), 100 * m->accuracy, 100 * m->accuracy_low,
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
                  &answers->confusion.counts[c][c]);
    table_rule(table);
    class_row(table, "mean of the classes", &m->macro, NULL);
    class_row(table, "weighted by images", &m->weighted, NULL);
    remark_errors(s, answers, table);
    output_table(s->output, &table);
}

/* What a registered metric makes of the answers. */
static void show_metric(struct session *s, const struct bound_call *call,
                        const struct answers *answers)
{
    const struct plugin_metric *metric =
        bound_call_has(call, "metric")
            ? plugin_find(PLUGIN_METRIC, bound_call_string(call, "metric"))
            : NULL;
    assert(!bound_call_has(call, "metric") ||
           metric != NULL); /* a word that is no choice was refused */
    if (metric == NULL)
        return;
    double value = metric->value(metric->context, answers->probabilities, answers->labels,
                                 answers->selection.count, DATASET_CLASSES);
    variables_set_number(s->variables, metric->name, value);
    if (isnan(value))
        output_print(s->output, OUTPUT_STDOUT, "%s: -\n", metric->name);
    else
        output_print(s->output, OUTPUT_STDOUT, "%s: %.6g\n", metric->name, value);
}

bool run_evaluate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct answers answers;
    if (!answers_make(s, call, &answers, diagnostic))
        return false;
    show_metrics(s, &answers);
    show_metric(s, call, &answers);
    variables_set_number(s->variables, "accuracy", answers.metrics.accuracy);
    variables_set_number(s->variables, "errors",
                         (double)(answers.metrics.images - answers.metrics.correct));
    if (strcmp(answers.selection.name, "test") == 0 &&
        provenance_knows(&s->model.provenance, s->data.loaded))
        s->model.test_accuracy = answers.metrics.accuracy;
    answers_release(&answers);
    return true;
}

struct mixup {
    int truth, predicted;
    uint64_t count;
};

static int more_first(const void *a, const void *b)
{
    const struct mixup *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->truth - y->truth) * DATASET_CLASSES + x->predicted - y->predicted;
}

static void show_mixups(struct session *s, const struct confusion *confusion)
{
    struct mixup mixups[DATASET_CLASSES * DATASET_CLASSES];
    size_t count = 0;
    for (int truth = 0; truth < DATASET_CLASSES; truth++)
        for (int predicted = 0; predicted < DATASET_CLASSES; predicted++)
            if (truth != predicted && confusion->counts[truth][predicted] > 0)
                mixups[count++] =
                    (struct mixup){truth, predicted, confusion->counts[truth][predicted]};
    qsort(mixups, count, sizeof mixups[0], more_first);
    struct table *table = table_new("What is mixed up most");
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "taken for", TABLE_LEFT);
    table_column(table, "times", TABLE_RIGHT);
    for (size_t i = 0; i < count && i < CONFUSIONS_LISTED; i++) {
        table_row(table);
        table_cell(table, "%s", dataset_class_name(s->data.loaded, mixups[i].truth));
        table_cell(table, "%s", dataset_class_name(s->data.loaded, mixups[i].predicted));
        char text[COUNT_TEXT_SIZE];
        table_cell(table, "%s", count_text(text, (long long)mixups[i].count));
    }
    output_table(s->output, &table);
}

bool run_evaluate_confusion(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic)
{
    struct answers answers;
    if (!answers_make(s, call, &answers, diagnostic))
        return false;
    long long counts[DATASET_CLASSES * DATASET_CLASSES];
    const char *names[DATASET_CLASSES];
    char title[128];
    struct picture picture = {0};
    struct plot_error plot_error;
    for (int i = 0; i < DATASET_CLASSES * DATASET_CLASSES; i++)
        counts[i] = (long long)answers.confusion.counts[i / DATASET_CLASSES][i % DATASET_CLASSES];
    class_names(s, names);
    show_mixups(s, &answers.confusion);
    snprintf(title, sizeof title, "Confusion on the %s set", selection_noun(&answers.selection));
    const struct plot_confusion config = {
        .title = title, .counts = counts, .classes = DATASET_CLASSES, .names = names};
    bool done = show_picture(s, call, diagnostic,
                             plot_confusion(s->gnuplot, &config, &picture, &plot_error), &picture,
                             &plot_error);
    answers_release(&answers);
    return done;
}

/* An image that was answered wrongly. */
struct wrong {
    int position, predicted;
    float probability;
};

static int surest_first(const void *a, const void *b)
{
    const struct wrong *x = a, *y = b;
    if (x->probability != y->probability)
        return x->probability > y->probability ? -1 : 1;
    return x->position - y->position;
}

/* All wrong answers, the surest first. Caller frees. */
static struct wrong *wrong_answers(const struct answers *answers, int *count)
{
    int images = answers->selection.count;
    struct wrong *list = malloc((size_t)(images + 1) * sizeof *list);
    *count = 0;
    for (int i = 0; list != NULL && i < images; i++) {
        const float *probabilities = answers->probabilities + (size_t)i * DATASET_CLASSES;
        int predicted = metrics_argmax(probabilities, DATASET_CLASSES);
        if (predicted != answers->labels[i])
            list[(*count)++] = (struct wrong){i, predicted, probabilities[predicted]};
    }
    if (list != NULL)
        qsort(list, (size_t)*count, sizeof *list, surest_first);
    return list;
}

/* The wrong answers as a table, so that `predict` can follow with an image's index. */
static void errors_table(struct session *s, const struct answers *answers, const struct wrong *list,
                         int wrong, int shown)
{
    char caption[128], errors[COUNT_TEXT_SIZE], images[COUNT_TEXT_SIZE];
    snprintf(caption, sizeof caption, "Errors on the %s set, the most confident first",
             selection_noun(&answers->selection));
    struct table *table = table_new(caption);
    table_column(table, "image", TABLE_RIGHT);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "taken for", TABLE_LEFT);
    table_column(table, "probability", TABLE_RIGHT);
    for (int i = 0; i < shown; i++) {
        table_row(table);
        table_cell(table, "%d", list[i].position);
        table_cell(table, "%s",
                   dataset_class_name(s->data.loaded, answers->labels[list[i].position]));
        table_cell(table, "%s", dataset_class_name(s->data.loaded, list[i].predicted));
        score_percent_cell(table, (double)list[i].probability);
    }
    table_note(table, "%d of %s error%s in %s image%s; `predict %s %d` shows the first", shown,
               count_text(errors, wrong), wrong == 1 ? "" : "s",
               count_text(images, answers->selection.count),
               answers->selection.count == 1 ? "" : "s", answers->selection.name, list[0].position);
    output_table(s->output, &table);
}

static bool show_wrong(struct session *s, const struct bound_call *call,
                       const struct answers *answers, const struct wrong *list, int wrong,
                       int shown, struct diagnostic *diagnostic)
{
    int truth[PLOT_IMAGES_MAX], predicted[PLOT_IMAGES_MAX], index[PLOT_IMAGES_MAX];
    float probability[PLOT_IMAGES_MAX];
    const char *names[DATASET_CLASSES];
    size_t size = dataset_image_size(s->data.prepared);
    unsigned char *bytes = malloc((size_t)shown * size);
    if (bytes == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    for (int i = 0; i < shown; i++) {
        memcpy(bytes + (size_t)i * size, selection_image(s, &answers->selection, list[i].position),
               size);
        truth[i] = answers->labels[list[i].position];
        predicted[i] = list[i].predicted;
        index[i] = list[i].position;
        probability[i] = list[i].probability;
    }
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
        .total = answers->selection.count,
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
    struct answers answers;
    if (!answers_make(s, call, &answers, diagnostic))
        return false;
    int wrong, count = (int)bound_call_integer(call, "count");
    struct wrong *list = wrong_answers(&answers, &wrong);
    bool done = list != NULL || bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    if (done && wrong == 0)
        output_print(s->output, OUTPUT_STDOUT, "no image of the %s set is answered wrongly\n",
                     selection_noun(&answers.selection));
    else if (done) {
        int shown = wrong < count ? wrong : count;
        errors_table(s, &answers, list, wrong, shown);
        done = show_wrong(s, call, &answers, list, wrong, shown, diagnostic);
    }
    free(list);
    answers_release(&answers);
    return done;
}

/* The answer for programs: each class with its probability. */
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
    output_print(s->output, OUTPUT_STDOUT, "answer: %s (%.2f %%), truth: %s\n", names[predicted],
                 100 * (double)probabilities[predicted], names[label]);
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
