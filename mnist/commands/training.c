/*
 * training - a model's training: its data loaders and trainer, and a run until the end, an
 * interrupt or a failure.
 *
 * train.c starts a new training, train_resume.c continues one, model_commands.c restores one from a
 * checkpoint.
 *
 *     training_begin  images -> data loaders -> trainer
 *     training_run    trainer_run; after each epoch history, table and checkpoint
 */
#include "mnist/commands/training.h"

#include "mnist/base/atomic_file.h"
#include "mnist/commands/model_metadata.h"
#include "mnist/commands/model_path.h"
#include "mnist/commands/train.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int training_clean_from(const struct data *data, int epochs)
{
    if (data->clean_epochs == 0)
        return 0;
    return data->clean_epochs < epochs ? epochs - data->clean_epochs + 1 : 1;
}

/* Makes the model's data loaders from the session's training and validation images. */
static bool make_loaders(struct session *s, struct model *model,
                         const struct trainer_config *training,
                         const struct augment_config *augment, struct error *error)
{
    const struct data *data = &s->data;
    const struct dataset_part *train = &data->prepared->train;
    struct data_loader_config config = {
        .images = train->images,
        .labels = train->labels,
        .rows = data->prepared->rows,
        .columns = data->prepared->columns,
        .items = data->validation > 0 ? data->split.train : NULL,
        .count = data->validation > 0 ? data->split.train_count : train->count,
        .normalization = &model->preparation.normalization,
        .augment = *augment,
        .clean_from = training_clean_from(data, training->epochs),
        .seed = training->seed,
    };
    model->training_loader = data_loader_new(&config, error);
    if (model->training_loader == NULL || data->validation == 0)
        return model->training_loader != NULL;
    config.items = data->split.validation;
    config.count = data->split.validation_count;
    config.augment = (struct augment_config){0};
    model->validation_loader = data_loader_new(&config, error);
    return model->validation_loader != NULL;
}

bool training_begin(struct session *s, struct model *model, const struct trainer_config *config,
                    const struct augment_config *augment, struct error *error)
{
    model_drop_trainer(model);
    if (!model_check_images(s, model, error) || !make_loaders(s, model, config, augment, error))
        return false;
    struct data_source training = data_loader_source(model->training_loader), validation = {0};
    if (model->validation_loader != NULL)
        validation = data_loader_source(model->validation_loader);
    model->trainer = trainer_new(model->network, s->engine, config, &training,
                                 model->validation_loader != NULL ? &validation : NULL, error);
    model->data_version = s->data.version;
    return model->trainer != NULL;
}

bool training_renew_loaders(struct session *s, struct model *model, struct error *error)
{
    struct model renewed = {.preparation = model->preparation};
    if (!make_loaders(s, &renewed, trainer_config(model->trainer), &s->data.augment, error)) {
        model_drop_trainer(&renewed);
        return false;
    }
    struct data_source training = data_loader_source(renewed.training_loader), validation = {0};
    bool validates = renewed.validation_loader != NULL;
    if (validates)
        validation = data_loader_source(renewed.validation_loader);
    trainer_set_sources(model->trainer, &training, validates ? &validation : NULL);
    data_loader_free(&model->training_loader);
    data_loader_free(&model->validation_loader);
    model->training_loader = renewed.training_loader;
    model->validation_loader = renewed.validation_loader;
    model->data_version = s->data.version;
    return true;
}

/* Copies the history of the model's trainer to the model. False if memory runs out. */
static bool copy_history(struct model *model)
{
    int count;
    const struct trainer *trainer = model->trainer;
    const struct epoch_record *records = trainer_history(trainer, &count);
    struct epoch_record *copy = malloc((size_t)(count + 1) * sizeof *copy);
    if (copy == NULL)
        return false;
    if (count > 0)
        memcpy(copy, records, (size_t)count * sizeof *copy);
    free(model->history.records);
    model->history = (struct training_history){.records = copy,
                                               .count = count,
                                               .planned = trainer_config(trainer)->epochs,
                                               .batches = trainer_batches(trainer),
                                               .config = *trainer_config(trainer),
                                               .known = true,
                                               .progress = *trainer_progress(trainer),
                                               .rates = *trainer_rates(trainer)};
    return true;
}

bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error)
{
    return training_begin(s, model, config, &s->data.augment, error) &&
           checkpoint_load(file, model->trainer, error) &&
           (copy_history(model) || error_memory(error, "the training's history", 0));
}

bool training_finished(const struct training_history *history)
{
    return history->known ? history->progress.stopped_early ||
                                history->progress.position.epoch > history->config.epochs
                          : history->count >= history->planned;
}

/* ---- run ---- */

/* A running training. */
struct training_run {
    struct work work;
    struct session *session;
    struct model *model;
    struct table *table;
};

/* Writes a checkpoint. If that fails, warns once and the training continues. */
static void write_checkpoint(struct training_run *run, struct trainer *trainer)
{
    struct session *s = run->session;
    char folder[PROJECT_PATHS_SIZE], path[PROJECT_PATHS_SIZE];
    struct model_metadata metadata;
    struct error error;
    bool written = model_metadata_make(&metadata, run->model, &error) &&
                   project_paths_join(folder, s->places.data, "checkpoints", "", &error) &&
                   atomic_file_make_folder(folder, 0777, &error) &&
                   model_path_checkpoint(s, run->model->name, path, &error) &&
                   checkpoint_save(path, trainer, metadata.items, metadata.count, &error);
    model_metadata_release(&metadata);
    if (!written && !s->warned_checkpoint) {
        s->warned_checkpoint = true;
        output_print(s->output, OUTPUT_STDERR, "no checkpoint can be written: %s\n", error.text);
    }
}

static void on_epoch(void *context, struct trainer *trainer, const struct epoch_record *record)
{
    struct training_run *run = context;
    if (!copy_history(run->model))
        return;
    run->model->trained = true;
    table_free(&run->table);
    run->table = train_table(&run->model->history, run->model->validation_loader != NULL, 0);
    run->work.table = run->table;
    snprintf(run->work.note, sizeof run->work.note, "epoch %d of %d",
             record->epoch < trainer_config(trainer)->epochs ? record->epoch + 1 : record->epoch,
             trainer_config(trainer)->epochs);
    write_checkpoint(run, trainer);
}

/* The argument of `model load` for the stopped training in another session, quoted if necessary; ""
   if the training is not on disk. */
static void stopped_training(const struct session *s, const struct bound_call *call,
                             const char *name, char argument[PROJECT_PATHS_SIZE + 2])
{
    char path[PROJECT_PATHS_SIZE] = "";
    struct error error;
    if (bound_call_has(call, "save"))
        snprintf(path, sizeof path, "%s", bound_call_string(call, "save"));
    else if (s->warned_checkpoint || !model_path_checkpoint(s, name, path, &error))
        path[0] = '\0';
    const char *quote = strpbrk(path, " \t#'") != NULL ? "\"" : "";
    snprintf(argument, PROJECT_PATHS_SIZE + 2, "%s%s%s", quote, path, quote);
}

/* The message of an interrupt: the position of the training, which weights the network has, and how
   to continue. */
static void describe_interrupt(const struct session *s, const struct bound_call *call,
                               const struct model *model, struct error *error)
{
    const struct trainer *trainer = model->trainer;
    char argument[PROJECT_PATHS_SIZE + 2];
    stopped_training(s, call, model->name, argument);
    char kept[64] = "the current weights are kept";
    struct trainer_position position = trainer_position(trainer);
    const struct trainer_config *config = trainer_config(trainer);
    if (config->patience > 0 && trainer_kept(trainer) != NULL)
        snprintf(kept, sizeof kept, "the weights of epoch %d, the best, are kept",
                 trainer_kept(trainer)->epoch);
    error_set(
        error, ERROR_INTERRUPTED,
        "stopped in epoch %d of %d after %d of %d batches; %s, and `train resume` continues from "
        "there%s%s%s",
        position.epoch, config->epochs, position.batch, trainer_batches(trainer), kept,
        argument[0] != '\0' ? " (in another session: after `model load "
                            : ", but only in this session, because no checkpoint was written",
        argument, argument[0] != '\0' ? "`)" : "");
}

/* The epoch whose weights the network has; 0 if they are from the middle of an epoch. */
static int kept_epoch(const struct trainer *trainer)
{
    const struct epoch_record *kept = trainer_kept(trainer);
    bool last = trainer_config(trainer)->patience == 0;
    return kept == NULL || (last && trainer_position(trainer).batch > 0) ? 0 : kept->epoch;
}

bool training_run(struct session *s, const struct bound_call *call, struct model *model,
                  struct diagnostic *diagnostic)
{
    struct error error;
    struct training_run run = {.session = s, .model = model};
    const struct trainer_events events = {&run, on_epoch};
    const struct trainer *trainer = model->trainer;
    work_begin(&run.work, s, "training", "images");
    run.work.scale = trainer_config(trainer)->batch;
    snprintf(run.work.note, sizeof run.work.note, "epoch %d of %d", trainer_position(trainer).epoch,
             trainer_config(trainer)->epochs);
    bool done = trainer_run(model->trainer, s->pool, &run.work.progress, &events, &error);
    if (done || error.kind == ERROR_INTERRUPTED)
        model->trained = true;
    if (copy_history(model) && model->history.count > 0) {
        table_free(&run.table);
        run.table =
            train_table(&model->history, model->validation_loader != NULL, kept_epoch(trainer));
        output_table(s->output, &run.table);
    }
    table_free(&run.table);
    model->test_accuracy = (double)NAN;
    recipe_add_stop(model->recipe, trainer);
    if (!done && error.kind == ERROR_INTERRUPTED)
        write_checkpoint(&run, model->trainer);
    if (done)
        train_report(s, model);
    else if (error.kind == ERROR_INTERRUPTED)
        describe_interrupt(s, call, model, &error);
    return done || fail(call, diagnostic, &error);
}

void training_install(struct session *s, struct model *model)
{
    if (!model->trained) {
        model_release(model);
        return;
    }
    model_release(&s->model);
    s->model = *model;
    train_set_variables(s, &s->model);
    s->changed = true;
}
