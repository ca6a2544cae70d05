/*
 * checkpoint - the trainer's state as metadata (small numbers and the history, as JSON) and tensors
 * (the floats).
 *
 *     "trainer.config"    {"epochs": 5, ...}
 *     "trainer.progress"  {"epoch": 3, "batch": 17, ...}
 *     "trainer.history"   [{"epoch": 1, "train_loss": 0.4, ...}, ...]; a NaN is null
 *     "trainer.custom"    {"optimizer": "mine", ...}, the plugins, if there are any
 *     "trainer.rates"     {"steps": 860, "stride": 1, "rates": [...], ...}: rate_curve.h, and
 *                         "ends", the last step of each epoch
 *     tensors             as trainer_state.h names them
 *
 * Floats are JSON numbers with 17 digits, which are read back to the same bits. 64-bit numbers that
 * are not counts (seed, hash) are hexadecimal text.
 */
#include "mnist/nn/train/checkpoint.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/train/checkpoint_curve.h"
#include "mnist/nn/train/checkpoint_fields.h"
#include "mnist/nn/train/checkpoint_plugins.h"
#include "mnist/nn/train/trainer_state.h"

static const char config_key[] = "trainer.config", progress_key[] = "trainer.progress";
static const char history_key[] = "trainer.history", rates_key[] = "trainer.rates";

/* ---- tables of fields (checkpoint_fields.h) -------------------------------------------------- */

#define CONFIG(type, field)                                  \
    {                                                        \
#field, type, offsetof(struct trainer_config, field) \
    }

/* FIELD_INT reads and writes enumerations as ints. */
_Static_assert(sizeof(enum optimizer_kind) == sizeof(int), "FIELD_INT");
_Static_assert(sizeof(enum schedule_kind) == sizeof(int), "FIELD_INT");

static const struct field config_fields[] = {
    CONFIG(FIELD_INT, epochs),        CONFIG(FIELD_INT, batch),
    CONFIG(FIELD_FLOAT, rate),        CONFIG(FIELD_INT, optimizer),
    CONFIG(FIELD_FLOAT, momentum),    CONFIG(FIELD_FLOAT, beta1),
    CONFIG(FIELD_FLOAT, beta2),       CONFIG(FIELD_FLOAT, decay),
    CONFIG(FIELD_INT, schedule),      CONFIG(FIELD_FLOAT, warmup),
    CONFIG(FIELD_FLOAT, step_epochs), CONFIG(FIELD_FLOAT, step_factor),
    CONFIG(FIELD_FLOAT, smoothing),   CONFIG(FIELD_BOOL, ema),
    CONFIG(FIELD_FLOAT, ema_decay),   CONFIG(FIELD_INT, patience),
    CONFIG(FIELD_FLOAT, clip),        CONFIG(FIELD_HEX, seed),
};

#define PROGRESS(name, type, field)                          \
    {                                                        \
        name, type, offsetof(struct trainer_progress, field) \
    }

static const struct field progress_fields[] = {
    PROGRESS("epoch", FIELD_INT, position.epoch),
    PROGRESS("batch", FIELD_INT, position.batch),
    PROGRESS("step", FIELD_U64, position.step),
    PROGRESS("loss", FIELD_DOUBLE, sums.loss),
    PROGRESS("seconds", FIELD_DOUBLE, sums.seconds),
    PROGRESS("correct", FIELD_I64, sums.correct),
    PROGRESS("images", FIELD_I64, sums.images),
    PROGRESS("since_best", FIELD_INT, since_best),
    PROGRESS("best_epoch", FIELD_INT, best_epoch),
    PROGRESS("stopped_early", FIELD_BOOL, stopped_early),
    PROGRESS("history_count", FIELD_INT, history_count),
    PROGRESS("optimizer_steps", FIELD_U64, optimizer_steps),
    PROGRESS("schedule_epoch", FIELD_INT_ADDED, schedule_epoch),
    PROGRESS("schedule_batch", FIELD_INT_ADDED, schedule_batch),
};

#define RECORD(type, field)                                \
    {                                                      \
#field, type, offsetof(struct epoch_record, field) \
    }

static const struct field record_fields[] = {
    RECORD(FIELD_INT, epoch),
    RECORD(FIELD_FLOAT, train_loss),
    RECORD(FIELD_FLOAT, train_accuracy),
    RECORD(FIELD_FLOAT, validation_loss),
    RECORD(FIELD_FLOAT, validation_accuracy),
    RECORD(FIELD_OPTIONAL, metric),
    RECORD(FIELD_FLOAT, rate),
    RECORD(FIELD_DOUBLE, images_per_second),
    RECORD(FIELD_DOUBLE, seconds),
    RECORD(FIELD_U64_ADDED, step),
    RECORD(FIELD_HEX, hash),
    RECORD(FIELD_BOOL, best),
};

#define FIELDS(table) table, (int)(sizeof table / sizeof table[0])

/* ---- saving ---------------------------------------------------------------------------------- */

static json_t *history_json(const struct trainer *trainer)
{
    int count;
    const struct epoch_record *history = trainer_history(trainer, &count);
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        if (json_array_append_new(array, fields_write(&history[i], FIELDS(record_fields))) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* The text of a JSON value, which is consumed. 17 digits keep a double, 9 a float. Caller frees.
   NULL = out of memory. */
static char *dump_json(json_t *json, size_t digits)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(digits));
    json_decref(json);
    return text;
}

static void add_text(struct checkpoint_pairs *pairs, const char *key, char *text)
{
    pairs->texts[pairs->count] = text;
    pairs->items[pairs->count++] = (struct model_pair){key, text};
}

bool checkpoint_pairs_make(struct checkpoint_pairs *pairs, const struct trainer_summary *summary,
                           const struct epoch_record *records, int count, struct error *error)
{
    bool plugin = checkpoint_plugins_any(&summary->config);
    *pairs = (struct checkpoint_pairs){0};
    add_text(pairs, config_key,
             dump_json(fields_write(&summary->config, FIELDS(config_fields)), 17));
    add_text(pairs, progress_key,
             dump_json(fields_write(&summary->progress, FIELDS(progress_fields)), 17));
    add_text(pairs, rates_key,
             dump_json(checkpoint_curve_json(&summary->rates, records, count), 9));
    if (plugin)
        add_text(pairs, CHECKPOINT_PLUGINS_KEY,
                 dump_json(checkpoint_plugins_json(&summary->config), 17));
    for (int i = 0; i < pairs->count; i++)
        if (pairs->texts[i] == NULL)
            return error_memory(error, "the training's description", MODEL_FILE_HEADER_MAX);
    return true;
}

void checkpoint_pairs_release(struct checkpoint_pairs *pairs)
{
    for (int i = 0; i < pairs->count; i++)
        free(pairs->texts[i]);
    *pairs = (struct checkpoint_pairs){0};
}

static bool save_state(const char *path, struct trainer *trainer, const struct trainer_state *state,
                       const struct model_pair *pairs, int pair_count, struct error *error)
{
    int count;
    struct model_tensor tensors[TRAINER_TENSORS_MAX];
    struct model_pair all[MODEL_FILE_METADATA_MAX];
    struct checkpoint_pairs state_pairs;
    const struct trainer_summary summary = {*trainer_config(trainer), state->progress,
                                            state->rates};
    const struct epoch_record *records = trainer_history(trainer, &count);
    char *history = dump_json(history_json(trainer), 17);
    bool done = checkpoint_pairs_make(&state_pairs, &summary, records, count, error);
    for (int i = 0; i < state->tensor_count; i++)
        tensors[i] = (struct model_tensor){state->tensors[i].name, state->tensors[i].values,
                                           state->tensors[i].count};
    for (int i = 0; i < pair_count; i++)
        all[i] = pairs[i];
    for (int i = 0; i < state_pairs.count; i++)
        all[pair_count++] = state_pairs.items[i];
    all[pair_count++] = (struct model_pair){history_key, history};
    if (done && history == NULL)
        done = error_memory(error, "the checkpoint's header", MODEL_FILE_HEADER_MAX);
    done = done && model_file_save(path, trainer_network(trainer), all, pair_count, tensors,
                                   state->tensor_count, error);
    checkpoint_pairs_release(&state_pairs);
    free(history);
    return done;
}

bool checkpoint_save(const char *path, struct trainer *trainer, const struct model_pair *pairs,
                     int pair_count, struct error *error)
{
    if (pair_count > MODEL_FILE_METADATA_MAX / 2)
        return error_set(error, ERROR_USAGE,
                         "a checkpoint can have at most %d metadata entries, not %d",
                         MODEL_FILE_METADATA_MAX / 2, pair_count);
    struct trainer_state *state = trainer_state_new(trainer, error);
    if (state == NULL)
        return false;
    trainer_state_save(state, trainer);
    bool done = save_state(path, trainer, state, pairs, pair_count, error);
    trainer_state_free(&state);
    return done;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The parsed JSON under key; NULL with error if it is missing or invalid. Caller decrefs. */
static json_t *load_json(const struct model_file *file, const char *key, struct error *error)
{
    const char *text = model_file_metadata(file, key);
    json_t *json = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (text == NULL)
        error_set(error, ERROR_DATA,
                  "this model contains no training to resume (it has no %s): start a new training",
                  key);
    else if (json == NULL)
        error_set(error, ERROR_DATA, "the model's %s is not valid JSON: the file is damaged", key);
    return json;
}

static bool load_struct(const struct model_file *file, const char *key, void *to,
                        const struct field *fields, int count, struct error *error)
{
    json_t *json = load_json(file, key, error);
    if (json == NULL)
        return false;
    const char *wrong = fields_read(to, json, fields, count);
    json_decref(json);
    return wrong == NULL ||
           error_set(error, ERROR_DATA, "the model's %s has no valid \"%s\"", key, wrong);
}

bool checkpoint_config(const struct model_file *file, struct trainer_config *config,
                       struct error *error)
{
    struct trainer_config read = {0};
    if (!load_struct(file, config_key, &read, FIELDS(config_fields), error))
        return false;
    if (read.optimizer >= OPTIMIZER_KINDS || read.schedule >= SCHEDULE_KINDS)
        return error_set(error, ERROR_DATA, "the model's %s names an unknown optimizer or schedule",
                         config_key);
    if (!checkpoint_plugins_find(file, &read, error))
        return false;
    if ((read.optimizer == OPTIMIZER_PLUGIN) != (read.plugin_optimizer != NULL) ||
        (read.schedule == SCHEDULE_PLUGIN) != (read.plugin_schedule != NULL))
        return error_set(error, ERROR_DATA,
                         "the model's %s does not name the plugins that its %s requires",
                         CHECKPOINT_PLUGINS_KEY, config_key);
    *config = read;
    return true;
}

static bool load_history(const struct model_file *file, struct epoch_record *history, int count,
                         struct error *error)
{
    json_t *json = load_json(file, history_key, error);
    if (json == NULL)
        return false;
    bool done = json_is_array(json) && json_array_size(json) == (size_t)count;
    for (int i = 0; done && i < count; i++)
        done = fields_read(&history[i], json_array_get(json, (size_t)i), FIELDS(record_fields)) ==
               NULL;
    json_decref(json);
    return done ||
           error_set(error, ERROR_DATA, "the model's %s is not a list of %d complete records",
                     history_key, count);
}

bool checkpoint_is(const struct model_file *file)
{
    return model_file_metadata(file, history_key) != NULL;
}

static bool load_progress(const struct model_file *file, struct trainer_progress *progress,
                          struct error *error)
{
    *progress = (struct trainer_progress){.schedule_epoch = 1};
    return load_struct(file, progress_key, progress, FIELDS(progress_fields), error);
}

/* Older files contain no curve; then it begins at the file's position. */
static bool load_curve(const struct model_file *file, uint64_t position, struct rate_curve *curve,
                       struct epoch_record *records, int count, struct error *error)
{
    rate_curve_begin(curve, position);
    if (model_file_metadata(file, rates_key) == NULL)
        return true;
    json_t *json = load_json(file, rates_key, error);
    bool done = json != NULL && checkpoint_curve_read(json, curve, records, count);
    if (json != NULL && !done)
        error_set(error, ERROR_DATA, "the model's %s is not a list of learning rates", rates_key);
    json_decref(json);
    return done;
}

bool checkpoint_summary(const struct model_file *file, struct trainer_summary *summary,
                        struct epoch_record *records, int count, struct error *error)
{
    struct trainer_summary read;
    if (!checkpoint_config(file, &read.config, error) ||
        !load_progress(file, &read.progress, error))
        return false;
    if (read.progress.history_count != count)
        return error_set(error, ERROR_DATA, "the model's %s has %d epochs, but its history has %d",
                         progress_key, read.progress.history_count, count);
    if (!load_curve(file, read.progress.position.step, &read.rates, records, count, error))
        return false;
    *summary = read;
    return true;
}

static bool load_state(const struct model_file *file, struct trainer *trainer,
                       struct trainer_state *state, struct epoch_record *history,
                       struct error *error)
{
    struct trainer_progress *progress = &state->progress;
    if (!load_progress(file, progress, error))
        return false;
    struct error why;
    if (!trainer_check_progress(trainer, progress, &why))
        return error_set(error, ERROR_DATA, "the model's %s is invalid: %s", progress_key,
                         why.text);
    if (!load_history(file, history, progress->history_count, error) ||
        !load_curve(file, progress->position.step, &state->rates, history, progress->history_count,
                    error))
        return false;
    for (int i = 0; i < state->tensor_count; i++)
        if (!model_file_read(file, state->tensors[i].name, state->tensors[i].values,
                             state->tensors[i].count, error))
            return false;
    return true;
}

bool checkpoint_load(const struct model_file *file, struct trainer *trainer, struct error *error)
{
    size_t epochs = (size_t)trainer_config(trainer)->epochs;
    struct trainer_state *state = trainer_state_new(trainer, error);
    if (state == NULL)
        return false;
    bool done = false;
    struct epoch_record *history = calloc(epochs, sizeof *history);
    if (history == NULL)
        error_memory(error, "the history", epochs * sizeof *history);
    else
        done = load_state(file, trainer, state, history, error);
    if (done)
        trainer_state_restore(state, trainer, history);
    free(history);
    trainer_state_free(&state);
    return done;
}
