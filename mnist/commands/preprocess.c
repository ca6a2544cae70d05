/*
 * preprocess - `preprocess ...`, `preprocess show`, `preprocess reset`.
 *
 * Each `preprocess` line changes only the steps that it names; the other steps stay. The network
 * stays too, but a training cannot be resumed with its old optimizer state on other images.
 */
#include "mnist/base/count_text.h"
#include "mnist/c_api/plugins.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, ROW_SIZE = 160 };

static const char *const row_names[ROWS] = {"deskew", "crop", "pixels", "training images",
                                            "validation images"};

/* The preprocessing as text, one for each row of its table. */
struct report_rows {
    char text[ROWS][ROW_SIZE];
};

static void describe(const struct data *data, struct report_rows *rows)
{
    const struct preprocess_config *config = &data->preparation.config;
    const struct normalization *normal = &data->preparation.normalization;
    char count[COUNT_TEXT_SIZE];
    int train = data->validation > 0 ? data->split.train_count : data->prepared->train.count;
    snprintf(rows->text[0], ROW_SIZE, "%s", config->deskew ? "yes" : "no");
    snprintf(rows->text[1], ROW_SIZE, config->crop > 0 ? "the middle %d x %d pixels" : "no",
             config->crop, config->crop);
    if (config->normalize)
        snprintf(rows->text[2], ROW_SIZE, "x = (pixel - %.3f) / %.3f", normal->mean, normal->sd);
    else
        snprintf(rows->text[2], ROW_SIZE, "x = pixel / 255");
    snprintf(rows->text[3], ROW_SIZE, "%s of %d x %d", count_text(count, train),
             data->prepared->rows, data->prepared->columns);
    snprintf(rows->text[4], ROW_SIZE, data->validation > 0 ? "%s (seed %llu)" : "none",
             count_text(count, data->validation), (unsigned long long)data->split_seed);
}

/* Shows the rows that differ from before; all rows if before is NULL or nothing has changed. */
static void show_preprocessing(struct session *s, const struct report_rows *before,
                               const struct preprocess_report *report)
{
    const struct data *data = &s->data;
    struct report_rows now;
    char text[ROW_SIZE], count[COUNT_TEXT_SIZE];
    describe(data, &now);
    bool all = true;
    for (int i = 0; before != NULL && i < ROWS; i++)
        all = all && strcmp(before->text[i], now.text[i]) == 0;
    struct table *table = table_new(NULL);
    table_properties(table, "preprocessing", data->loaded->name, TABLE_LEFT);
    for (int i = 0; i < ROWS; i++)
        if (all || strcmp(before->text[i], now.text[i]) != 0)
            table_property(table, row_names[i], now.text[i]);
    if (report != NULL && report->lost_ink > 0) {
        snprintf(text, sizeof text, "in %s image%s (%.2f %% of all ink)",
                 count_text(count, report->lost_ink), report->lost_ink == 1 ? "" : "s",
                 100 * report->lost_share);
        table_property(table, "ink cut off", text);
    }
    output_table(s->output, &table);
}

static bool save_processed(struct session *s, const struct bound_call *call,
                           struct diagnostic *diagnostic)
{
    char folder[PROJECT_PATHS_SIZE], parent[PROJECT_PATHS_SIZE];
    struct error error;
    const struct data *data = &s->data;
    const struct preprocess_origin origin = {.hash = dataset_source_hash(data->loaded),
                                             .validation = data->validation,
                                             .seed = data->split_seed};
    if (!project_paths_join(parent, s->places.data, "processed", "", &error) ||
        !project_paths_join(folder, parent, bound_call_string(call, "save"), "", &error) ||
        !preprocess_save(&data->preparation.config, data->prepared, folder, &origin, &error))
        return bound_call_error(call, diagnostic, "save", &error);
    output_print(s->output, OUTPUT_STDOUT, "saved as %s; `load %s` loads it\n",
                 project_paths_shown(&s->places, folder), bound_call_string(call, "save"));
    return true;
}

/* Checks the limits that depend on the loaded data. */
static bool check_sizes(const struct data *data, const struct bound_call *call,
                        const struct preprocess_config *config, int validation,
                        struct diagnostic *diagnostic)
{
    int side =
        data->loaded->rows < data->loaded->columns ? data->loaded->rows : data->loaded->columns;
    char most[COUNT_TEXT_SIZE], all[COUNT_TEXT_SIZE];
    if (bound_call_given(call, "validation") && validation >= data->loaded->train.count)
        return bound_call_diagnostic(call, diagnostic, "validation",
                                     "validation must be at most %s of the %s training images",
                                     count_text(most, data->loaded->train.count - 1),
                                     count_text(all, data->loaded->train.count));
    if (bound_call_given(call, "crop") && config->crop > side)
        return bound_call_diagnostic(call, diagnostic, "crop",
                                     "crop must be at most %d, the side of the images, not %d",
                                     side, config->crop);
    return true;
}

bool run_preprocess(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    if (!data_need(s, call, diagnostic))
        return false;
    struct data *data = &s->data;
    struct preprocess_config config = data->preparation.config;
    struct preprocess_report report = {0};
    struct report_rows before;
    struct error error;
    struct work work;
    bool changes = bound_call_given(call, "normalize") || bound_call_given(call, "deskew") ||
                   bound_call_given(call, "crop") || bound_call_given(call, "validation") ||
                   bound_call_given(call, "seed");
    if (bound_call_given(call, "normalize"))
        config.normalize = bound_call_boolean(call, "normalize");
    if (bound_call_given(call, "deskew"))
        config.deskew = bound_call_boolean(call, "deskew");
    if (bound_call_given(call, "crop"))
        config.crop = (int)bound_call_integer(call, "crop");
    int validation = bound_call_given(call, "validation")
                         ? (int)bound_call_integer(call, "validation")
                         : data->validation;
    uint64_t seed = bound_call_given(call, "seed") || bound_call_given(call, "validation")
                        ? (uint64_t)bound_call_integer(call, "seed")
                        : data->split_seed;
    if (!check_sizes(data, call, &config, validation, diagnostic))
        return false;
    describe(data, &before);
    work_begin(&work, s, "preprocessing", "images");
    if (changes && !data_prepare(s, &config, validation, seed, &report, &work.progress, &error))
        return fail(call, diagnostic, &error);
    data->chosen = data->chosen || changes;
    show_preprocessing(s, changes ? &before : NULL, &report);
    return !bound_call_given(call, "save") || save_processed(s, call, diagnostic);
}

bool run_preprocess_reset(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic)
{
    struct error error;
    if (!data_need(s, call, diagnostic))
        return false;
    const struct preprocess_config none = {0};
    struct report_rows before;
    describe(&s->data, &before);
    if (!data_prepare(s, &none, 0, 0, NULL, NULL, &error))
        return fail(call, diagnostic, &error);
    s->data.chosen = true;
    show_preprocessing(s, &before, NULL);
    return true;
}

bool run_preprocess_show(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic)
{
    enum { SHOWN = 8 };
    if (!data_need(s, call, diagnostic))
        return false;
    const struct data *data = &s->data;
    struct selection all = {
        .name = "train", .part = &data->loaded->train, .count = data->loaded->train.count};
    int first;
    if (!pick_image(call, &all, &first, diagnostic))
        return false;
    int count = all.count - first < SHOWN ? all.count - first : SHOWN;
    const char *captions[SHOWN];
    char what[64];
    for (int i = 0; i < count; i++)
        captions[i] = dataset_class_name(data->loaded, data->loaded->train.labels[first + i]);
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_before_after config = {
        .title = "Before and after preprocessing",
        .before = {.bytes = dataset_image(data->loaded, &data->loaded->train, first),
                   .count = count,
                   .rows = data->loaded->rows,
                   .columns = data->loaded->columns},
        .after = {.bytes = dataset_image(data->prepared, &data->prepared->train, first),
                  .count = count,
                  .rows = data->prepared->rows,
                  .columns = data->prepared->columns},
        .captions = captions,
        .what = preparation_text(what, sizeof what, &data->preparation.config),
    };
    return show_picture(s, call, diagnostic,
                        plot_before_after(s->gnuplot, &config, &picture, &plot_error), &picture,
                        &plot_error);
}
