/*
 * checkpoint - the trainer's state as metadata (small numbers and the history, as JSON) and tensors
 * (the floats).
 *
 *     "trainer.config"    {"epochs": 5, ...}
 *     "trainer.progress"  {"epoch": 3, "batch": 17, ...}
 *     "trainer.history"   [{"epoch": 1, "train_loss": 0.4, ...}, ...]; a NaN is null
 *     "trainer.custom"    {"optimizer": "mine", ...}, where parts are somebody else's
 *     tensors             as trainer_state.h names them
 *
 * Floats are written as JSON numbers with 17 digits, which read back to the same bits; 64-bit
 * numbers that are no counts (seed, hash) as hexadecimal text.
 */
#include "mnist/nn/checkpoint.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/checkpoint_parts.h"
#include "mnist/nn/trainer_state.h"

static const char config_key[] = "trainer.config", progress_key[] = "trainer.progress";
static const char history_key[] = "trainer.history";

/* ---- structs as JSON objects, by tables of their fields -------------------------------------- */

enum field_type {
    FIELD_INT,
    FIELD_FLOAT,
    FIELD_OPTIONAL, /* a float; NAN is left out */
    FIELD_DOUBLE,
    FIELD_BOOL,
    FIELD_U64,
    FIELD_I64,
    FIELD_HEX
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
};

#define CONFIG(type, field)                                  \
    {                                                        \
#field, type, offsetof(struct trainer_config, field) \
    }

/* Enumerations are ints to the compiler as well. */
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
    RECORD(FIELD_HEX, hash),
    RECORD(FIELD_BOOL, best),
};

#define FIELDS(table) table, (int)(sizeof table / sizeof table[0])

static json_t *number_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *field_json(const char *at, enum field_type type)
{
    char hex[32];
    switch (type) {
    case FIELD_INT: return json_integer(*(const int *)(const void *)at);
    case FIELD_OPTIONAL:
    case FIELD_FLOAT: return number_json((double)*(const float *)(const void *)at);
    case FIELD_DOUBLE: return number_json(*(const double *)(const void *)at);
    case FIELD_BOOL: return json_boolean(*(const bool *)(const void *)at);
    case FIELD_U64: return json_integer((json_int_t) * (const uint64_t *)(const void *)at);
    case FIELD_I64: return json_integer(*(const int64_t *)(const void *)at);
    case FIELD_HEX:
        snprintf(hex, sizeof hex, "%016" PRIx64, *(const uint64_t *)(const void *)at);
        return json_string(hex);
    }
    return NULL;
}

/* NULL = out of memory. */
static json_t *struct_json(const void *from, const struct field *fields, int count)
{
    json_t *object = json_object();
    for (int i = 0; i < count; i++) {
        const char *at = (const char *)from + fields[i].offset;
        if (fields[i].type == FIELD_OPTIONAL && isnan(*(const float *)(const void *)at))
            continue;
        if (json_object_set_new(object, fields[i].name, field_json(at, fields[i].type)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static bool read_hex(uint64_t *to, const json_t *value)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *to = strtoull(text, &end, 16);
    return true;
}

static bool read_field(char *at, enum field_type type, const json_t *value)
{
    json_int_t integer = json_integer_value(value);
    double number = json_is_null(value) ? (double)NAN : json_number_value(value);
    switch (type) {
    case FIELD_INT:
        *(int *)(void *)at = (int)integer;
        return json_is_integer(value) && integer >= 0 && integer <= INT32_MAX;
    case FIELD_U64:
    case FIELD_I64: *(int64_t *)(void *)at = integer; return json_is_integer(value) && integer >= 0;
    case FIELD_BOOL: *(bool *)(void *)at = json_is_true(value); return json_is_boolean(value);
    case FIELD_HEX: return read_hex((uint64_t *)(void *)at, value);
    case FIELD_DOUBLE:
        *(double *)(void *)at = number;
        return json_is_null(value) || json_is_number(value);
    case FIELD_OPTIONAL:
    case FIELD_FLOAT:
        if (!isnan(number) && fabs(number) > 3.4e38)
            return false;
        *(float *)(void *)at = (float)number;
        return json_is_null(value) || json_is_number(value) ||
               (type == FIELD_OPTIONAL && value == NULL);
    }
    return false;
}

/* The name of the first field that is missing or of the wrong kind; NULL = all well. */
static const char *read_struct(void *to, const json_t *object, const struct field *fields,
                               int count)
{
    for (int i = 0; i < count; i++)
        if (!read_field((char *)to + fields[i].offset, fields[i].type,
                        json_object_get(object, fields[i].name)))
            return fields[i].name;
    return NULL;
}

/* ---- saving ---------------------------------------------------------------------------------- */

static json_t *history_json(const struct trainer *trainer)
{
    int count;
    const struct epoch_record *history = trainer_history(trainer, &count);
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        if (json_array_append_new(array, struct_json(&history[i], FIELDS(record_fields))) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* The text of a JSON value, which is consumed. Caller frees. NULL = out of memory. */
static char *take_text(json_t *json)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(json);
    return text;
}

enum { TEXTS = 4 };

static bool save_state(const char *path, struct trainer *trainer, const struct trainer_state *state,
                       const struct model_pair *pairs, int pair_count, struct error *error)
{
    struct model_tensor tensors[TRAINER_PARTS_MAX];
    struct model_pair all[MODEL_FILE_METADATA_MAX];
    char *texts[TEXTS] = {take_text(struct_json(trainer_config(trainer), FIELDS(config_fields))),
                          take_text(struct_json(&state->progress, FIELDS(progress_fields))),
                          take_text(history_json(trainer)),
                          take_text(checkpoint_parts_json(trainer_config(trainer)))};
    bool custom = texts[3] != NULL && strcmp(texts[3], "{}") != 0;
    bool done = false;
    for (int i = 0; i < state->part_count; i++)
        tensors[i] = (struct model_tensor){state->parts[i].name, state->parts[i].values,
                                           state->parts[i].count};
    for (int i = 0; i < pair_count; i++)
        all[i] = pairs[i];
    all[pair_count] = (struct model_pair){config_key, texts[0]};
    all[pair_count + 1] = (struct model_pair){progress_key, texts[1]};
    all[pair_count + 2] = (struct model_pair){history_key, texts[2]};
    all[pair_count + 3] = (struct model_pair){CHECKPOINT_PARTS_KEY, texts[3]};
    if (texts[0] == NULL || texts[1] == NULL || texts[2] == NULL || texts[3] == NULL)
        error_memory(error, "the checkpoint's header", MODEL_FILE_HEADER_MAX);
    else
        done = model_file_save(path, trainer_network(trainer), all, pair_count + 3 + custom,
                               tensors, state->part_count, error);
    for (int i = 0; i < TEXTS; i++)
        free(texts[i]);
    return done;
}

bool checkpoint_save(const char *path, struct trainer *trainer, const struct model_pair *pairs,
                     int pair_count, struct error *error)
{
    if (pair_count > MODEL_FILE_METADATA_MAX / 2)
        return error_set(error, ERROR_USAGE, "a checkpoint takes at most %d metadata, not %d",
                         MODEL_FILE_METADATA_MAX / 2, pair_count);
    struct trainer_state *state = trainer_state_new(trainer, error);
    if (state == NULL)
        return false;
    trainer_state_take(state, trainer);
    bool done = save_state(path, trainer, state, pairs, pair_count, error);
    trainer_state_free(&state);
    return done;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The JSON text under key, NULL with error if it is not there or broken. Caller decrefs. */
static json_t *load_json(const struct model_file *file, const char *key, struct error *error)
{
    const char *text = model_file_metadata(file, key);
    json_t *json = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (text == NULL)
        error_set(error, ERROR_DATA,
                  "this model holds no training to go on with (it has no %s): train it anew", key);
    else if (json == NULL)
        error_set(error, ERROR_DATA, "the model's %s is not JSON", key);
    return json;
}

static bool load_struct(const struct model_file *file, const char *key, void *to,
                        const struct field *fields, int count, struct error *error)
{
    json_t *json = load_json(file, key, error);
    if (json == NULL)
        return false;
    const char *wrong = read_struct(to, json, fields, count);
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
    if (!checkpoint_parts_find(file, &read, error))
        return false;
    if ((read.optimizer == OPTIMIZER_CUSTOM) != (read.custom_optimizer != NULL) ||
        (read.schedule == SCHEDULE_CUSTOM) != (read.custom_schedule != NULL))
        return error_set(error, ERROR_DATA, "the model's %s does not name its parts",
                         CHECKPOINT_PARTS_KEY);
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
        done = read_struct(&history[i], json_array_get(json, (size_t)i), FIELDS(record_fields)) ==
               NULL;
    json_decref(json);
    return done || error_set(error, ERROR_DATA, "the model's %s is not a list of %d whole records",
                             history_key, count);
}

/* Positions that trainer could have come to by itself. */
static bool check_progress(const struct trainer *trainer, const struct trainer_progress *p,
                           struct error *error)
{
    int epochs = trainer_config(trainer)->epochs;
    if (p->position.epoch < 1 || p->position.epoch > epochs + 1 || p->position.batch < 0 ||
        p->position.batch > trainer_batches(trainer) ||
        (p->position.epoch > epochs && p->position.batch > 0) ||
        p->history_count != p->position.epoch - 1 || p->best_epoch < 0 ||
        p->best_epoch > p->history_count || p->sums.images < 0)
        return error_set(
            error, ERROR_DATA,
            "the model's %s (epoch %d, batch %d) does not fit this training of %d epochs "
            "with %d batches each",
            progress_key, p->position.epoch, p->position.batch, epochs, trainer_batches(trainer));
    return true;
}

static bool load_state(const struct model_file *file, struct trainer *trainer,
                       struct trainer_state *state, struct epoch_record *history,
                       struct error *error)
{
    if (!load_struct(file, progress_key, &state->progress, FIELDS(progress_fields), error) ||
        !check_progress(trainer, &state->progress, error) ||
        !load_history(file, history, state->progress.history_count, error))
        return false;
    for (int i = 0; i < state->part_count; i++)
        if (!model_file_read(file, state->parts[i].name, state->parts[i].values,
                             state->parts[i].count, error))
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
