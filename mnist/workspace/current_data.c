/*
 * current_data - loading, preparation and selection of the current data; see current_data.h.
 */
#include "mnist/base/count_text.h"
#include "mnist/workspace/fetch.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void data_release(struct data *data)
{
    if (data->prepared != data->loaded)
        dataset_free(&data->prepared);
    dataset_free(&data->loaded);
    split_release(&data->split);
    *data = (struct data){.version = data->version + 1};
}

void data_replace(struct session *s, struct dataset *dataset)
{
    data_release(&s->data);
    s->data.loaded = s->data.prepared = dataset;
    normalization_plain(&s->data.preparation.normalization);
    s->changed = true;
}

void data_advise(const char *set, struct error *error)
{
    size_t used = strlen(error->text);
    if (error->kind == ERROR_DATA)
        snprintf(error->text + used, sizeof error->text - used,
                 "; `load %s` downloads missing files: delete a wrong file first", set);
}

bool data_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    if (s->data.loaded != NULL)
        return true;
    char folder[PROJECT_PATHS_SIZE];
    struct error error;
    struct work work;
    if (!project_paths_join(folder, s->places.data, "raw", "", &error))
        return fail(call, diagnostic, &error);
    if (!fetch_if_missing(s, "mnist", folder, &error))
        return fail(call, diagnostic, &error);
    work_begin(&work, s, "loading mnist", "images");
    struct dataset *dataset = dataset_load(folder, DATASET_MNIST, &work.progress, &error);
    if (dataset == NULL) {
        data_advise("mnist", &error);
        return fail(call, diagnostic, &error);
    }
    data_replace(s, dataset);
    return true;
}

void data_release_other(struct data *data, const struct data *kept)
{
    if (data->prepared != data->loaded && data->prepared != kept->prepared)
        dataset_free(&data->prepared);
    if (data->split.train != kept->split.train)
        split_release(&data->split);
}

bool data_prepare_beside(struct session *s, const struct preprocess_config *config, int validation,
                         uint64_t seed, struct data *data, struct preprocess_report *report,
                         struct progress *progress, struct error *error)
{
    *data = s->data;
    data->prepared = data->loaded;
    data->split = (struct split){0};
    data->validation = validation;
    data->split_seed = seed;
    data->preparation.config = *config;
    data->version++;
    if (!preprocess_check(config, data->loaded->rows, data->loaded->columns, error))
        return false;
    if (config->deskew || config->crop > 0)
        data->prepared = preprocess_apply(config, data->loaded, s->pool, report, progress, error);
    else if (report != NULL)
        *report = (struct preprocess_report){.images = data->loaded->train.count +
                                                       data->loaded->test.count};
    if (data->prepared == NULL)
        return false;
    const struct dataset_part *train = &data->prepared->train;
    if (validation > 0 &&
        !split_make(&data->split, train->labels, train->count, validation, seed, error)) {
        data_release_other(data, &s->data);
        return false;
    }
    if (config->normalize)
        normalization_fit(&data->preparation.normalization, train->images,
                          dataset_image_size(data->prepared),
                          validation > 0 ? data->split.train : NULL,
                          validation > 0 ? data->split.train_count : train->count);
    else
        normalization_plain(&data->preparation.normalization);
    return true;
}

bool data_prepare(struct session *s, const struct preprocess_config *config, int validation,
                  uint64_t seed, struct preprocess_report *report, struct progress *progress,
                  struct error *error)
{
    struct data data;
    if (!data_prepare_beside(s, config, validation, seed, &data, report, progress, error))
        return false;
    data_release_other(&s->data, &data);
    s->data = data;
    s->changed = true;
    return true;
}

bool data_select(struct session *s, const struct bound_call *call, const char *parameter,
                 struct selection *selection, struct diagnostic *diagnostic)
{
    const struct data *data = &s->data;
    const char *name = bound_call_string(call, parameter);
    *selection = (struct selection){
        .name = name, .part = &data->prepared->train, .count = data->prepared->train.count};
    if (strcmp(name, "test") == 0) {
        selection->part = &data->prepared->test;
        selection->count = data->prepared->test.count;
    } else if (strcmp(name, "validation") == 0) {
        if (data->validation == 0)
            return bound_call_diagnostic(
                call, diagnostic, parameter,
                "no images are held out for validation: run `preprocess validation=5000` first");
        selection->items = data->split.validation;
        selection->count = data->split.validation_count;
    } else if (data->validation > 0) {
        selection->items = data->split.train;
        selection->count = data->split.train_count;
    }
    if (selection->count == 0)
        return bound_call_diagnostic(
            call, diagnostic, bound_call_given(call, parameter) ? parameter : NULL,
            "the data set %s has no test images: choose set=train, or `load` "
            "another data set",
            data->loaded->name);
    return true;
}

const char *selection_noun(const struct selection *selection)
{
    return strcmp(selection->name, "train") == 0 ? "training" : selection->name;
}

bool pick_image(const struct bound_call *call, const struct selection *selection, int *index,
                struct diagnostic *diagnostic)
{
    long long wanted = bound_call_integer(call, "index");
    char text[COUNT_TEXT_SIZE];
    if (wanted >= selection->count)
        return bound_call_diagnostic(call, diagnostic, "index",
                                     "the %s set has %s image%s, so the last index is %d",
                                     selection_noun(selection), count_text(text, selection->count),
                                     selection->count == 1 ? "" : "s", selection->count - 1);
    *index = (int)wanted;
    return true;
}

int selection_index(const struct selection *selection, int index)
{
    return selection->items != NULL ? (int)selection->items[index] : index;
}

const uint8_t *selection_image(const struct session *s, const struct selection *selection,
                               int index)
{
    return dataset_image(s->data.prepared, selection->part, selection_index(selection, index));
}

int selection_label(const struct selection *selection, int index)
{
    return selection->part->labels[selection_index(selection, index)];
}

struct data_loader *selection_loader(const struct session *s, const struct selection *selection,
                                     const struct normalization *normalization, struct error *error)
{
    const struct data_loader_config config = {
        .images = selection->part->images,
        .labels = selection->part->labels,
        .rows = s->data.prepared->rows,
        .columns = s->data.prepared->columns,
        .items = selection->items,
        .count = selection->count,
        .normalization = normalization,
    };
    return data_loader_new(&config, error);
}

struct data_source data_loader_source(struct data_loader *loader)
{
    return (struct data_source){
        .context = loader, .count = data_loader_count(loader), .fill = data_loader_fill};
}

void class_names(const struct session *s, const char *names[DATASET_CLASSES])
{
    for (int i = 0; i < DATASET_CLASSES; i++)
        names[i] = dataset_class_name(s->data.loaded, i);
}

const char *preparation_text(char *text, size_t size, const struct preprocess_config *config)
{
    char crop[32] = "";
    if (config->crop > 0)
        snprintf(crop, sizeof crop, " crop=%d", config->crop);
    snprintf(text, size, "%s%s%s", config->deskew ? " deskew" : "", crop,
             config->normalize ? " normalize" : "");
    if (text[0] == ' ')
        memmove(text, text + 1, strlen(text));
    else
        snprintf(text, size, "nothing");
    return text;
}
