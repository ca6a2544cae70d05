/*
 * train - `train ...` and `train resume`.
 *
 * `train` draws new first weights from its seed and trains a copy of the network; the copy takes the network's place when
 * at least something was learnt: at the end, at an interrupt, or when the loss blew up after a good epoch. train_resume.c
 * goes on with a training.
 *
 *     config from the call -> batches (data/data_loader.h) -> trainer_run -> history, weights, checkpoint after each epoch
 */
#include "mnist/commands/train.h"

#include "mnist/base/atomic_file.h"
#include "mnist/base/utf8.h"
#include "mnist/commands/architecture.h"
#include "mnist/commands/model_load.h"
#include "mnist/commands/model_metadata.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_VALIDATION = 5000, DEFAULT_SPLIT_SEED = 1, FIRST_SEED = 42 };

/* What one would do before training, if the user has not said: stated, not silent. */
static bool prepare_by_default(struct session *s, const struct bound_call *call,
                               struct diagnostic *diagnostic)
{
    struct error error;
    struct data *data = &s->data;
    if (data->chosen)
        return true;
    const struct preprocess_config config = {.normalize = true};
    int validation = data->loaded->train.count >= 12 * DEFAULT_VALIDATION
                         ? DEFAULT_VALIDATION
                         : data->loaded->train.count / 12;
    if (!data_prepare(s, &config, validation, DEFAULT_SPLIT_SEED, NULL, NULL, &error))
        return fail(call, diagnostic, &error);
    data->chosen = true;
    output_print(s->output, OUTPUT_STDOUT,
                 "nothing was preprocessed, so: preprocess normalize validation=%d seed=%d\n",
                 validation, DEFAULT_SPLIT_SEED);
    return true;
}

static bool network_by_default(struct session *s, const struct bound_call *call,
                               struct diagnostic *diagnostic)
{
    struct error error;
    if (s->model.network != NULL)
        return model_check_images(s, &s->model, &error) || fail(call, diagnostic, &error);
    struct network *network =
        architecture_build(s, architecture_builtin(architecture_default), FIRST_SEED, &error);
    if (network == NULL)
        return fail(call, diagnostic, &error);
    model_replace(s, network, architecture_default);
    output_print(s->output, OUTPUT_STDOUT, "there was no network, so: model %s\n",
                 architecture_default);
    return true;
}

int training_clean_from(const struct data *data, int epochs)
{
    if (data->clean_epochs == 0)
        return 0;
    return data->clean_epochs < epochs ? epochs - data->clean_epochs + 1 : 1;
}

static bool training_batches(struct session *s, struct model *model,
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
    if (!model_check_images(s, model, error) || !training_batches(s, model, config, augment, error))
        return false;
    struct data_source training = data_loader_source(model->training_loader), validation = {0};
    if (model->validation_loader != NULL)
        validation = data_loader_source(model->validation_loader);
    model->trainer = trainer_new(model->network, s->engine, config, &training,
                                 model->validation_loader != NULL ? &validation : NULL, error);
    model->data_version = s->data.version;
    return model->trainer != NULL;
}

bool training_renew_batches(struct session *s, struct model *model, struct error *error)
{
    struct model renewed = {.preparation = model->preparation};
    if (!training_batches(s, &renewed, trainer_config(model->trainer), &s->data.augment, error)) {
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

bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error)
{
    return training_begin(s, model, config, &s->data.augment, error) &&
           checkpoint_load(file, model->trainer, error) &&
           (training_history(model) || error_memory(error, "the training's history", 0));
}

/* A training while it runs. */
struct training_run {
    struct work work;
    struct session *session;
    struct model *model;
    struct table *table;
};

bool training_history(struct model *model)
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

/* After each epoch the training so far goes to disk; if that fails, it is said once and the training goes on. */
static void keep_checkpoint(struct training_run *run, struct trainer *trainer)
{
    struct session *s = run->session;
    char folder[PROJECT_PATHS_SIZE], path[PROJECT_PATHS_SIZE];
    struct model_pairs pairs;
    struct error error;
    bool kept = model_pairs_make(&pairs, run->model, &error) &&
                project_paths_join(folder, s->places.data, "checkpoints", "", &error) &&
                atomic_file_make_folder(folder, &error) &&
                checkpoint_path(s, run->model->name, path, &error) &&
                checkpoint_save(path, trainer, pairs.items, pairs.count, &error);
    model_pairs_release(&pairs);
    if (!kept && !s->warned_checkpoint) {
        s->warned_checkpoint = true;
        output_print(s->output, OUTPUT_STDERR, "no checkpoint is kept on disk: %s\n", error.text);
    }
}

static void on_epoch(void *context, struct trainer *trainer, const struct epoch_record *record)
{
    struct training_run *run = context;
    if (!training_history(run->model))
        return;
    run->model->trained = true;
    table_free(&run->table);
    run->table = train_table(&run->model->history, run->model->validation_loader != NULL, 0);
    run->work.table = run->table;
    snprintf(run->work.note, sizeof run->work.note, "epoch %d of %d",
             record->epoch < trainer_config(trainer)->epochs ? record->epoch + 1 : record->epoch,
             trainer_config(trainer)->epochs);
    keep_checkpoint(run, trainer);
}

/* What `model load` finds the training by in another session, as a word of the language; "" = nothing. */
static void stopped_training(const struct session *s, const struct bound_call *call,
                             const char *name, char word[PROJECT_PATHS_SIZE + 2])
{
    char path[PROJECT_PATHS_SIZE] = "";
    struct error error;
    if (bound_call_has(call, "save"))
        snprintf(path, sizeof path, "%s", bound_call_string(call, "save"));
    else if (s->warned_checkpoint || !checkpoint_path(s, name, path, &error))
        path[0] = '\0';
    const char *quote = strpbrk(path, " \t#'") != NULL ? "\"" : "";
    snprintf(word, PROJECT_PATHS_SIZE + 2, "%s%s%s", quote, path, quote);
}

/* An interrupt says where the training stands and which weights the network has. */
static void describe_interrupt(const struct session *s, const struct bound_call *call,
                               const struct model *model, struct error *error)
{
    const struct trainer *trainer = model->trainer;
    char word[PROJECT_PATHS_SIZE + 2];
    stopped_training(s, call, model->name, word);
    char kept[64] = "all that was learnt is kept";
    struct trainer_position position = trainer_position(trainer);
    const struct trainer_config *config = trainer_config(trainer);
    if (config->patience > 0 && trainer_kept(trainer) != NULL)
        snprintf(kept, sizeof kept, "the weights of epoch %d, the best, are kept",
                 trainer_kept(trainer)->epoch);
    error_set(
        error, ERROR_INTERRUPTED,
        "stopped in epoch %d of %d after %d of %d batches; %s, and `train resume` goes on from "
        "there%s%s%s",
        position.epoch, config->epochs, position.batch, trainer_batches(trainer), kept,
        word[0] != '\0' ? " (in another session, after `model load "
                        : ", in this session alone: there is no checkpoint on disk",
        word, word[0] != '\0' ? "`)" : "");
}

/* The epoch whose weights the network has; 0 = those of a moment within an epoch. */
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
    bool done = trainer_run(model->trainer, s->pool, &run.work.watch, &events, &error);
    if (done || error.kind == ERROR_INTERRUPTED)
        model->trained = true;
    if (training_history(model) && model->history.count > 0) {
        table_free(&run.table);
        run.table =
            train_table(&model->history, model->validation_loader != NULL, kept_epoch(trainer));
        output_table(s->output, &run.table);
    }
    table_free(&run.table);
    model->test_accuracy = (double)NAN;
    recipe_note_stop(model->recipe, trainer);
    if (!done && error.kind == ERROR_INTERRUPTED)
        keep_checkpoint(&run, model->trainer);
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

static bool train_anew(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic)
{
    struct error error;
    struct trainer_config config = train_config(call);
    struct augment_config augment = s->data.augment;
    struct model model = {.test_accuracy = (double)NAN, .preparation = s->data.preparation};
    struct training_images images = data_training_images(s);
    if (!train_check(s, call, &config, s->model.network, diagnostic) ||
        (bound_call_has(call, "augment") &&
         !augmentation_add(s, &augment, call, "augment", bound_call_string(call, "augment"),
                           diagnostic)))
        return false;
    snprintf(model.name, sizeof model.name, "%s", s->model.name);
    train_command(call, model.recipe);
    augmentation_text(model.augmentation, sizeof model.augmentation, &augment,
                      s->data.clean_epochs);
    provenance_add(&model.provenance, &images);
    if (augment_active(&augment) && training_clean_from(&s->data, config.epochs) == 1)
        output_print(s->output, OUTPUT_STDERR,
                     "no image is augmented: `augment` leaves the last %d epochs as they are, and "
                     "this training has %d\n",
                     s->data.clean_epochs, config.epochs);
    model.network = network_clone(s->model.network, &error);
    if (model.network != NULL)
        network_initialise(model.network, config.seed);
    if (model.network == NULL || !training_begin(s, &model, &config, &augment, &error)) {
        model_release(&model);
        return train_fail(call, diagnostic, &error);
    }
    bool done = training_run(s, call, &model, diagnostic);
    training_install(s, &model);
    return done;
}

/* Saves what has been trained as save= wants it, also after an interrupt, whose diagnostic stays. */
static bool save_trained(struct session *s, const struct bound_call *call, bool done,
                         struct diagnostic *diagnostic)
{
    struct error error;
    if (!bound_call_has(call, "save") || (!done && diagnostic->kind != ERROR_INTERRUPTED) ||
        !s->model.trained)
        return done;
    if (saved_model_write(s, bound_call_string(call, "save"), true, &error))
        return done;
    if (done)
        return bound_call_error(call, diagnostic, "save", &error);
    output_print(s->output, OUTPUT_STDERR, "the network is not saved: %s\n", error.text);
    return false;
}

bool run_train(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    bool resume = bound_call_boolean(call, "resume");
    struct error error;
    if (bound_call_has(call, "save") && !atomic_file_make_folder(s->places.models, &error))
        return bound_call_error(call, diagnostic, "save", &error);
    if (resume && !model_need_trained(s, call, diagnostic))
        return false;
    if (!data_need(s, call, diagnostic) || !prepare_by_default(s, call, diagnostic) ||
        !network_by_default(s, call, diagnostic))
        return false;
    bool done = resume ? train_resume(s, call, diagnostic) : train_anew(s, call, diagnostic);
    return save_trained(s, call, done, diagnostic);
}
