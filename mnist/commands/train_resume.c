/*
 * train_resume - `train resume`: continues a training, with the same or with other parameters.
 *
 * If the trainer exists (the network was trained in this session, or its checkpoint was loaded),
 * the result is bit-identical to a training without interruption. Otherwise, after `model load` or
 * on other images, a new trainer starts at the position of the old one: weights, epochs, schedule
 * and config are those of the network, but the optimizer's state starts empty. That equals `train
 * resume optimizer=...` with the trainer, and the recipe records it in this form.
 *
 *     config of trainer or model + the line's parameters -> trainer_change -> training_run
 */
#include "mnist/commands/train.h"
#include "mnist/commands/training.h"
#include "mnist/workspace/session_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A `train resume` command while it is prepared. */
struct resume {
    struct session *session;
    const struct bound_call *call;
    struct trainer_config config; /* of the training so far       */
    struct trainer_config next;   /* with the line's parameters   */
    struct trainer_progress progress;
    struct trainer_restart restart;
    bool guessed; /* the file contains no config; config has the defaults of `train` */
};

/* ---- comparison of the current data with the training data ----------------------------------- */

static bool same_preparation(const struct model *model, const struct data *data)
{
    const struct preprocess_config *was = &model->preparation.config,
                                   *is = &data->preparation.config;
    return was->deskew == is->deskew && was->crop == is->crop && was->normalize == is->normalize;
}

/* True if the loaded data and their split are those of the latest training. */
static bool same_data(const struct session *s)
{
    const struct training_images *was = provenance_last(&s->model.provenance),
                                 now = data_training_images(s);
    return was != NULL && provenance_knows(&s->model.provenance, s->data.loaded) &&
           was->validation == now.validation &&
           (now.validation == 0 || was->split_seed == now.split_seed);
}

/* True if the current augmentation, which is written to now, is that of the training, or if that of
   the training is not known. */
static bool same_augmentation(const struct session *s, char now[AUGMENTATION_SIZE])
{
    const char *was = s->model.augmentation;
    augmentation_text(now, AUGMENTATION_SIZE, &s->data.augment, s->data.clean_epochs);
    return was[0] == '\0' || strcmp(was, now) == 0;
}

/* True if the training would use the same images in the same order. */
static bool same_images(const struct session *s)
{
    char now[AUGMENTATION_SIZE];
    return same_data(s) && same_preparation(&s->model, &s->data) && same_augmentation(s, now);
}

/* True if the trainer can continue on the current data. They may have been loaded or prepared
   again; the trainer then gets new data loaders. A plugin of the same name may be a different
   function, so with a plugin augmentation the images count as different. */
static bool trainer_fits(struct session *s, struct error *error)
{
    struct model *model = &s->model;
    error->kind = ERROR_NONE;
    if (model->trainer == NULL)
        return false;
    if (model->data_version == s->data.version)
        return true;
    int images = s->data.validation > 0 ? s->data.split.train_count : s->data.prepared->train.count;
    return same_images(s) && s->data.augment.plugin_count == 0 &&
           images == data_loader_count(model->training_loader) &&
           training_renew_loaders(s, model, error);
}

/* Warns about differences between the images of the training so far and the current images. */
static void warn_images(struct session *s)
{
    char now[AUGMENTATION_SIZE];
    const struct model *model = &s->model;
    const struct selection validation = {.name = "validation",
                                         .part = &s->data.prepared->train,
                                         .items = s->data.split.validation,
                                         .count = s->data.split.validation_count};
    if (s->data.validation > 0)
        model_warn_figures(s, model, model->name, &validation);
    else
        model_warn_data(s, model, model->name);
    if (!same_preparation(model, &s->data))
        output_print(s->output, OUTPUT_STDERR,
                     "the network `%s` was trained on %s pixels, so its training continues with "
                     "them and ignores `preprocess`\n",
                     model->name, model->preparation.config.normalize ? "normalized" : "plain");
    if (!same_augmentation(s, now))
        output_print(s->output, OUTPUT_STDERR,
                     "the training so far used the augmentation `%s` and continues with `%s`\n",
                     model->augmentation, now);
}

/* ---- the plan -------------------------------------------------------------------------------- */

/* The position of a network whose file contains its epochs, but not its config. */
static struct trainer_progress guess_progress(const struct training_history *history)
{
    struct trainer_progress progress = {.history_count = history->count};
    progress.position.epoch = progress.schedule_epoch = history->count + 1;
    progress.position.step = (uint64_t)history->count * (uint64_t)history->batches;
    for (int i = 0; i < history->count; i++)
        progress.best_epoch = history->records[i].best ? i + 1 : progress.best_epoch;
    return progress;
}

static void read_training(struct resume *resume, bool live)
{
    const struct model *model = &resume->session->model;
    const struct training_history *history = &model->history;
    resume->config = live ? *trainer_config(model->trainer) : history->config;
    resume->progress = live             ? *trainer_progress(model->trainer)
                       : history->known ? history->progress
                                        : guess_progress(history);
    if (live || history->known)
        return;
    resume->guessed = !train_config_of_recipe(&resume->config, model->recipe);
    resume->config.epochs = history->planned > 0 ? history->planned : 1;
}

/* Rejects parameters that a resumed training cannot change. */
static bool check_fixed(const struct resume *resume, struct diagnostic *diagnostic)
{
    const struct bound_call *call = resume->call;
    if (bound_call_given(call, "seed") &&
        (uint64_t)bound_call_integer(call, "seed") != resume->config.seed)
        return bound_call_diagnostic(
            call, diagnostic, "seed",
            "seed cannot be changed by `train resume`: the initial weights and the order of the "
            "images come from seed=%llu. Omit seed=, or start a new training with `train "
            "seed=%lld`",
            (unsigned long long)resume->config.seed, bound_call_integer(call, "seed"));
    if (bound_call_given(call, "augment"))
        return bound_call_diagnostic(
            call, diagnostic, "augment",
            "`train resume` uses the augmentation set by `augment`: omit augment=, and use "
            "`augment` in a line before this one");
    return true;
}

/* The total number of epochs. */
static bool plan_epochs(struct resume *resume, struct diagnostic *diagnostic)
{
    struct error error;
    const struct trainer_progress *progress = &resume->progress;
    int done = progress->position.epoch - 1, planned = resume->config.epochs;
    bool given = bound_call_given(resume->call, "epochs");
    int more = given ? (int)bound_call_integer(resume->call, "epochs") : planned - done;
    if (more < 1 || (progress->stopped_early && !given)) {
        error_set(
            &error, ERROR_STATE,
            progress->stopped_early
                ? "this training has stopped early after epoch %d: use `train resume epochs=5` for "
                  "five more epochs"
                : "this training has completed all its epochs (%d): use `train resume epochs=5` "
                  "for five more epochs",
            done);
        return fail(resume->call, diagnostic, &error);
    }
    if (done + more > TRAINER_EPOCHS_MAX)
        return bound_call_diagnostic(
            resume->call, diagnostic, "epochs",
            "epochs must be 1 to %d more, not %d: a training has at most %d epochs",
            TRAINER_EPOCHS_MAX - done, more, TRAINER_EPOCHS_MAX);
    resume->next.epochs = done + more;
    return true;
}

/* The config of the further training, and which of optimizer and schedule restart. */
static bool plan(struct resume *resume, struct diagnostic *diagnostic)
{
    const struct bound_call *call = resume->call;
    if (!check_fixed(resume, diagnostic))
        return false;
    resume->next = resume->config;
    train_config_change(&resume->next, call);
    if (!plan_epochs(resume, diagnostic))
        return false;
    resume->restart.optimizer = bound_call_given(call, "optimizer");
    resume->restart.schedule = bound_call_given(call, "rate") ||
                               bound_call_given(call, "schedule") ||
                               bound_call_given(call, "warmup");
    return train_check(resume->session, call, &resume->next, resume->session->model.network,
                       diagnostic);
}

/* ---- the recipe ------------------------------------------------------------------------------ */

static const char *optimizer_text(const struct trainer_config *config)
{
    return config->optimizer == OPTIMIZER_PLUGIN ? config->plugin_optimizer->name
                                                 : optimizer_name(config->optimizer);
}

/* The command that sets the augmentation with this text. */
static void augment_command(char text[RECIPE_SIZE], const char *augmentation)
{
    snprintf(text, RECIPE_SIZE, "augment %s",
             strcmp(augmentation, "none") == 0 ? "off" : augmentation);
}

/* Adds the command to the recipe. A plain `train resume` with the trainer only completes the epochs
   that the recipe already contains, so it adds nothing. */
static void add_to_recipe(const struct resume *resume, bool live, char recipe[RECIPE_SIZE])
{
    char command[RECIPE_SIZE], now[AUGMENTATION_SIZE];
    const struct model *model = &resume->session->model;
    train_command(resume->call, command);
    if (live && strcmp(command, "train resume") == 0) {
        recipe_remove_stop(recipe);
        return;
    }
    if (!same_augmentation(resume->session, now)) {
        char line[RECIPE_SIZE];
        augment_command(line, model->augmentation);
        if (strncmp(recipe, "augment ", strlen("augment ")) != 0)
            recipe_prepend(recipe, line);
        augment_command(line, now);
        recipe_add(recipe, line);
    }
    size_t used = strlen(command);
    if (!live && !bound_call_given(resume->call, "optimizer") && used < sizeof command)
        snprintf(command + used, sizeof command - used, " optimizer=%s",
                 optimizer_text(&resume->next));
    recipe_add(recipe, command);
}

/* ---- the trainer exists ---------------------------------------------------------------------- */

static bool resume_trainer(struct resume *resume, struct diagnostic *diagnostic)
{
    struct error error;
    struct session *s = resume->session;
    struct model *model = &s->model;
    if (!trainer_change(model->trainer, &resume->next, resume->restart, &error))
        return train_fail(resume->call, diagnostic, &error);
    trainer_set_engine(model->trainer, s->engine);
    data_loader_set_clean_from(model->training_loader,
                               training_clean_from(&s->data, resume->next.epochs));
    add_to_recipe(resume, true, model->recipe);
    s->changed = true;
    bool done = training_run(s, resume->call, model, diagnostic);
    train_set_variables(s, model);
    return done;
}

/* ---- a new trainer --------------------------------------------------------------------------- */

static void print_continuation(const struct resume *resume)
{
    struct session *s = resume->session;
    const struct model *model = &s->model;
    output_print(s->output, OUTPUT_STDOUT,
                 "%s, so training continues from the network's weights with an empty optimizer "
                 "state\n",
                 model->trainer != NULL ? "the training images have changed"
                                        : "the network was loaded without its optimizer state");
    if (resume->guessed)
        output_print(
            s->output, OUTPUT_STDERR,
            "the file of `%s` does not contain its training parameters, so the defaults of "
            "`train` apply unless this line sets them\n",
            model->name);
}

/* Makes a copy of the session's model with a new trainer at the position of the training. */
static bool make_continuation(struct resume *resume, struct model *model, struct error *error)
{
    struct session *s = resume->session;
    const struct model *from = &s->model;
    struct trainer_progress *progress = &resume->progress;
    struct rate_curve rates = from->history.rates;
    const struct training_images images = data_training_images(s);
    if (!from->history.known)
        rate_curve_begin(&rates, progress->position.step);
    snprintf(model->name, sizeof model->name, "%s", from->name);
    snprintf(model->recipe, sizeof model->recipe, "%s", from->recipe);
    augmentation_text(model->augmentation, sizeof model->augmentation, &s->data.augment,
                      s->data.clean_epochs);
    model->preparation = from->preparation;
    model->provenance = from->provenance;
    provenance_add(&model->provenance, &images);
    model->network = network_clone(from->network, error);
    if (model->network == NULL ||
        !training_begin(s, model, &resume->config, &s->data.augment, error))
        return false;
    if (!from->history.known || !same_images(s) ||
        from->history.batches !=
            trainer_batches(model->trainer)) { /* the current epoch starts again */
        progress->position.batch = 0;
        progress->sums = (struct epoch_sums){0};
        if (progress->schedule_batch >= trainer_batches(model->trainer) ||
            progress->schedule_epoch == progress->position.epoch)
            progress->schedule_batch = 0;
    }
    return trainer_continue(model->trainer, progress, from->history.records, &rates, error) &&
           trainer_change(model->trainer, &resume->next, resume->restart, error);
}

static bool resume_copy(struct resume *resume, struct diagnostic *diagnostic)
{
    struct error error;
    struct session *s = resume->session;
    struct model model = {.test_accuracy = (double)NAN};
    warn_images(s);
    if (!make_continuation(resume, &model, &error)) {
        model_release(&model);
        return train_fail(resume->call, diagnostic, &error);
    }
    print_continuation(resume);
    add_to_recipe(resume, false, model.recipe);
    bool done = training_run(s, resume->call, &model, diagnostic);
    training_install(s, &model);
    return done;
}

bool train_resume(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    bool live = trainer_fits(s, &error);
    if (error.kind != ERROR_NONE)
        return fail(call, diagnostic, &error);
    struct resume resume = {.session = s, .call = call};
    read_training(&resume, live);
    if (!plan(&resume, diagnostic))
        return false;
    return live ? resume_trainer(&resume, diagnostic) : resume_copy(&resume, diagnostic);
}
