/*
 * current_model - life cycle of the current network, and the checks that compare it with the data;
 * see current_model.h.
 */

#include "mnist/base/count_text.h"
#include "mnist/workspace/session_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void history_release(struct training_history *history)
{
    free(history->records);
    *history = (struct training_history){0};
}

void model_drop_trainer(struct model *model)
{
    trainer_free(&model->trainer);
    data_loader_free(&model->training_loader);
    data_loader_free(&model->validation_loader);
}

void model_release(struct model *model)
{
    model_drop_trainer(model);
    network_free(&model->network);
    history_release(&model->history);
    *model = (struct model){.test_accuracy = (double)NAN};
}

void model_replace(struct session *s, struct network *network, const char *name)
{
    model_release(&s->model);
    s->model.network = network;
    snprintf(s->model.name, sizeof s->model.name, "%s", name);
    s->changed = true;
}

bool model_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    if (s->model.network != NULL)
        return true;
    error_set(
        &error, ERROR_STATE,
        "there is no network yet: run `train`, which creates one, or `model load fast`, which is "
        "trained");
    return fail(call, diagnostic, &error);
}

struct training_images data_training_images(const struct session *s)
{
    struct training_images images = {.validation = s->data.validation,
                                     .split_seed = s->data.split_seed};
    struct dataset *loaded = s->data.loaded;
    snprintf(images.name, sizeof images.name, "%s", loaded->name);
    snprintf(images.hash, sizeof images.hash, "%s", dataset_hash(loaded));
    snprintf(images.source_hash, sizeof images.source_hash, "%s", dataset_source_hash(loaded));
    return images;
}

void model_warn_data(struct session *s, const struct model *model, const char *name)
{
    const char *loaded = s->data.loaded->name;
    if (provenance_knows(&model->provenance, s->data.loaded))
        return;
    const char *known = provenance_last(&model->provenance)->name;
    if (strcmp(known, loaded) != 0)
        output_print(
            s->output, OUTPUT_STDERR,
            "the network `%s` was trained on the data set `%s`, but these images are from `%s`\n",
            name, known, loaded);
    else
        output_print(s->output, OUTPUT_STDERR,
                     "the network `%s` was trained on other data than these: both data sets are "
                     "named `%s`, but their images or labels differ\n",
                     name, loaded);
}

/* Advice on how to hold out images that the network was not trained on. */
static const char *held_out_hint(char *text, size_t size, const struct model *model)
{
    const struct training_images *last = provenance_last(&model->provenance);
    if (model->provenance.count == 1 && last->validation > 0)
        snprintf(text, size,
                 "`preprocess validation=%d seed=%llu` holds out the same images as its training "
                 "did",
                 last->validation, (unsigned long long)last->split_seed);
    else
        snprintf(text, size, "only the test set is new to it");
    return text;
}

static void warn_leakage(struct session *s, const struct model *model, const char *name,
                         const struct selection *selection)
{
    char leaked_text[COUNT_TEXT_SIZE], all_text[COUNT_TEXT_SIZE], hint[160];
    struct error error;
    int leaked;
    if (!provenance_leakage(&model->provenance, s->data.loaded, selection->items, selection->count,
                            &leaked, &error))
        output_print(s->output, OUTPUT_STDERR,
                     "whether these images were training images of `%s` is not known: %s\n", name,
                     error.text);
    else if (leaked > 0)
        output_print(s->output, OUTPUT_STDERR,
                     "%s of these %s validation images were training images of the network `%s`: "
                     "the figures are better than they would be on new images; %s\n",
                     count_text(leaked_text, leaked), count_text(all_text, selection->count), name,
                     held_out_hint(hint, sizeof hint, model));
}

void model_warn_figures(struct session *s, const struct model *model, const char *name,
                        const struct selection *selection)
{
    model_warn_data(s, model, name);
    if (strcmp(selection->name, "validation") == 0)
        warn_leakage(s, model, name, selection);
}

bool model_check_images(const struct session *s, const struct model *model, struct error *error)
{
    const struct dataset *prepared = s->data.prepared;
    struct error why;
    if (network_check_input(model->network, (struct shape){1, prepared->rows, prepared->columns},
                            &why))
        return true;
    bool known = blueprints_find(&s->blueprints, model->name) != NULL;
    return error_set(error, why.kind,
                     "network `%s`: %s: preprocess the images as for this network, or run "
                     "`model %s` to build %s for these images, with new weights",
                     model->name, why.text, known ? model->name : blueprint_default,
                     known ? "it" : "a network");
}

/* "`preprocess crop=22 normalize`", or "no preprocessing". */
static const char *steps_text(char *text, size_t size, const struct preprocess_config *config)
{
    char steps[64];
    if (!config->deskew && config->crop == 0 && !config->normalize)
        return "no preprocessing";
    snprintf(text, size, "`preprocess %s`", preparation_text(steps, sizeof steps, config));
    return text;
}

/* The commands that change the session's preparation to the wanted one. `preprocess` only adds
   steps; `preprocess reset` also removes the validation split. */
static const char *way_text(char *text, size_t size, const struct preprocess_config *wanted,
                            const struct data *data)
{
    const struct preprocess_config *now = &data->preparation.config;
    bool reset = (now->deskew && !wanted->deskew) || (now->crop > 0 && wanted->crop == 0);
    bool some = wanted->deskew || wanted->crop > 0 || wanted->normalize;
    char steps[120], held_out[80] = "";
    preparation_text(steps, sizeof steps, wanted);
    if (reset && data->validation > 0)
        snprintf(held_out, sizeof held_out, "%svalidation=%d seed=%llu", some ? " " : "",
                 data->validation, (unsigned long long)data->split_seed);
    if (!reset)
        snprintf(text, size, "`preprocess %s`", steps);
    else if (some || held_out[0] != '\0')
        snprintf(text, size, "`preprocess reset`, then `preprocess %s%s`", some ? steps : "",
                 held_out);
    else
        snprintf(text, size, "`preprocess reset`");
    return text;
}

/* The diagnostic of images that are not prepared as for the training. */
static bool refuse_preparation(struct session *s, const struct bound_call *call,
                               struct diagnostic *diagnostic)
{
    char model[80], data[80], way[240], advice[300];
    struct error error;
    const struct preprocess_config *wanted = &s->model.preparation.config,
                                   *now = &s->data.preparation.config;
    struct shape in = network_input(s->model.network);
    const struct dataset *images = s->data.prepared, *loaded = s->data.loaded;
    bool reachable =
        network_check_input(s->model.network,
                            (struct shape){1, preprocess_rows(wanted, loaded->rows),
                                           preprocess_columns(wanted, loaded->columns)},
                            NULL);
    if (!reachable && !model_check_images(s, &s->model, &error))
        return fail(call, diagnostic, &error);
    if (reachable)
        snprintf(advice, sizeof advice, "run %s first (the network stays)",
                 way_text(way, sizeof way, wanted, &s->data));
    else
        snprintf(advice, sizeof advice, "load images of that size");
    error_set(
        &error, ERROR_STATE,
        "the network `%s` was trained on images of %d x %d pixels with %s; the images are now "
        "of %d x %d pixels with %s: %s",
        s->model.name, in.height, in.width, steps_text(model, sizeof model, wanted), images->rows,
        images->columns, steps_text(data, sizeof data, now), advice);
    return fail(call, diagnostic, &error);
}

bool model_need_trained(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    struct error error;
    const struct model *model = &s->model;
    if (!model_need(s, call, diagnostic) || !data_need(s, call, diagnostic))
        return false;
    if (!model->trained) {
        error_set(&error, ERROR_STATE,
                  "the network `%s` has not been trained: run `train` first, or `model load NAME`",
                  model->name);
        return fail(call, diagnostic, &error);
    }
    const struct preprocess_config *was = &model->preparation.config,
                                   *is = &s->data.preparation.config;
    if (!model_check_images(s, model, &error) || was->deskew != is->deskew || was->crop != is->crop)
        return refuse_preparation(s, call, diagnostic);
    return true;
}
