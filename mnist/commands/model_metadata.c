/*
 * model_metadata - converts a model to the metadata of a model file.
 */
#include "mnist/commands/model_metadata.h"

#include "mnist/workspace/session_state.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *json_figure(float value)
{
    return isfinite(value) ? json_real((double)value) : json_null();
}

/* [[epoch, train loss, train accuracy, validation loss, validation accuracy, rate, best, hash of
   the weights], ...] as JSON text. Caller frees. */
static char *history_text(const struct training_history *history)
{
    json_t *list = json_array();
    for (int i = 0; i < history->count; i++) {
        const struct epoch_record *r = &history->records[i];
        char hash[20];
        snprintf(hash, sizeof hash, "%016" PRIx64, r->hash);
        json_array_append_new(
            list,
            json_pack("[i,o,o,o,o,o,b,s]", r->epoch, json_figure(r->train_loss),
                      json_figure(r->train_accuracy), json_figure(r->validation_loss),
                      json_figure(r->validation_accuracy), json_figure(r->rate), r->best, hash));
    }
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(list);
    return text;
}

static void add_pair(struct model_metadata *metadata, const char *key, const char *value)
{
    metadata->items[metadata->count++] = (struct model_pair){key, value};
}

__attribute__((format(printf, 3, 4))) static void add_number(struct model_metadata *metadata,
                                                             const char *key, const char *format,
                                                             ...)
{
    char *text = metadata->numbers[metadata->number_count++];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof metadata->numbers[0], format, values);
    va_end(values);
    add_pair(metadata, key, text);
}

bool model_metadata_make(struct model_metadata *metadata, const struct model *model,
                         struct error *error)
{
    const struct preparation *preparation = &model->preparation;
    const struct training_images *last = provenance_last(&model->provenance);
    *metadata = (struct model_metadata){.history = history_text(&model->history),
                                        .provenance = provenance_text(&model->provenance)};
    if (metadata->history == NULL || metadata->provenance == NULL)
        return error_memory(error, "the training's history", 0);
    add_pair(metadata, "name", model->name);
    add_pair(metadata, "trained", model->trained ? "yes" : "no");
    if (last != NULL) {
        add_pair(metadata, "data", last->name);
        add_pair(metadata, "trained_on", metadata->provenance);
    }
    add_pair(metadata, "recipe", model->recipe);
    if (model->augmentation[0] != '\0')
        add_pair(metadata, "augmentation", model->augmentation);
    add_pair(metadata, "history", metadata->history);
    add_number(metadata, "epochs", "%d", model->history.planned);
    add_number(metadata, "batches", "%d", model->history.batches);
    add_number(metadata, "seed", "%llu", (unsigned long long)model->history.config.seed);
    add_number(metadata, "deskew", "%d", preparation->config.deskew);
    add_number(metadata, "crop", "%d", preparation->config.crop);
    add_number(metadata, "normalize", "%d", preparation->config.normalize);
    add_number(metadata, "mean", "%.17g", preparation->normalization.mean);
    add_number(metadata, "sd", "%.17g", preparation->normalization.sd);
    if (!isnan(model->test_accuracy))
        add_number(metadata, "test_accuracy", "%.6f", model->test_accuracy);
    return true;
}

void model_metadata_release(struct model_metadata *metadata)
{
    free(metadata->history);
    free(metadata->provenance);
    metadata->history = metadata->provenance = NULL;
}
