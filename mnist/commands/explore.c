/*
 * explore - `explore` and its subjects samples, image, classes, pixels and mean.
 *
 * All of them show the data after the current preprocessing. explore_neighbours.c has the subjects
 * that compare images with each other: PCA, outliers, duplicates.
 */
#include "mnist/base/count_text.h"
#include "mnist/base/rng.h"
#include "mnist/commands/image_stack.h"
#include "mnist/commands/picture.h"
#include "mnist/commands/score.h"
#include "mnist/data/statistics.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool statistics_of(struct session *s, const struct bound_call *call,
                          const struct dataset_part *part, struct statistics *statistics,
                          struct diagnostic *diagnostic)
{
    struct error error;
    struct work work;
    work_begin(&work, s, "counting pixels", "images");
    return statistics_make(statistics, s->data.prepared, part, s->pool, &work.progress, &error) ||
           fail(call, diagnostic, &error);
}

static void summary_row(struct table *table, const char *what, const char *train, const char *test)
{
    table_row(table);
    table_cell(table, "%s", what);
    table_cell(table, "%s", train);
    table_cell(table, "%s", test);
}

/* A row of two numbers; "-" for an empty test set. */
static void summary_numbers(struct table *table, const char *what, int decimals, const char *unit,
                            double train, double test)
{
    char a[64], b[64] = "-";
    snprintf(a, sizeof a, "%.*f%s", decimals, train, unit);
    if (!isnan(test))
        snprintf(b, sizeof b, "%.*f%s", decimals, test, unit);
    summary_row(table, what, a, b);
}

static void show_summary(struct session *s, const struct statistics *train,
                         const struct statistics *test)
{
    char a[COUNT_TEXT_SIZE], b[COUNT_TEXT_SIZE], title[128];
    int classes = 0;
    for (int c = 0; c < DATASET_CLASSES; c++)
        classes += train->class_count[c] + test->class_count[c] > 0;
    snprintf(title, sizeof title, "%s: images of %d x %d pixels, %d class%s", s->data.loaded->name,
             train->rows, train->columns, classes, classes == 1 ? "" : "es");
    struct table *table = table_new(title);
    table_column(table, "", TABLE_LEFT);
    table_key(table, "property");
    table_column(table, "training", TABLE_RIGHT);
    table_column(table, "test", TABLE_RIGHT);
    summary_row(table, "images", count_text(a, train->count), count_text(b, test->count));
    summary_numbers(table, "pixel mean (0 to 255)", 3, "", train->pixel_mean, test->pixel_mean);
    summary_numbers(table, "pixel standard deviation", 3, "", train->pixel_sd, test->pixel_sd);
    summary_numbers(table, "pixels with ink", 2, " %", 100 * train->ink_share,
                    100 * test->ink_share);
    summary_numbers(table, "least ink in an image", 2, " %", 100 * train->ink_min,
                    100 * test->ink_min);
    summary_numbers(table, "most ink in an image", 2, " %", 100 * train->ink_max,
                    100 * test->ink_max);
    for (int c = 0; c < DATASET_CLASSES; c++) {
        char what[96];
        if (c == 0)
            table_rule(table);
        snprintf(what, sizeof what, "class %s", dataset_class_name(s->data.loaded, c));
        summary_row(table, what, count_text(a, train->class_count[c]),
                    count_text(b, test->class_count[c]));
    }
    output_table(s->output, &table);
}

bool run_explore(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct statistics train = {0}, test = {0};
    bool done = data_need(s, call, diagnostic) &&
                statistics_of(s, call, &s->data.prepared->train, &train, diagnostic) &&
                statistics_of(s, call, &s->data.prepared->test, &test, diagnostic);
    if (done)
        show_summary(s, &train, &test);
    statistics_release(&train);
    statistics_release(&test);
    return done;
}

/* The positions in the selection of the images of a class (-1 = all classes). Caller frees. */
static uint32_t *positions_of_class(const struct selection *selection, int class, int *count)
{
    uint32_t *positions = malloc((size_t)selection->count * sizeof *positions + 1);
    *count = 0;
    for (int i = 0; positions != NULL && i < selection->count; i++)
        if (class < 0 || selection_label(selection, i) == class)
            positions[(*count)++] = (uint32_t)i;
    return positions;
}

static bool show_samples(struct session *s, const struct bound_call *call,
                         const struct selection *selection, const uint32_t *positions, int count,
                         struct diagnostic *diagnostic)
{
    const char *captions[PLOT_IMAGES_MAX];
    char title[160], sentence[256];
    struct picture picture = {0};
    struct plot_error plot_error;
    unsigned char *bytes = image_stack(s, selection, positions, count);
    for (int i = 0; i < count; i++)
        captions[i] =
            dataset_class_name(s->data.loaded, selection_label(selection, (int)positions[i]));
    snprintf(title, sizeof title, "%d %s image%s of %s%s%s", count, selection_noun(selection),
             count == 1 ? "" : "s", s->data.loaded->name,
             bound_call_given(call, "class") ? ", class " : "",
             bound_call_given(call, "class")
                 ? dataset_class_name(s->data.loaded, (int)bound_call_integer(call, "class"))
                 : "");
    snprintf(sentence, sizeof sentence, "%s, chosen at random (seed %lld), each with its label.",
             title, bound_call_integer(call, "seed"));
    const struct plot_images config = {
        .title = title,
        .images = {.bytes = bytes,
                   .count = count,
                   .rows = s->data.prepared->rows,
                   .columns = s->data.prepared->columns},
        .captions = captions,
        .sentence = sentence,
    };
    bool done =
        bytes != NULL &&
        show_picture(s, call, diagnostic, plot_images(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    if (bytes == NULL)
        bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    free(bytes);
    return done;
}

bool run_explore_samples(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic)
{
    struct selection selection;
    if (!data_need(s, call, diagnostic) || !data_select(s, call, "set", &selection, diagnostic))
        return false;
    int of_class;
    uint32_t *positions = positions_of_class(
        &selection, bound_call_has(call, "class") ? (int)bound_call_integer(call, "class") : -1,
        &of_class);
    if (positions == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    struct rng rng = rng_stream((uint64_t)bound_call_integer(call, "seed"), RNG_SAMPLE, 0, 0);
    rng_shuffle(&rng, positions, (uint32_t)of_class);
    int count = (int)bound_call_integer(call, "count");
    bool done =
        of_class > 0
            ? show_samples(s, call, &selection, positions, count < of_class ? count : of_class,
                           diagnostic)
            : bound_call_diagnostic(call, diagnostic, "class",
                                    "the %s set of %s has no images of this class: `explore "
                                    "classes` shows the counts",
                                    selection_noun(&selection), s->data.loaded->name);
    free(positions);
    return done;
}

bool run_explore_image(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic)
{
    struct selection selection;
    int index;
    if (!data_need(s, call, diagnostic) || !data_select(s, call, "set", &selection, diagnostic) ||
        !pick_image(call, &selection, &index, diagnostic))
        return false;
    char title[160];
    struct picture picture = {0};
    struct plot_error plot_error;
    const char *label = dataset_class_name(s->data.loaded, selection_label(&selection, index));
    snprintf(title, sizeof title, "%s image %d of %s: %s", selection_noun(&selection), index,
             s->data.loaded->name, label);
    title[0] = (char)(title[0] >= 'a' ? title[0] - 'a' + 'A' : title[0]);
    const struct plot_digit config = {
        .title = title,
        .image = {.bytes = selection_image(s, &selection, index),
                  .count = 1,
                  .rows = s->data.prepared->rows,
                  .columns = s->data.prepared->columns},
        .label = label,
    };
    return show_picture(s, call, diagnostic, plot_digit(s->gnuplot, &config, &picture, &plot_error),
                        &picture, &plot_error);
}

static void count_classes(const struct selection *selection, long long counts[DATASET_CLASSES])
{
    for (int c = 0; c < DATASET_CLASSES; c++)
        counts[c] = 0;
    for (int i = 0; i < selection->count; i++)
        counts[selection_label(selection, i)]++;
}

static void show_class_table(struct session *s, long long counts[3][DATASET_CLASSES],
                             bool validation)
{
    long long totals[3] = {0};
    char text[COUNT_TEXT_SIZE];
    for (int part = 0; part < 3; part++)
        for (int c = 0; c < DATASET_CLASSES; c++)
            totals[part] += counts[part][c];
    struct table *table = table_new(NULL);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "training", TABLE_RIGHT);
    table_column(table, "share", TABLE_RIGHT);
    table_key(table, "training_share");
    if (validation)
        table_column(table, "validation", TABLE_RIGHT);
    table_column(table, "test", TABLE_RIGHT);
    table_column(table, "share", TABLE_RIGHT);
    table_key(table, "test_share");
    for (int c = 0; c <= DATASET_CLASSES; c++) {
        if (c == DATASET_CLASSES)
            table_rule(table);
        table_row(table);
        table_cell(table, "%s",
                   c < DATASET_CLASSES ? dataset_class_name(s->data.loaded, c) : "total");
        for (int part = 0; part < 3; part++) {
            long long count = c < DATASET_CLASSES ? counts[part][c] : totals[part];
            if (part == 1 && !validation)
                continue;
            table_cell(table, "%s", count_text(text, count));
            if (part != 1)
                score_percent_cell(table, totals[part] > 0 ? (double)count / (double)totals[part]
                                                           : (double)NAN);
        }
    }
    output_table(s->output, &table);
}

bool run_explore_classes(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic)
{
    if (!data_need(s, call, diagnostic))
        return false;
    const struct data *data = &s->data;
    const struct dataset *set = data->prepared;
    bool validation = data->validation > 0;
    const struct selection parts[3] = {
        {.part = &set->train,
         .items = validation ? data->split.train : NULL,
         .count = validation ? data->split.train_count : set->train.count},
        {.part = &set->train,
         .items = data->split.validation,
         .count = data->split.validation_count},
        {.part = &set->test, .count = set->test.count},
    };
    long long counts[3][DATASET_CLASSES];
    const char *names[DATASET_CLASSES];
    char title[128];
    struct picture picture = {0};
    struct plot_error plot_error;
    for (int i = 0; i < 3; i++)
        count_classes(&parts[i], counts[i]);
    class_names(s, names);
    snprintf(title, sizeof title, "Images of each class in %s", data->loaded->name);
    const struct plot_class_counts config = {.title = title,
                                             .train = counts[0],
                                             .validation = validation ? counts[1] : NULL,
                                             .test = counts[2],
                                             .classes = DATASET_CLASSES,
                                             .names = names};
    show_class_table(s, counts, validation);
    return show_picture(s, call, diagnostic,
                        plot_class_counts(s->gnuplot, &config, &picture, &plot_error), &picture,
                        &plot_error);
}

bool run_explore_pixels(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    struct statistics statistics = {0};
    if (!data_need(s, call, diagnostic) ||
        !statistics_of(s, call, &s->data.prepared->train, &statistics, diagnostic))
        return false;
    unsigned long long counts[256], all = 0;
    char title[128];
    struct picture picture = {0};
    struct plot_error plot_error;
    for (int i = 0; i < 256; i++)
        all += counts[i] = statistics.histogram[i];
    struct table *table = table_new(NULL);
    table_properties(table, "pixels of the training images", "", TABLE_RIGHT);
    const struct {
        const char *what;
        double value;
        int decimals;
        const char *unit;
    } rows[] = {
        {"mean", statistics.pixel_mean, 3, ""},
        {"standard deviation", statistics.pixel_sd, 3, ""},
        {"exactly 0 (paper)", 100.0 * (double)counts[0] / (double)all, 2, " %"},
        {"exactly 255 (full ink)", 100.0 * (double)counts[255] / (double)all, 2, " %"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        table_row(table);
        table_cell(table, "%s", rows[i].what);
        table_cell(table, "%.*f%s", rows[i].decimals, rows[i].value, rows[i].unit);
    }
    output_table(s->output, &table);
    snprintf(title, sizeof title, "Pixel values in the training images of %s",
             s->data.loaded->name);
    const struct plot_pixel_histogram config = {.title = title, .counts = counts};
    bool done = show_picture(s, call, diagnostic,
                             plot_pixel_histogram(s->gnuplot, &config, &picture, &plot_error),
                             &picture, &plot_error);
    statistics_release(&statistics);
    return done;
}

/* Scales mean and variance from 0..255 to 0..1; NaN for a class without images. */
static void scale_to_ink(struct statistics *statistics)
{
    size_t size = (size_t)statistics->rows * (size_t)statistics->columns;
    for (size_t i = 0; i < DATASET_CLASSES * size; i++) {
        bool empty = statistics->class_count[i / size] == 0;
        statistics->mean[i] = empty ? (float)NAN : statistics->mean[i] / 255;
        statistics->variance[i] = empty ? (float)NAN : statistics->variance[i] / (255 * 255);
    }
}

bool run_explore_mean(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic)
{
    struct statistics statistics = {0};
    if (!data_need(s, call, diagnostic) ||
        !statistics_of(s, call, &s->data.prepared->train, &statistics, diagnostic))
        return false;
    const char *names[DATASET_CLASSES];
    struct picture picture = {0};
    struct plot_error plot_error;
    class_names(s, names);
    scale_to_ink(&statistics);
    const struct plot_class_images config = {
        .title = "Mean and variance of each class (paper 0, full ink 1)",
        .mean = statistics.mean,
        .variance = statistics.variance,
        .classes = DATASET_CLASSES,
        .rows = statistics.rows,
        .columns = statistics.columns,
        .names = names,
    };
    bool done = show_picture(s, call, diagnostic,
                             plot_class_images(s->gnuplot, &config, &picture, &plot_error),
                             &picture, &plot_error);
    statistics_release(&statistics);
    return done;
}
