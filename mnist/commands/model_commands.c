/*
 * model_commands - `model save`, `model load`, `model list`: networks as files, with all that is known of them.
 *
 * Beside weights and layers (nn/model_file.h) a file carries, as metadata, the recipe, the seed, how images were prepared and augmented,
 * the data's name, the epochs' figures and the test accuracy, so that a loaded network can be evaluated, plotted and
 * trained on as if it had just been made. Times are left out: the same training gives the same file.
 */
#include "mnist/base/atomic_file.h"
#include "mnist/base/count_text.h"
#include "mnist/base/utf8.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/model_load.h"
#include "mnist/commands/model_metadata.h"
#include "mnist/commands/train.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_LISTED_MAX = 1000 };

/* The config, position and learning rates of the training, with which `train resume` goes on after `model load`. */
static bool add_training(struct model_pairs *pairs, struct checkpoint_pairs *training,
                         const struct model *model, struct error *error)
{
    const struct training_history *history = &model->history;
    if (!model->trained || !history->known)
        return true;
    struct trainer_summary summary = {history->config, history->progress, history->rates};
    summary.progress.sums.seconds = 0; /* the same training gives the same file */
    if (!checkpoint_pairs_make(training, &summary, history->records, history->count, error))
        return false;
    for (int i = 0; i < training->count; i++)
        pairs->items[pairs->count++] = training->items[i];
    return true;
}

/* The word without its suffix. */
static void plain_name(char name[NAME_SIZE], const char *word)
{
    size_t size = strlen(word), end = sizeof SAVED_MODEL_SUFFIX - 1;
    bool suffixed = size > end && strcmp(word + size - end, SAVED_MODEL_SUFFIX) == 0;
    snprintf(name, NAME_SIZE, "%.*s", (int)(suffixed ? size - end : size), word);
}

static bool write_network(struct model *model, const char *path, struct model_pairs *pairs,
                          struct error *error)
{
    struct checkpoint_pairs training = {0};
    bool done = add_training(pairs, &training, model, error) &&
                model_file_save(path, model->network, pairs->items, pairs->count, NULL, 0, error);
    checkpoint_pairs_release(&training);
    return done;
}

bool saved_model_write(struct session *s, const char *word, bool training, struct error *error)
{
    char path[PROJECT_PATHS_SIZE], name[NAME_SIZE];
    struct model *model = &s->model;
    struct model_pairs pairs;
    plain_name(name, word);
    bool goes_on = training && model->trainer != NULL && !trainer_finished(model->trainer);
    bool saved = model_pairs_make(&pairs, model, error) &&
                 atomic_file_make_folder(s->places.models, error) &&
                 saved_model_path(s, name, path, error) &&
                 (goes_on ? checkpoint_save(path, model->trainer, pairs.items, pairs.count, error)
                          : write_network(model, path, &pairs, error));
    model_pairs_release(&pairs);
    if (saved)
        output_print(s->output, OUTPUT_STDOUT, "saved as %s\n",
                     project_paths_shown(&s->places, path));
    return saved;
}

bool run_model_save(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    if (!model_need(s, call, diagnostic))
        return false;
    return saved_model_write(s, bound_call_string(call, "name"), false, &error) ||
           bound_call_error(call, diagnostic, "name", &error);
}

/* The data as the network wants them: its preparation comes with it. */
static bool follow_preparation(struct session *s, const struct model *model, struct data *data,
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

static void line(struct table *table, const char *what, const char *value)
{
    table_row(table);
    table_cell(table, "%s", what);
    table_cell(table, "%s", value);
}

static void show_loaded(struct session *s, bool checkpoint)
{
    const struct model *model = &s->model;
    char text[RECIPE_SIZE], count[COUNT_TEXT_SIZE], prepared[64];
    struct table *table = table_new(NULL);
    table_properties(table, "network", model->name, TABLE_LEFT);
    line(table, "parameters",
         count_text(count, (long long)network_parameter_count(model->network)));
    if (model->trained) {
        const struct training_images *last = provenance_last(&model->provenance);
        snprintf(text, sizeof text, "%s, %d epoch%s", last != NULL ? last->name : "unknown data",
                 model->history.count, model->history.count == 1 ? "" : "s");
        line(table, "trained on", text);
        line(table, "by", model->recipe);
        if (model->augmentation[0] != '\0')
            line(table, "augmentation", model->augmentation);
        line(table, "preprocessing",
             preparation_text(prepared, sizeof prepared, &model->preparation.config));
    } else
        line(table, "trained on", "nothing yet");
    if (!isnan(model->test_accuracy)) {
        snprintf(text, sizeof text, "%.2f %%", 100 * model->test_accuracy);
        line(table, "test accuracy", text);
    }
    if (model->trained && model->history.known && !training_finished(&model->history))
        line(table, "its training", "can go on: `train resume`");
    if (checkpoint)
        line(table, "not saved", "kept by `train` in data/checkpoints");
    output_table(s->output, &table);
}

/* A training that goes on sees the images as the session changes them now. */
static void tell_augmentation(struct session *s, const struct model *model)
{
    char now[AUGMENTATION_SIZE];
    augmentation_text(now, sizeof now, &s->data.augment, s->data.clean_epochs);
    if (model->augmentation[0] == '\0' || strcmp(model->augmentation, now) == 0)
        return;
    output_print(
        s->output, OUTPUT_STDERR,
        "its images were changed by `augment %s`, those of now by `%s`: say the former, and load "
        "it again, to go on to the same bits\n",
        strcmp(model->augmentation, "none") == 0 ? "off" : model->augmentation, now);
}

/* The data are those of the training; where the file states no hash of them, they are when they are prepared to
   the same numbers. */
static bool same_training_data(struct session *s, const struct model *model)
{
    const struct training_images *last = provenance_last(&model->provenance);
    const struct normalization *was = &model->preparation.normalization,
                               *is = &s->data.preparation.normalization;
    bool hashed = last != NULL && last->hash[0] != '\0';
    return provenance_knows(&model->provenance, s->data.loaded) &&
           (hashed || (was->mean == is->mean && was->sd == is->sd));
}

/* The trainer of a training that can go on, with the session's data as they are then. */
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
                         "its training cannot go on with the loaded data, `%s`: load the data that "
                         "it was trained on, `%s`, and then the network again\n",
                         s->data.loaded->name, last != NULL ? last->name : "unknown");
            return true;
        }
        if (!training_restore(s, model, file, &config, error))
            return false;
        if (!trainer_finished(model->trainer))
            tell_augmentation(s, model);
    } else if (!known && why.kind == ERROR_STATE)
        output_print(s->output, OUTPUT_STDERR, "its training cannot go on: %s\n", why.text);
    return true;
}

/* Network, training and preparation, or nothing of them. */
static bool load_file(struct session *s, const struct model_file *file, struct error *error)
{
    struct model model = {.test_accuracy = (double)NAN};
    struct data before = s->data, data;
    if (!saved_model_read(&model, file, error) || !follow_preparation(s, &model, &data, error)) {
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
    if (!saved_model_find(s, name, path, &error))
        return bound_call_error(call, diagnostic, "name", &error);
    struct model_file *file = model_file_open(path, &error);
    bool loaded = file != NULL && load_file(s, file, &error);
    if (loaded)
        saved_model_warn(s, file, name);
    model_file_free(&file);
    if (!loaded)
        return bound_call_error(call, diagnostic, "name", &error);
    char kept[PROJECT_PATHS_SIZE];
    show_loaded(s, checkpoint_path(s, name, kept, &error) && strcmp(path, kept) == 0);
    return true;
}

/* The network of a file, and the session's images prepared for it. */
static bool read_named(struct session *s, const char *name, struct model *model, struct data *data,
                       struct error *error)
{
    char path[PROJECT_PATHS_SIZE];
    struct model_file *file =
        saved_model_find(s, name, path, error) ? model_file_open(path, error) : NULL;
    bool done = file != NULL && saved_model_read(model, file, error) &&
                follow_preparation(s, model, data, error);
    if (done)
        saved_model_warn(s, file, name);
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
    size_t size = strlen(entry->d_name), end = sizeof SAVED_MODEL_SUFFIX - 1;
    return size > end && strcmp(entry->d_name + size - end, SAVED_MODEL_SUFFIX) == 0 &&
           entry->d_name[0] != '.';
}

/* Names in folder, sorted, without the suffix, to each(context, name, path). */
static void each_model(const char *folder,
                       void (*each)(void *context, const char *name, const char *path),
                       void *context)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_model, alphasort);
    for (int i = 0; i < count; i++) {
        char name[256], path[PROJECT_PATHS_SIZE + 256];
        snprintf(name, sizeof name, "%.*s",
                 (int)(strlen(entries[i]->d_name) - (sizeof SAVED_MODEL_SUFFIX - 1)),
                 entries[i]->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (i < MODELS_LISTED_MAX)
            each(context, name, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* A text of a file's header, which may be any, on one line; NULL is empty. */
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
        table_cell(table, "%.2f %%", 100 * saved_model_number(file, "test_accuracy", 0));
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
                     "no network has been saved yet: `model save NAME` does\n");
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
