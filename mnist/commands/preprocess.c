/*
 * preprocess - `preprocess ...`, `preprocess show`, `preprocess reset`; `augment ...`, `augment show`, `augment off`.
 *
 * Each `preprocess` line adds to what is set. The network stays, but a training cannot be resumed on other images.
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

/* The preprocessing in words, a text for each row of its table. */
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

static void setting(struct table *table, const char *what, const char *value)
{
    table_row(table);
    table_cell(table, "%s", what);
    table_cell(table, "%s", value);
}

/* The rows that are no longer as before; all rows when before is NULL or nothing has changed. */
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
            setting(table, row_names[i], now.text[i]);
    if (report != NULL && report->lost_ink > 0) {
        snprintf(text, sizeof text, "in %s image%s (%.2f %% of all ink)",
                 count_text(count, report->lost_ink), report->lost_ink == 1 ? "" : "s",
                 100 * report->lost_share);
        setting(table, "ink cut off", text);
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
    output_print(s->output, OUTPUT_STDOUT, "saved as %s; `load %s` reads it\n",
                 project_paths_shown(&s->places, folder), bound_call_string(call, "save"));
    return true;
}

/* What only the loaded data know of the words' limits. */
static bool check_sizes(const struct data *data, const struct bound_call *call,
                        const struct preprocess_config *config, int validation,
                        struct diagnostic *diagnostic)
{
    int side =
        data->loaded->rows < data->loaded->columns ? data->loaded->rows : data->loaded->columns;
    char most[COUNT_TEXT_SIZE], all[COUNT_TEXT_SIZE];
    if (bound_call_given(call, "validation") && validation >= data->loaded->train.count)
        return bound_call_diagnostic(call, diagnostic, "validation",
                                     "validation wants at most %s of the %s training images",
                                     count_text(most, data->loaded->train.count - 1),
                                     count_text(all, data->loaded->train.count));
    if (bound_call_given(call, "crop") && config->crop > side)
        return bound_call_diagnostic(call, diagnostic, "crop",
                                     "crop wants at most %d, the images' side, not %d", side,
                                     config->crop);
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
    if (changes && !data_prepare(s, &config, validation, seed, &report, &work.watch, &error))
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

const char *augmentation_text(char *text, size_t size, const struct augment_config *config,
                              int clean_epochs)
{
    if (!augment_active(config)) {
        snprintf(text, size, "none");
        return text;
    }
    size_t used = (size_t)snprintf(text, size, "rotate=%g shift=%g scale=%g shear=%g elastic=%g",
                                   config->rotate, config->shift, config->scale, config->shear,
                                   config->elastic);
    if (config->stretch > 0 && used < size)
        used += (size_t)snprintf(text + used, size - used, " stretch=%g", config->stretch);
    for (int i = 0; i < config->plugin_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %s", config->plugins[i].name);
    if (clean_epochs > 0 && used < size)
        snprintf(text + used, size - used, " clean=%d", clean_epochs);
    return text;
}

bool augmentation_add(const struct session *s, struct augment_config *config,
                      const struct bound_call *call, const char *parameter, const char *name,
                      struct diagnostic *diagnostic)
{
    struct augment_plugin plugin;
    if (!plugins_augmentation(name, &plugin))
        return bound_call_diagnostic(call, diagnostic, parameter,
                                     "%s is not registered any more: run the cell that does", name);
    if (config->plugin_count == AUGMENT_PLUGINS_MAX)
        return bound_call_diagnostic(call, diagnostic, parameter,
                                     "at most %d registered augmentations at a time",
                                     AUGMENT_PLUGINS_MAX);
    struct error error;
    if (!plugins_try_augmentation(&plugin, s->data.prepared->rows, s->data.prepared->columns,
                                  &error))
        return bound_call_error(call, diagnostic, parameter, &error);
    config->plugins[config->plugin_count++] = plugin;
    return true;
}

static void show_augmentation(struct session *s)
{
    char text[AUGMENTATION_SIZE];
    output_print(s->output, OUTPUT_STDOUT, "augmentation: %s\n",
                 augmentation_text(text, sizeof text, &s->data.augment, s->data.clean_epochs));
}

bool run_augment(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    static const char *const names[] = {"rotate",  "shift",   "scale", "shear",
                                        "elastic", "stretch", "clean", "own"};
    bool given = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        given = given || bound_call_given(call, names[i]);
    if (!data_need(s, call, diagnostic))
        return false;
    struct augment_config config = {
        .rotate = bound_call_number(call, "rotate"),
        .shift = bound_call_number(call, "shift"),
        .scale = bound_call_number(call, "scale"),
        .shear = bound_call_number(call, "shear"),
        .elastic = bound_call_number(call, "elastic"),
        .stretch = bound_call_number(call, "stretch"),
    };
    for (size_t i = 0; i < bound_call_count(call, "own"); i++)
        if (!augmentation_add(s, &config, call, "own", bound_call_value(call, "own", i)->text,
                              diagnostic))
            return false;
    struct error error;
    if (given && !augment_check(&config, &error))
        return fail(call, diagnostic, &error);
    if (bound_call_integer(call, "clean") > 0 && !augment_active(&config))
        return bound_call_diagnostic(
            call, diagnostic, "clean",
            "clean epochs need others that are changed: say `augment rotate=15 shift=3 clean=3`");
    if (given) {
        s->data.augment = config;
        s->data.clean_epochs = (int)bound_call_integer(call, "clean");
        s->data.version++;
    }
    show_augmentation(s);
    return true;
}

bool run_augment_off(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    if (!data_need(s, call, diagnostic))
        return false;
    s->data.augment = (struct augment_config){0};
    s->data.clean_epochs = 0;
    s->data.version++;
    show_augmentation(s);
    return true;
}

bool run_augment_show(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic)
{
    enum { ORIGINALS = 4, VARIANTS = 8 };
    if (!data_need(s, call, diagnostic))
        return false;
    const struct dataset *data = s->data.prepared;
    struct selection all = {.name = "train", .part = &data->train, .count = data->train.count};
    int first;
    struct error error;
    if (!pick_image(call, &all, &first, diagnostic))
        return false;
    if (!augment_active(&s->data.augment)) {
        error_set(
            &error, ERROR_STATE,
            "no augmentation is set: say `augment rotate=15 shift=3 scale=0.15 shear=10` first");
        return fail(call, diagnostic, &error);
    }
    int count = all.count - first < ORIGINALS ? all.count - first : ORIGINALS;
    size_t size = dataset_image_size(data);
    unsigned char *variants = malloc((size_t)count * VARIANTS * size);
    if (variants == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    for (int i = 0; i < count * VARIANTS; i++)
        augment_image(&s->data.augment, variants + (size_t)i * size,
                      dataset_image(data, &data->train, first + i / VARIANTS), data->rows,
                      data->columns, 42, (uint32_t)(1 + i % VARIANTS),
                      (uint32_t)(first + i / VARIANTS));
    const char *captions[ORIGINALS];
    char what[AUGMENTATION_SIZE];
    for (int i = 0; i < count; i++)
        captions[i] = dataset_class_name(s->data.loaded, data->train.labels[first + i]);
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_variants config = {
        .title = "Augmentation: the image, and what eight epochs would see",
        .originals = {.bytes = dataset_image(data, &data->train, first),
                      .count = count,
                      .rows = data->rows,
                      .columns = data->columns},
        .variants = {.bytes = variants,
                     .count = count * VARIANTS,
                     .rows = data->rows,
                     .columns = data->columns},
        .captions = captions,
        .what = augmentation_text(what, sizeof what, &s->data.augment, 0),
    };
    bool done =
        show_picture(s, call, diagnostic, plot_variants(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(variants);
    return done;
}
