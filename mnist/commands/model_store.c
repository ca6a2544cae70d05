/*
 * model_store - `model save`, `model load`, `model list`: networks as files, with all that is known of them.
 *
 * Beside weights and layers (nn/model_file.h) a file carries, as metadata, the recipe, the seed, how images were prepared,
 * the data's name, the epochs' figures and the test accuracy, so that a loaded network can be evaluated, plotted and
 * trained on as if it had just been made. Times are left out: the same training gives the same file.
 */
#include "mnist/commands/model_card.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/commands/train.h"
#include "mnist/nn/checkpoint.h"
#include "mnist/replace.h"

static const char suffix[] = ".safetensors";

enum { MODELS_LISTED_MAX = 1000 };

static float figure_of(const json_t *value)
{
    return json_is_number(value) ? (float)json_number_value(value) : NAN;
}

/* 0 in files of before there were hashes. */
static uint64_t hash_of(const json_t *value)
{
    return json_is_string(value) ? strtoull(json_string_value(value), NULL, 16) : 0;
}

static bool history_parse(struct history *history, const char *text)
{
    json_t *list = text != NULL ? json_loads(text, 0, NULL) : NULL, *row;
    size_t count = json_array_size(list), i;
    struct epoch_record *records = calloc(count + 1, sizeof *records);
    if (records == NULL || count > TRAINER_EPOCHS_MAX) {
        json_decref(list);
        free(records);
        return false;
    }
    json_array_foreach(list, i, row)
    {
        records[i] = (struct epoch_record){
            .epoch = (int)json_integer_value(json_array_get(row, 0)),
            .train_loss = figure_of(json_array_get(row, 1)),
            .train_accuracy = figure_of(json_array_get(row, 2)),
            .validation_loss = figure_of(json_array_get(row, 3)),
            .validation_accuracy = figure_of(json_array_get(row, 4)),
            .rate = figure_of(json_array_get(row, 5)),
            .best = json_is_true(json_array_get(row, 6)),
            .hash = hash_of(json_array_get(row, 7)),
        };
    }
    json_decref(list);
    history->records = records;
    history->count = (int)count;
    return true;
}

/* models/NAME.safetensors, or the path itself when it looks like one. */
static bool model_path(struct session *s, const char *name, char path[PLACE_SIZE],
                       struct error *error)
{
    size_t size = strlen(name), end = sizeof suffix - 1;
    if (strchr(name, '/') != NULL || (size > end && strcmp(name + size - end, suffix) == 0))
        return snprintf(path, PLACE_SIZE, "%s", name) < PLACE_SIZE ||
               error_set(error, ERROR_USAGE, "the path is too long");
    return places_join(path, s->places.models, name, suffix, error);
}

bool run_model_save(struct session *s, const struct call *call, struct mistake *mistake)
{
    char path[PLACE_SIZE];
    struct error error;
    struct model_pairs pairs;
    const char *name = call_text(call, "name");
    if (!model_need(s, call, mistake))
        return false;
    if (!model_pairs_make(&pairs, s, &s->model, &error))
        return fail(call, mistake, &error);
    bool saved = replace_make_folder(s->places.models, &error) &&
                 model_path(s, name, path, &error) &&
                 model_file_save(path, s->model.network, pairs.items, pairs.count, NULL, 0, &error);
    model_pairs_release(&pairs);
    if (!saved)
        return call_error(call, mistake, "name", &error);
    output_print(s->output, OUTPUT_STDOUT, "saved as models/%s%s\n", name, suffix);
    return true;
}

static double number_of(const struct model_file *file, const char *key, double otherwise)
{
    const char *text = model_file_metadata(file, key);
    char *end;
    double number = text != NULL ? strtod(text, &end) : otherwise;
    return text != NULL && end != text && isfinite(number) ? number : otherwise;
}

static void copy_text(char *to, size_t size, const struct model_file *file, const char *key,
                      const char *otherwise)
{
    const char *text = model_file_metadata(file, key);
    snprintf(to, size, "%s", text != NULL ? text : otherwise);
}

/* What the file says of the network, but for its values. */
static bool read_card(struct model *model, const struct model_file *file, struct error *error)
{
    const char *trained = model_file_metadata(file, "trained");
    copy_text(model->name, sizeof model->name, file, "name", "loaded");
    copy_text(model->data_name, sizeof model->data_name, file, "data", "");
    copy_text(model->recipe, sizeof model->recipe, file, "recipe", "");
    model->trained = trained == NULL || strcmp(trained, "yes") == 0;
    model->test_accuracy = number_of(file, "test_accuracy", (double)NAN);
    model->preparation.config =
        (struct preprocess_config){.deskew = number_of(file, "deskew", 0) != 0,
                                   .crop = (int)number_of(file, "crop", 0),
                                   .normalize = number_of(file, "normalize", 0) != 0};
    double mean = number_of(file, "mean", 0), sd = number_of(file, "sd", 255);
    normalization_plain(&model->preparation.normalization);
    if (model->preparation.config.normalize && sd > 0)
        normalization_set(&model->preparation.normalization, mean, sd);
    if (!history_parse(&model->history, model_file_metadata(file, "history")))
        return error_memory(error, "the training's history", 0);
    model->history.planned = (int)number_of(file, "epochs", model->history.count);
    model->history.batches = (int)number_of(file, "batches", 0);
    model->history.config = trainer_config_default();
    model->history.config.seed = (uint64_t)number_of(file, "seed", 42);
    return true;
}

static bool read_network(struct model *model, const struct model_file *file, struct error *error)
{
    struct layer_spec specs[NETWORK_LAYERS_MAX];
    struct shape input;
    int count;
    const char *text = model_file_metadata(file, MODEL_KEY_NETWORK);
    if (text == NULL)
        return error_set(
            error, ERROR_DATA,
            "the file does not say its network's layers (no \"%s\" in its metadata): it was not saved by `model save`",
            MODEL_KEY_NETWORK);
    if (!architecture_parse(text, specs, &count, error) || !model_file_input(file, &input, error))
        return false;
    model->network = network_new(specs, count, input, 42, error);
    return model->network != NULL && model_file_load(file, model->network, error);
}

/* The data as the network wants them: its preparation comes with it. */
static bool follow_preparation(struct session *s, const struct model *model,
                               const struct model_file *file, struct error *error)
{
    const struct data *data = &s->data;
    int validation = (int)number_of(file, "validation", 0);
    uint64_t seed = (uint64_t)number_of(file, "split_seed", 0);
    if (!model->trained || validation >= data->loaded->train.count)
        return true;
    if (!data_prepare(s, &model->preparation.config, validation, seed, NULL, NULL, error))
        return false;
    s->data.chosen = true;
    return true;
}

static void line(struct table *table, const char *what, const char *value)
{
    table_row(table);
    table_cell(table, "%s", what);
    table_cell(table, "%s", value);
}

static void show_loaded(struct session *s)
{
    const struct model *model = &s->model;
    char text[RECIPE_SIZE], count[COUNT_TEXT_SIZE], prepared[64];
    struct table *table = table_new(NULL);
    table_column(table, "network", TABLE_LEFT);
    table_column(table, model->name, TABLE_LEFT);
    line(table, "parameters",
         count_text(count, (long long)network_parameter_count(model->network)));
    if (model->trained) {
        snprintf(text, sizeof text, "%s, %d epochs", model->data_name, model->history.count);
        line(table, "trained on", text);
        line(table, "by", model->recipe);
        line(table, "preprocessing",
             preparation_text(prepared, sizeof prepared, &model->preparation.config));
    } else
        line(table, "trained on", "nothing yet");
    if (!isnan(model->test_accuracy)) {
        snprintf(text, sizeof text, "%.2f %%", 100 * model->test_accuracy);
        line(table, "test accuracy", text);
    }
    if (model->trainer != NULL && !trainer_finished(model->trainer))
        line(table, "its training", "can go on: `train resume`");
    output_table(s->output, &table);
}

static bool load_file(struct session *s, const struct model_file *file, struct error *error)
{
    struct model model = {.test_accuracy = (double)NAN};
    struct trainer_config config;
    struct error no_checkpoint;
    bool loaded = read_card(&model, file, error) && read_network(&model, file, error) &&
                  follow_preparation(s, &model, file, error);
    if (loaded && checkpoint_config(file, &config, &no_checkpoint))
        loaded = training_restore(s, &model, file, &config, error);
    if (!loaded) {
        model_release(&model);
        return false;
    }
    model_release(&s->model);
    s->model = model;
    return true;
}

bool run_model_load(struct session *s, const struct call *call, struct mistake *mistake)
{
    char path[PLACE_SIZE];
    struct error error;
    const char *name = call_text(call, "name");
    if (!data_need(s, call, mistake))
        return false;
    if (!model_path(s, name, path, &error))
        return call_error(call, mistake, "name", &error);
    if (!places_exists(path) && !(strchr(name, '/') != NULL) &&
        checkpoint_path(s, name, path, &error) && !places_exists(path))
        return call_mistake(
            call, mistake, "name",
            "there is no saved network `%s` in models/: `model list` shows those there are", name);
    struct model_file *file = model_file_open(path, &error);
    bool loaded = file != NULL && load_file(s, file, &error);
    model_file_free(&file);
    if (!loaded)
        return call_error(call, mistake, "name", &error);
    show_loaded(s);
    return true;
}

static int is_model(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name), end = sizeof suffix - 1;
    return size > end && strcmp(entry->d_name + size - end, suffix) == 0 && entry->d_name[0] != '.';
}

/* Names in folder, sorted, without the suffix, to each(context, name, path). */
static void each_model(const char *folder,
                       void (*each)(void *context, const char *name, const char *path),
                       void *context)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_model, alphasort);
    for (int i = 0; i < count; i++) {
        char name[256], path[PLACE_SIZE + 256];
        snprintf(name, sizeof name, "%.*s", (int)(strlen(entries[i]->d_name) - (sizeof suffix - 1)),
                 entries[i]->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (i < MODELS_LISTED_MAX)
            each(context, name, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void list_one(void *context, const char *name, const char *path)
{
    struct table *table = context;
    struct error error;
    struct model_file *file = model_file_open(path, &error);
    table_row(table);
    table_cell(table, "%s", name);
    if (file == NULL) {
        table_cell(table, "damaged: %.200s", error.text);
        return;
    }
    const char *accuracy = model_file_metadata(file, "test_accuracy"),
               *recipe = model_file_metadata(file, "recipe"),
               *data = model_file_metadata(file, "data");
    table_cell(table, "%s", recipe != NULL ? recipe : "");
    table_cell(table, "%s", data != NULL ? data : "");
    if (accuracy != NULL)
        table_cell(table, "%.2f %%", 100 * number_of(file, "test_accuracy", 0));
    model_file_free(&file);
}

bool run_model_list(struct session *s, const struct call *call, struct mistake *mistake)
{
    (void)call;
    (void)mistake;
    struct table *table = table_new("Saved networks");
    table_column(table, "name", TABLE_LEFT);
    table_column(table, "recipe", TABLE_LEFT);
    table_column(table, "data", TABLE_LEFT);
    table_column(table, "test accuracy", TABLE_RIGHT);
    each_model(s->places.models, list_one, table);
    int count = table_row_count(table);
    if (count > 0)
        output_table(s->output, &table);
    else
        output_print(s->output, OUTPUT_STDOUT,
                     "no network has been saved yet: `model save NAME` does\n");
    table_free(&table);
    return true;
}

static void name_one(void *context, const char *name, const char *path)
{
    (void)path;
    struct names *names = context;
    names_add(names, NAME_MODEL, name, "saved in models/");
}

void model_names(struct session *s)
{
    each_model(s->places.models, name_one, &s->names);
}
