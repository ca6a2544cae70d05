/*
 * model_commands - `model load`, `model list`, and the parameter model= of other commands.
 *
 * `model load` replaces the session's network, its training and the preparation of the data
 * together. A command with model= runs with the saved network in place of the session's network,
 * which is restored afterwards.
 */
#include "mnist/base/count_text.h"
#include "mnist/base/utf8.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/model_load.h"
#include "mnist/commands/model_path.h"
#include "mnist/commands/training.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_LISTED_MAX = 1000 };

/* The session's data, preprocessed and split as in the training of the network. */
static bool apply_preparation(struct session *s, const struct model *model, struct data *data,
                              struct error *error)
{
    const struct training_images *last = provenance_last(&model->provenance);
    int validation = last != NULL ? last->validation : 0;
    uint64_t seed = last != NULL ? last->split_seed : 0;
    *data = s->data;
    if (!model->trained || validation >= data->loaded->train.count)
        return true;
    if (!data_prepare_beside(s, &model->preparation.config, validation, seed, data, NULL, NULL,
                             error))
        return false;
    data->chosen = true;
    return true;
}

static void show_loaded(struct session *s, bool checkpoint)
{
    const struct model *model = &s->model;
    char text[RECIPE_SIZE], count[COUNT_TEXT_SIZE], prepared[64];
    struct table *table = table_new(NULL);
    table_properties(table, "network", model->name, TABLE_LEFT);
    table_property(table, "parameters",
                   count_text(count, (long long)network_parameter_count(model->network)));
    if (model->trained) {
        const struct training_images *last = provenance_last(&model->provenance);
        snprintf(text, sizeof text, "%s, %d epoch%s", last != NULL ? last->name : "unknown data",
                 model->history.count, model->history.count == 1 ? "" : "s");
        table_property(table, "trained on", text);
        table_property(table, "recipe", model->recipe);
        if (model->augmentation[0] != '\0')
            table_property(table, "augmentation", model->augmentation);
        table_property(table, "preprocessing",
                       preparation_text(prepared, sizeof prepared, &model->preparation.config));
    } else
        table_property(table, "trained on", "not trained");
    if (!isnan(model->test_accuracy)) {
        snprintf(text, sizeof text, "%.2f %%", 100 * model->test_accuracy);
        table_property(table, "test accuracy", text);
    }
    if (model->trained && model->history.known && !training_finished(&model->history))
        table_property(table, "training", "not finished: `train resume` continues it");
    if (checkpoint)
        table_property(table, "not saved", "read from the checkpoint in data/checkpoints");
    output_table(s->output, &table);
}

/* Warns if the session's augmentation, which a resumed training uses, is not that of the training
   so far. */
static void warn_augmentation(struct session *s, const struct model *model)
{
    char now[AUGMENTATION_SIZE];
    augmentation_text(now, sizeof now, &s->data.augment, s->data.clean_epochs);
    if (model->augmentation[0] == '\0' || strcmp(model->augmentation, now) == 0)
        return;
    output_print(
        s->output, OUTPUT_STDERR,
        "the network was trained with `augment %s`, but the session's augmentation is `%s`: to "
        "continue the training with identical results, set the former and load the network again\n",
        strcmp(model->augmentation, "none") == 0 ? "off" : model->augmentation, now);
}

/* True if the loaded data are the training data. Without a hash of the data in the file, the data
   count as the same if they have the same mean and standard deviation. */
static bool same_training_data(struct session *s, const struct model *model)
{
    const struct training_images *last = provenance_last(&model->provenance);
    const struct normalization *was = &model->preparation.normalization,
                               *is = &s->data.preparation.normalization;
    bool hashed = last != NULL && last->hash[0] != '\0';
    return provenance_knows(&model->provenance, s->data.loaded) &&
           (hashed || (was->mean == is->mean && was->sd == is->sd));
}

/* Restores the trainer of a checkpoint on the session's data. If the loaded data are not the
   training data, warns instead. */
static bool load_training(struct session *s, struct model *model, const struct model_file *file,
                          struct error *error)
{
    struct trainer_config config;
    struct error why;
    bool known = checkpoint_config(file, &config, &why);
    if (known && checkpoint_is(file)) {
        if (!same_training_data(s, model)) {
            const struct training_images *last = provenance_last(&model->provenance);
            output_print(s->output, OUTPUT_STDERR,
                         "the training cannot be continued on the loaded data, `%s`: load the "
                         "training data, `%s`, and then the network again\n",
                         s->data.loaded->name, last != NULL ? last->name : "unknown");
            return true;
        }
        if (!training_restore(s, model, file, &config, error))
            return false;
        if (!trainer_finished(model->trainer))
            warn_augmentation(s, model);
    } else if (!known && why.kind == ERROR_STATE)
        output_print(s->output, OUTPUT_STDERR, "the training cannot be continued: %s\n", why.text);
    return true;
}

/* Replaces the session's network, training and preparation together; on failure none of them. */
static bool load_file(struct session *s, const struct model_file *file, struct error *error)
{
    struct model model = {.test_accuracy = (double)NAN};
    struct data before = s->data, data;
    if (!model_load_read(&model, file, error) || !apply_preparation(s, &model, &data, error)) {
        model_release(&model);
        return false;
    }
    s->data = data;
    if (!load_training(s, &model, file, error)) {
        model_release(&model);
        data_release_other(&s->data, &before);
        s->data = before;
        return false;
    }
    model_release(&s->model);
    data_release_other(&before, &s->data);
    s->model = model;
    s->changed = true;
    return true;
}

bool run_model_load(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    char path[PROJECT_PATHS_SIZE];
    struct error error;
    const char *name = bound_call_string(call, "name");
    if (!data_need(s, call, diagnostic))
        return false;
    if (!model_path_find(s, name, path, &error))
        return bound_call_error(call, diagnostic, "name", &error);
    struct model_file *file = model_file_open(path, &error);
    bool loaded = file != NULL && load_file(s, file, &error);
    if (loaded)
        model_load_warn_unverified(s, file, name);
    model_file_free(&file);
    if (!loaded)
        return bound_call_error(call, diagnostic, "name", &error);
    char kept[PROJECT_PATHS_SIZE];
    show_loaded(s, model_path_checkpoint(s, name, kept, &error) && strcmp(path, kept) == 0);
    return true;
}

/* Reads a saved network, and prepares the session's images for it. */
static bool read_named(struct session *s, const char *name, struct model *model, struct data *data,
                       struct error *error)
{
    char path[PROJECT_PATHS_SIZE];
    struct model_file *file =
        model_path_find(s, name, path, error) ? model_file_open(path, error) : NULL;
    bool done = file != NULL && model_load_read(model, file, error) &&
                apply_preparation(s, model, data, error);
    if (done)
        model_load_warn_unverified(s, file, name);
    model_file_free(&file);
    return done;
}

bool run_named(struct session *s, const struct bound_call *call, command_run run,
               struct diagnostic *diagnostic)
{
    struct model own = s->model, model = {.test_accuracy = (double)NAN};
    struct data data;
    struct error error;
    if (!data_need(s, call, diagnostic))
        return false;
    struct data own_data = s->data;
    if (!read_named(s, bound_call_string(call, "model"), &model, &data, &error)) {
        model_release(&model);
        return bound_call_error(call, diagnostic, "model", &error);
    }
    s->model = model;
    s->data = data;
    bool done = run(s, call, diagnostic);
    model_release(&s->model);
    data_release_other(&s->data, &own_data);
    s->model = own;
    s->data = own_data;
    return done;
}

static int is_model(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name), end = sizeof MODEL_SUFFIX - 1;
    return size > end && strcmp(entry->d_name + size - end, MODEL_SUFFIX) == 0 &&
           entry->d_name[0] != '.';
}

/* Calls each(context, name, path) for every model file in the folder, sorted by name. The name has
   no suffix. */
static void each_model(const char *folder,
                       void (*each)(void *context, const char *name, const char *path),
                       void *context)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_model, alphasort);
    for (int i = 0; i < count; i++) {
        char name[256], path[PROJECT_PATHS_SIZE + 256];
        snprintf(name, sizeof name, "%.*s",
                 (int)(strlen(entries[i]->d_name) - (sizeof MODEL_SUFFIX - 1)), entries[i]->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (i < MODELS_LISTED_MAX)
            each(context, name, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* A cell with text from a file's header on one line, control characters made visible; NULL: an
   empty cell. */
static void add_foreign_cell(struct table *table, const char *text)
{
    char *line = utf8_visible_copy(text != NULL ? text : "", false);
    table_cell(table, "%s", line != NULL ? line : "");
    free(line);
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
    add_foreign_cell(table, recipe);
    add_foreign_cell(table, data);
    if (accuracy != NULL)
        table_cell(table, "%.2f %%", 100 * model_load_number(file, "test_accuracy", 0));
    model_file_free(&file);
}

bool run_model_list(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    (void)call;
    (void)diagnostic;
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
                     "no network has been saved yet: use `model save NAME`\n");
    table_free(&table);
    return true;
}

static void name_one(void *context, const char *name, const char *path)
{
    (void)path;
    struct live_names *names = context;
    live_names_add(names, NAME_MODEL, name, "saved in models/");
}

void model_names(struct session *s)
{
    each_model(s->places.models, name_one, &s->names);
}
