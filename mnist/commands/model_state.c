/*
 * model_state - the network that the session holds, and what it needs of the data.
 */
#include "mnist/commands/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void history_release(struct history *history)
{
    free(history->records);
    *history = (struct history){0};
}

void model_drop_trainer(struct model *model)
{
    trainer_free(&model->trainer);
    batch_free(&model->training_batch);
    batch_free(&model->validation_batch);
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

bool model_need(struct session *s, const struct call *call, struct mistake *mistake)
{
    struct error error;
    if (s->model.network != NULL)
        return true;
    error_set(
        &error, ERROR_STATE,
        "there is no network yet: say `train`, which makes one, or `model load fast`, which is ready");
    return fail(call, mistake, &error);
}

bool model_knows_data(const struct session *s, const struct model *model)
{
    return model->data_name[0] == '\0' || strcmp(model->data_name, s->data.loaded->name) == 0;
}

void model_warn_data(struct session *s, const struct model *model, const char *name)
{
    if (!model_knows_data(s, model))
        output_print(s->output, OUTPUT_STDERR,
                     "the network `%s` was trained on %s, and is judged here on %s\n", name,
                     model->data_name, s->data.loaded->name);
}

static bool same_shape(struct shape shape, const struct dataset *dataset)
{
    return shape.channels == 1 && shape.height == dataset->rows && shape.width == dataset->cols;
}

/* The images as they are prepared now are not what the network was trained on. */
static bool refuse_preparation(struct session *s, const struct call *call, struct mistake *mistake)
{
    char model[64], data[64];
    struct error error;
    struct preprocess_config wanted = s->model.preparation.config;
    error_set(
        &error, ERROR_STATE,
        "the network `%s` was trained on images prepared by `preprocess %s`, but these are prepared by `preprocess %s`: "
        "say `preprocess %s` first (the network stays)",
        s->model.name, preparation_text(model, sizeof model, &wanted),
        preparation_text(data, sizeof data, &s->data.preparation.config),
        wanted.deskew || wanted.crop > 0 || wanted.normalize ? model : "reset");
    return fail(call, mistake, &error);
}

bool model_need_trained(struct session *s, const struct call *call, struct mistake *mistake)
{
    struct error error;
    const struct model *model = &s->model;
    if (!model_need(s, call, mistake) || !data_need(s, call, mistake))
        return false;
    if (!model->trained) {
        error_set(&error, ERROR_STATE,
                  "the network `%s` has not been trained: say `train` first, or `model load NAME`",
                  model->name);
        return fail(call, mistake, &error);
    }
    const struct preprocess_config *was = &model->preparation.config,
                                   *is = &s->data.preparation.config;
    if (!same_shape(network_input(model->network), s->data.prepared) || was->deskew != is->deskew ||
        was->crop != is->crop)
        return refuse_preparation(s, call, mistake);
    return true;
}
