/*
 * train - `train ...` and `train resume`.
 *
 * `train` draws new first weights from its seed and trains a copy of the network; the copy takes the network's place when
 * at least something was learnt: at the end, at an interrupt, or when the loss blew up after a good epoch. `train resume`
 * goes on with the trainer where it stopped, to the bit as if it had never stopped; without one (the network was loaded,
 * the data changed) it begins a new training from the present weights.
 *
 *     config from the call -> batches (data/batch.h) -> trainer_run -> history, weights, checkpoint after each epoch
 */
#include "mnist/commands/train.h"

#include "mnist/commands/model_card.h"
#include "mnist/nn/checkpoint.h"
#include "mnist/replace.h"
#include "mnist/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_VALIDATION = 5000, DEFAULT_SPLIT_SEED = 1, FIRST_SEED = 42 };

static enum optimizer_kind optimizer_of(const struct call *call)
{
    return call_is(call, "optimizer", "sgd")     ? OPTIMIZER_SGD
           : call_is(call, "optimizer", "adamw") ? OPTIMIZER_ADAMW
           : call_is(call, "optimizer", "adam")  ? OPTIMIZER_ADAM
                                                 : OPTIMIZER_CUSTOM;
}

static enum schedule_kind schedule_of(const struct call *call)
{
    return call_is(call, "schedule", "constant")   ? SCHEDULE_CONSTANT
           : call_is(call, "schedule", "step")     ? SCHEDULE_STEP
           : call_is(call, "schedule", "cosine")   ? SCHEDULE_COSINE
           : call_is(call, "schedule", "onecycle") ? SCHEDULE_ONECYCLE
                                                   : SCHEDULE_CUSTOM;
}

/* The registered part that the word names; NULL for a word of our own, or none. */
static const void *part_of(const struct call *call, const char *name, enum custom_kind kind)
{
    const char *word = call_text(call, name);
    return word != NULL ? custom_find(kind, word) : NULL;
}

/* The rate that suits when none is given: what `help train` says. */
static float usual_rate(const struct trainer_config *config)
{
    if (config->custom_optimizer != NULL && config->custom_optimizer->rate > 0)
        return config->custom_optimizer->rate;
    if (config->optimizer == OPTIMIZER_SGD)
        return 0.05f;
    return config->schedule == SCHEDULE_ONECYCLE ? 0.01f : 0.001f;
}

static struct trainer_config config_of(const struct call *call)
{
    struct trainer_config config = trainer_config_default();
    config.custom_optimizer = part_of(call, "optimizer", CUSTOM_OPTIMIZER);
    config.custom_schedule = part_of(call, "schedule", CUSTOM_SCHEDULE);
    config.custom_loss = part_of(call, "loss", CUSTOM_LOSS);
    config.metric = part_of(call, "metric", CUSTOM_METRIC);
    config.epochs = (int)call_whole(call, "epochs");
    config.batch = (int)call_whole(call, "batch");
    config.optimizer = optimizer_of(call);
    config.schedule = schedule_of(call);
    config.rate = call_has(call, "rate") ? (float)call_number(call, "rate") : usual_rate(&config);
    config.momentum = config.beta1 = (float)call_number(call, "momentum");
    config.decay = call_has(call, "decay")               ? (float)call_number(call, "decay")
                   : config.optimizer == OPTIMIZER_ADAMW ? 0.01f
                                                         : 0.0f;
    config.warmup = (float)call_number(call, "warmup");
    config.smoothing = (float)call_number(call, "smoothing");
    config.ema = call_has(call, "ema") && call_number(call, "ema") > 0;
    config.ema_decay = config.ema ? (float)call_number(call, "ema") : config.ema_decay;
    config.patience = call_has(call, "patience") ? (int)call_whole(call, "patience") : 0;
    config.clip = call_has(call, "clip") ? (float)call_number(call, "clip") : 0.0f;
    config.seed = (uint64_t)call_whole(call, "seed");
    return config;
}

static void keep_recipe(struct model *model, const struct call *call)
{
    size_t size;
    const char *source = call_source(call, &size);
    utf8_copy(model->recipe, sizeof model->recipe, source, size);
}

/* What one would do before training, if the user has not said: stated, not silent. */
static bool prepare_by_default(struct session *s, const struct call *call, struct mistake *mistake)
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
        return fail(call, mistake, &error);
    data->chosen = true;
    output_print(s->output, OUTPUT_STDOUT,
                 "nothing was preprocessed, so: preprocess normalize validation=%d seed=%d\n",
                 validation, DEFAULT_SPLIT_SEED);
    return true;
}

static bool network_by_default(struct session *s, const struct call *call, struct mistake *mistake)
{
    struct error error;
    if (s->model.network != NULL)
        return model_check_images(s, &s->model, &error) || fail(call, mistake, &error);
    struct network *network =
        architecture_build(s, architecture_builtin(architecture_default), FIRST_SEED, &error);
    if (network == NULL)
        return fail(call, mistake, &error);
    model_replace(s, network, architecture_default);
    output_print(s->output, OUTPUT_STDOUT, "there was no network, so: model %s\n",
                 architecture_default);
    return true;
}

/* The first of a training's last epochs, which see the images as they are; 0 = there are none. */
static int clean_from(const struct data *data, int epochs)
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
    struct batch_config config = {
        .images = train->images,
        .labels = train->labels,
        .rows = data->prepared->rows,
        .cols = data->prepared->cols,
        .items = data->validation > 0 ? data->split.train : NULL,
        .count = data->validation > 0 ? data->split.train_count : train->count,
        .normalization = &data->preparation.normalization,
        .augment = *augment,
        .clean_from = clean_from(data, training->epochs),
        .seed = training->seed,
    };
    model->training_batch = batch_new(&config, error);
    if (model->training_batch == NULL || data->validation == 0)
        return model->training_batch != NULL;
    config.items = data->split.validation;
    config.count = data->split.validation_count;
    config.augment = (struct augment_config){0};
    model->validation_batch = batch_new(&config, error);
    return model->validation_batch != NULL;
}

/* Batches and trainer of a model that has its network. */
static bool training_begin(struct session *s, struct model *model,
                           const struct trainer_config *config,
                           const struct augment_config *augment, struct error *error)
{
    model_drop_trainer(model);
    if (!model_check_images(s, model, error) || !training_batches(s, model, config, augment, error))
        return false;
    struct source training = batch_source(model->training_batch), validation = {0};
    if (model->validation_batch != NULL)
        validation = batch_source(model->validation_batch);
    model->trainer = trainer_new(model->network, s->engine, config, &training,
                                 model->validation_batch != NULL ? &validation : NULL, error);
    model->data_version = s->data.version;
    return model->trainer != NULL;
}

bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error)
{
    return training_begin(s, model, config, &s->data.augment, error) &&
           checkpoint_load(file, model->trainer, error);
}

/* A training while it runs. */
struct run {
    struct work work;
    struct session *session;
    struct model *model;
    struct table *table;
};

static bool history_copy(struct history *history, const struct trainer *trainer)
{
    int count;
    const struct epoch_record *records = trainer_history(trainer, &count);
    struct epoch_record *copy = malloc((size_t)(count + 1) * sizeof *copy);
    if (copy == NULL)
        return false;
    if (count > 0)
        memcpy(copy, records, (size_t)count * sizeof *copy);
    free(history->records);
    *history = (struct history){copy, count, trainer_config(trainer)->epochs,
                                trainer_batches(trainer), *trainer_config(trainer)};
    return true;
}

/* After each epoch the training so far goes to disk; if that fails, it is said once and the training goes on. */
static void keep_checkpoint(struct run *run, struct trainer *trainer)
{
    struct session *s = run->session;
    char folder[PLACE_SIZE], path[PLACE_SIZE];
    struct model_pairs pairs;
    struct error error;
    bool kept = model_pairs_make(&pairs, run->model, &error) &&
                places_join(folder, s->places.data, "checkpoints", "", &error) &&
                replace_make_folder(folder, &error) &&
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
    struct run *run = context;
    if (!history_copy(&run->model->history, trainer))
        return;
    run->model->trained = true;
    table_free(&run->table);
    run->table = train_table(&run->model->history, run->model->validation_batch != NULL);
    run->work.table = run->table;
    snprintf(run->work.note, sizeof run->work.note, "epoch %d of %d",
             record->epoch < trainer_config(trainer)->epochs ? record->epoch + 1 : record->epoch,
             trainer_config(trainer)->epochs);
    keep_checkpoint(run, trainer);
}

static void set_variables(struct session *s, const struct history *history)
{
    if (history->count == 0)
        return;
    const struct epoch_record *last = &history->records[history->count - 1];
    variables_set_number(s->variables, "loss", (double)last->train_loss);
    if (isfinite(last->validation_loss)) {
        variables_set_number(s->variables, "validation_loss", (double)last->validation_loss);
        variables_set_number(s->variables, "validation_accuracy",
                             (double)last->validation_accuracy);
    }
}

static void tell_early_stop(struct session *s, const struct trainer *trainer)
{
    const struct epoch_record *best = trainer_best(trainer);
    if (!trainer_stopped_early(trainer) || best == NULL)
        return;
    int patience = trainer_config(trainer)->patience;
    output_print(s->output, OUTPUT_STDOUT,
                 "stopped early: no better %s loss for %d epoch%s; the weights of epoch %d, the "
                 "best, are kept\n",
                 isfinite(best->validation_loss) ? "validation" : "training", patience,
                 patience > 1 ? "s" : "", best->epoch);
}

static bool fail_training(const struct call *call, struct mistake *mistake,
                          const struct trainer *trainer, struct error *error)
{
    if (error->kind == ERROR_INTERRUPTED) {
        struct trainer_position position = trainer_position(trainer);
        error_set(
            error, ERROR_INTERRUPTED,
            "stopped in epoch %d of %d after %d of %d batches; all that was learnt is kept, and `train resume` goes on from there",
            position.epoch, trainer_config(trainer)->epochs, position.batch,
            trainer_batches(trainer));
    }
    return fail(call, mistake, error);
}

/* Runs the model's trainer to its end, an interrupt or a failure, and shows the epochs. */
static bool training_run(struct session *s, struct model *model, struct error *error)
{
    struct run run = {.session = s, .model = model};
    const struct trainer_events events = {&run, on_epoch};
    work_begin(&run.work, s, "training", "images");
    run.work.scale = trainer_config(model->trainer)->batch;
    snprintf(run.work.note, sizeof run.work.note, "epoch %d of %d",
             trainer_position(model->trainer).epoch, trainer_config(model->trainer)->epochs);
    bool done = trainer_run(model->trainer, s->pool, &run.work.watch, &events, error);
    if (done || error->kind == ERROR_INTERRUPTED)
        model->trained = true;
    if (history_copy(&model->history, model->trainer) && model->history.count > 0) {
        table_free(&run.table);
        run.table = train_table(&model->history, model->validation_batch != NULL);
        output_table(s->output, &run.table);
    }
    table_free(&run.table);
    model->test_accuracy = (double)NAN;
    return done;
}

/* Puts the newly trained model in the place of the old, if it learnt anything. */
static void install(struct session *s, struct model *model)
{
    if (!model->trained) {
        model_release(model);
        return;
    }
    model_release(&s->model);
    s->model = *model;
    set_variables(s, &s->model.history);
    s->changed = true;
}

/* Training goes on from weights that may have learnt from images which are held out now. */
static void warn_resumed(struct session *s)
{
    const struct selection validation = {.name = "validation",
                                         .part = &s->data.prepared->train,
                                         .items = s->data.split.validation,
                                         .count = s->data.split.validation_count};
    if (s->data.validation > 0)
        model_warn_figures(s, &s->model, s->model.name, &validation);
    else
        model_warn_data(s, &s->model, s->model.name);
}

static bool train_anew(struct session *s, const struct call *call, bool from_here,
                       struct mistake *mistake)
{
    struct error error;
    struct trainer_config config = config_of(call);
    struct augment_config augment = s->data.augment;
    struct model model = {.test_accuracy = (double)NAN, .preparation = s->data.preparation};
    struct training_images images = data_training_images(s);
    if (!train_check_parts(s, call, &config, mistake) ||
        (call_has(call, "augment") &&
         !augmentation_add(s, &augment, call, "augment", call_text(call, "augment"), mistake)))
        return false;
    snprintf(model.name, sizeof model.name, "%s", s->model.name);
    keep_recipe(&model, call);
    augmentation_text(model.augmentation, sizeof model.augmentation, &augment,
                      s->data.clean_epochs);
    if (from_here) {
        warn_resumed(s);
        model.provenance = s->model.provenance;
    }
    provenance_add(&model.provenance, &images);
    model.network = network_clone(s->model.network, &error);
    if (model.network != NULL && !from_here)
        network_initialise(model.network, config.seed);
    if (model.network == NULL || !training_begin(s, &model, &config, &augment, &error)) {
        model_release(&model);
        return fail(call, mistake, &error);
    }
    bool done = training_run(s, &model, &error);
    if (!done)
        fail_training(call, mistake, model.trainer, &error);
    else
        tell_early_stop(s, model.trainer);
    install(s, &model);
    return done;
}

static bool train_on(struct session *s, const struct call *call, struct mistake *mistake)
{
    struct error error;
    struct trainer *trainer = s->model.trainer;
    if (trainer_finished(trainer) && !call_given(call, "epochs")) {
        error_set(
            &error, ERROR_STATE,
            "this training has done all its %d epochs: say `train resume epochs=5` for five more",
            trainer_config(trainer)->epochs);
        return fail(call, mistake, &error);
    }
    if (call_given(call, "epochs") &&
        !trainer_extend(trainer, (int)call_whole(call, "epochs"), &error))
        return call_error(call, mistake, "epochs", &error);
    batch_set_clean_from(s->model.training_batch,
                         clean_from(&s->data, trainer_config(trainer)->epochs));
    bool done = training_run(s, &s->model, &error);
    set_variables(s, &s->model.history);
    if (!done)
        return fail_training(call, mistake, trainer, &error);
    tell_early_stop(s, trainer);
    return true;
}

bool run_train(struct session *s, const struct call *call, struct mistake *mistake)
{
    bool resume = call_flag(call, "resume");
    if (resume && !model_need_trained(s, call, mistake))
        return false;
    if (!data_need(s, call, mistake) || !prepare_by_default(s, call, mistake) ||
        !network_by_default(s, call, mistake))
        return false;
    if (!resume)
        return train_anew(s, call, false, mistake);
    if (s->model.trainer != NULL && s->model.data_version == s->data.version)
        return train_on(s, call, mistake);
    output_print(s->output, OUTPUT_STDOUT,
                 "%s, so a new training begins from the network's weights\n",
                 s->model.trainer == NULL ? "the network was loaded without its training"
                                          : "the images have changed");
    return train_anew(s, call, true, mistake);
}
