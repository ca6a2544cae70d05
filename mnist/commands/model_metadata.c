/*
 * model_metadata - the metadata of a model file, from a model.
 */
#include "mnist/commands/model_metadata.h"

#include "mnist/workspace/session_state.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *figure(float value)
{
    return isfinite(value) ? json_real((double)value) : json_null();
}

/* [[epoch, train loss, train accuracy, validation loss, validation accuracy, rate, best, hash of the weights], ...] as
   text. Caller frees. */
static char *history_text(const struct training_history *history)
{
    json_t *list = json_array();
    for (int i = 0; i < history->count; i++) {
        const struct epoch_record *r = &history->records[i];
        char hash[20];
        snprintf(hash, sizeof hash, "%016" PRIx64, r->hash);
        json_array_append_new(list, json_pack("[i,o,o,o,o,o,b,s]", r->epoch, figure(r->train_loss),
                                              figure(r->train_accuracy), figure(r->validation_loss),
                                              figure(r->validation_accuracy), figure(r->rate),
                                              r->best, hash));
    }
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(list);
    return text;
}

static void add_pair(struct model_pairs *pairs, const char *key, const char *value)
{
    pairs->items[pairs->count++] = (struct model_pair){key, value};
}

__attribute__((format(printf, 3, 4))) static void add_number(struct model_pairs *pairs,
                                                             const char *key, const char *format,
                                                             ...)
{
    char *text = pairs->numbers[pairs->number_count++];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof pairs->numbers[0], format, values);
    va_end(values);
    add_pair(pairs, key, text);
}

bool model_pairs_make(struct model_pairs *pairs, const struct model *model, struct error *error)
{
    const struct preparation *preparation = &model->preparation;
    const struct training_images *last = provenance_last(&model->provenance);
    *pairs = (struct model_pairs){.history = history_text(&model->history),
                                  .provenance = provenance_text(&model->provenance)};
    if (pairs->history == NULL || pairs->provenance == NULL)
        return error_memory(error, "the training's history", 0);
    add_pair(pairs, "name", model->name);
    add_pair(pairs, "trained", model->trained ? "yes" : "no");
    if (last != NULL) {
        add_pair(pairs, "data", last->name);
        add_pair(pairs, "trained_on", pairs->provenance);
    }
    add_pair(pairs, "recipe", model->recipe);
    if (model->augmentation[0] != '\0')
        add_pair(pairs, "augmentation", model->augmentation);
    add_pair(pairs, "history", pairs->history);
    add_number(pairs, "epochs", "%d", model->history.planned);
    add_number(pairs, "batches", "%d", model->history.batches);
    add_number(pairs, "seed", "%llu", (unsigned long long)model->history.config.seed);
    add_number(pairs, "deskew", "%d", preparation->config.deskew);
    add_number(pairs, "crop", "%d", preparation->config.crop);
    add_number(pairs, "normalize", "%d", preparation->config.normalize);
    add_number(pairs, "mean", "%.17g", preparation->normalization.mean);
    add_number(pairs, "sd", "%.17g", preparation->normalization.sd);
    if (!isnan(model->test_accuracy))
        add_number(pairs, "test_accuracy", "%.6f", model->test_accuracy);
    return true;
}

void model_pairs_release(struct model_pairs *pairs)
{
    free(pairs->history);
    free(pairs->provenance);
    pairs->history = pairs->provenance = NULL;
}

bool checkpoint_path(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                     struct error *error)
{
    char folder[PROJECT_PATHS_SIZE];
    return project_paths_join(folder, s->places.data, "checkpoints", "", error) &&
           project_paths_join(path, folder, name, ".safetensors", error);
}
