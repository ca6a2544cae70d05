/*
 * model_load - finds the file of a saved network and reads it.
 *
 * model_metadata.c writes the metadata that this file reads. Metadata missing from older files get
 * defaults, except those that determine the network's input (read_preparation).
 */
#include "mnist/commands/model_load.h"

#include "mnist/base/utf8.h"
#include "mnist/commands/architecture.h"
#include "mnist/commands/model_metadata.h"
#include "mnist/language/parameter.h"
#include "mnist/nn/model/plugin_trial.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MISSING_SIZE = 256 };

static float number_of(const json_t *value)
{
    return json_is_number(value) ? (float)json_number_value(value) : NAN;
}

/* 0 for older files, which contain no hashes. */
static uint64_t hash_of(const json_t *value)
{
    return json_is_string(value) ? strtoull(json_string_value(value), NULL, 16) : 0;
}

static bool history_parse(struct training_history *history, const char *text)
{
    json_t *list = text != NULL ? json_loads(text, 0, NULL) : NULL, *row;
    size_t count = json_array_size(list), i;
    struct epoch_record *records = calloc(count + 1, sizeof *records);
    if (records == NULL || count > TRAINER_EPOCHS_MAX) {
        json_decref(list);
        free(records);
        return false;
    }
    json_array_foreach(list, i, row) {
        records[i] = (struct epoch_record){
            .epoch = (int)json_integer_value(json_array_get(row, 0)),
            .train_loss = number_of(json_array_get(row, 1)),
            .train_accuracy = number_of(json_array_get(row, 2)),
            .validation_loss = number_of(json_array_get(row, 3)),
            .validation_accuracy = number_of(json_array_get(row, 4)),
            .rate = number_of(json_array_get(row, 5)),
            .best = json_is_true(json_array_get(row, 6)),
            .hash = hash_of(json_array_get(row, 7)),
        };
    }
    json_decref(list);
    history->records = records;
    history->count = (int)count;
    return true;
}

double model_load_number(const struct model_file *file, const char *key, double fallback)
{
    const char *text = model_file_metadata(file, key);
    char *end;
    double number = text != NULL ? strtod(text, &end) : fallback;
    return text != NULL && end != text && *end == '\0' && isfinite(number) ? number : fallback;
}

/* An integer from 0 to most; fallback if it is missing or not such an integer. */
static uint64_t read_integer(const struct model_file *file, const char *key, uint64_t most,
                             uint64_t fallback)
{
    const char *text = model_file_metadata(file, key);
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return fallback;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && number <= most ? number : fallback;
}

static void copy_text(char *to, size_t size, const struct model_file *file, const char *key,
                      const char *fallback)
{
    const char *text = model_file_metadata(file, key);
    utf8_visible(to, size, text != NULL ? text : fallback, false);
}

static bool metadata_error(struct error *error, const char *key, const char *expected,
                           const char *found)
{
    return error_set(error, ERROR_DATA,
                     "the file's metadata must contain \"%s\", %s, because it determines the "
                     "network's input; found %s%.40s%s: train the network again and save it, or "
                     "add the value if you know it",
                     key, expected, found != NULL ? "\"" : "", found != NULL ? found : "nothing",
                     found != NULL ? "\"" : "");
}

/* Reads "0" or "1". */
static bool read_boolean(bool *value, const struct model_file *file, const char *key,
                         struct error *error)
{
    const char *text = model_file_metadata(file, key);
    *value = text != NULL && strcmp(text, "1") == 0;
    return *value || (text != NULL && strcmp(text, "0") == 0) ||
           metadata_error(error, key, "0 or 1", text);
}

/* Reads a finite number, greater than 0 if positive is set. */
static bool read_number(double *number, const struct model_file *file, const char *key,
                        bool positive, struct error *error)
{
    const char *text = model_file_metadata(file, key);
    *number = model_load_number(file, key, (double)NAN);
    return (isfinite(*number) && (*number > 0 || !positive)) ||
           metadata_error(error, key, positive ? "a number greater than 0" : "a number", text);
}

/* The conversion of images to the network's input. A missing value is an error, never a guess. */
static bool read_preparation(struct preparation *preparation, const struct model_file *file,
                             struct error *error)
{
    struct preprocess_config *config = &preparation->config;
    double mean = 0, sd = 255;
    uint64_t crop = read_integer(file, "crop", IDX_SIDE_MAX, UINT64_MAX);
    normalization_plain(&preparation->normalization);
    if (!read_boolean(&config->deskew, file, "deskew", error) ||
        !read_boolean(&config->normalize, file, "normalize", error))
        return false;
    if (crop == UINT64_MAX)
        return metadata_error(error, "crop", "an integer from 0 (none) to 256",
                              model_file_metadata(file, "crop"));
    config->crop = (int)crop;
    if (config->normalize && (!read_number(&mean, file, "mean", false, error) ||
                              !read_number(&sd, file, "sd", true, error)))
        return false;
    if (config->normalize)
        normalization_set(&preparation->normalization, mean, sd);
    return true;
}

/* The training images of the network. Older files contain only the data's name and the split. */
static bool read_provenance(struct provenance *provenance, const struct model_file *file,
                            struct error *error)
{
    const char *text = model_file_metadata(file, "trained_on");
    struct training_images images = {.validation =
                                         (int)read_integer(file, "validation", IDX_COUNT_MAX, 0),
                                     .split_seed = read_integer(file, "split_seed", UINT64_MAX, 0)};
    copy_text(images.name, sizeof images.name, file, "data", "");
    if (text != NULL)
        return provenance_parse(provenance, text) ||
               error_set(error, ERROR_DATA,
                         "the file's metadata \"trained_on\" is not a list of data sets");
    if (images.name[0] != '\0')
        provenance_add(provenance, &images);
    return true;
}

/* The training's config, position and learning rates; only the seed if the file has none of
   them, or if a plugin of the config is not registered. */
static void read_training(struct training_history *history, const struct model_file *file)
{
    struct trainer_summary summary;
    history->config = trainer_config_default();
    history->config.seed = read_integer(file, "seed", UINT64_MAX, 42);
    history->known = checkpoint_summary(file, &summary, history->records, history->count, NULL);
    if (!history->known)
        return;
    history->config = summary.config;
    history->progress = summary.progress;
    history->rates = summary.rates;
}

/* The metadata of the network; read_network reads its layers and values. */
static bool read_metadata(struct model *model, const struct model_file *file, struct error *error)
{
    const char *trained = model_file_metadata(file, "trained");
    const char *name = model_file_metadata(file, "name");
    if (name == NULL || !parameter_name_valid(name)) /* the name becomes a file name */
        name = "loaded";
    snprintf(model->name, sizeof model->name, "%s", name);
    copy_text(model->recipe, sizeof model->recipe, file, "recipe", "");
    copy_text(model->augmentation, sizeof model->augmentation, file, "augmentation", "");
    model->trained = trained == NULL || strcmp(trained, "yes") == 0;
    model->test_accuracy = model_load_number(file, "test_accuracy", (double)NAN);
    normalization_plain(&model->preparation.normalization);
    if (model->trained && (!read_preparation(&model->preparation, file, error) ||
                           !read_provenance(&model->provenance, file, error)))
        return false;
    if (!history_parse(&model->history, model_file_metadata(file, "history")))
        return error_memory(error, "the training's history", 0);
    model->history.planned =
        (int)read_integer(file, "epochs", TRAINER_EPOCHS_MAX, (uint64_t)model->history.count);
    model->history.batches = (int)read_integer(file, "batches", INT_MAX, 0);
    read_training(&model->history, file);
    return true;
}

/* The kinds of layers in a network's text that are not registered, as a list; "" if all are. */
static void list_missing(const char *text, char list[MISSING_SIZE])
{
    size_t used = 0;
    list[0] = '\0';
    for (; *text != '\0'; text += strcspn(text, "\n") + (text[strcspn(text, "\n")] != '\0')) {
        char kind[PLUGIN_NAME_SIZE], quoted[PLUGIN_NAME_SIZE + 2];
        snprintf(kind, sizeof kind, "%.*s", (int)strcspn(text, " \n"), text);
        snprintf(quoted, sizeof quoted, "`%s`", kind);
        if (kind[0] != '\0' && !vocabulary_is_verb(kind, true) && strstr(list, quoted) == NULL &&
            used < MISSING_SIZE)
            used += (size_t)snprintf(list + used, MISSING_SIZE - used, "%s%s", used > 0 ? ", " : "",
                                     quoted);
    }
}

/* Loads the weights. If that fails for a network with a plugin, the error also names the plugin,
   which may have been registered differently. */
static bool load_values(const struct model_file *file, struct network *network, struct error *error)
{
    if (model_file_load(file, network, error))
        return true;
    for (int i = 0; i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        size_t used = strlen(error->text);
        if (!layer_is_plugin(layer))
            continue;
        snprintf(error->text + used, sizeof error->text - used,
                 "; or the registered layer `%s` differs from the layer that was saved",
                 layer->spec.type->name);
        break;
    }
    return false;
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
            "the file does not list the network's layers (its metadata has no \"%s\"): it was not "
            "saved by `model save`",
            MODEL_KEY_NETWORK);
    char missing[MISSING_SIZE];
    list_missing(text, missing);
    if (missing[0] != '\0')
        return error_set(
            error, ERROR_STATE,
            "the network needs the layer%s %s, not registered in this session: run the C cell that "
            "registers %s, then load the network again",
            strchr(missing, ',') != NULL ? "s" : "", missing,
            strchr(missing, ',') != NULL ? "them" : "it");
    if (!architecture_parse(text, specs, &count, error) || !model_file_input(file, &input, error))
        return false;
    if (input.channels != 1)
        return error_set(
            error, ERROR_DATA,
            "the network expects images with %d channels, but data sets have 1 channel",
            input.channels);
    model->network = network_new(specs, count, input, 42, error);
    return model->network != NULL &&
           network_check_classes(model->network, DATASET_CLASSES, error) &&
           plugin_trial_network(model->network, error) && load_values(file, model->network, error);
}

void model_load_warn_unverified(struct session *s, const struct model_file *file, const char *name)
{
    if (!model_file_verified(file))
        output_print(s->output, OUTPUT_STDERR,
                     "the file of the network `%s` contains no SHA-256 checksum, so damage to it "
                     "cannot be detected; `model save` adds one\n",
                     name);
}

bool model_load_read(struct model *model, const struct model_file *file, struct error *error)
{
    return read_metadata(model, file, error) && read_network(model, file, error);
}
