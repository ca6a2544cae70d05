/*
 * train - `train ...`: trains a network from newly initialised weights.
 *
 *     defaults (preprocessing, network) -> config -> copy of the network -> training_run -> session
 *
 * The copy replaces the session's network if it has been trained at all: at the end, after an
 * interrupt, or after a failure that followed a complete epoch. train_resume.c implements `train
 * resume`.
 */
#include "mnist/commands/train.h"

#include "mnist/base/atomic_file.h"
#include "mnist/commands/architecture.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/model_save.h"
#include "mnist/commands/training.h"
#include "mnist/workspace/session_state.h"

#include <math.h>
#include <stdio.h>

enum { DEFAULT_VALIDATION = 5000, DEFAULT_SPLIT_SEED = 1, FIRST_SEED = 42 };

/* Applies and prints a default preprocessing if the user has not chosen any. */
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
                 "no preprocessing was chosen, using: preprocess normalize validation=%d seed=%d\n",
                 validation, DEFAULT_SPLIT_SEED);
    return true;
}

/* Builds and prints the default network if there is none. */
static bool network_by_default(struct session *s, const struct bound_call *call,
                               struct diagnostic *diagnostic)
{
    struct error error;
    if (s->model.network != NULL)
        return model_check_images(s, &s->model, &error) || fail(call, diagnostic, &error);
    struct network *network =
        architecture_build(s, blueprint_builtin(blueprint_default), FIRST_SEED, &error);
    if (network == NULL)
        return fail(call, diagnostic, &error);
    model_replace(s, network, blueprint_default);
    output_print(s->output, OUTPUT_STDOUT, "no network was chosen, using: model %s\n",
                 blueprint_default);
    return true;
}

static bool train_new(struct session *s, const struct bound_call *call,
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
        output_print(
            s->output, OUTPUT_STDERR,
            "no image is augmented: clean=%d excludes the last %d epochs, and this training "
            "has only %d\n",
            s->data.clean_epochs, s->data.clean_epochs, config.epochs);
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

/* Saves the network if the call has save=, also after an interrupt, whose diagnostic is kept. */
static bool save_trained(struct session *s, const struct bound_call *call, bool done,
                         struct diagnostic *diagnostic)
{
    struct error error;
    if (!bound_call_has(call, "save") || (!done && diagnostic->kind != ERROR_INTERRUPTED) ||
        !s->model.trained)
        return done;
    if (model_save_write(s, bound_call_string(call, "save"), true, &error))
        return done;
    if (done)
        return bound_call_error(call, diagnostic, "save", &error);
    output_print(s->output, OUTPUT_STDERR, "the network could not be saved: %s\n", error.text);
    return false;
}

bool run_train(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    bool resume = bound_call_boolean(call, "resume");
    struct error error;
    if (bound_call_has(call, "save") && !atomic_file_make_folder(s->places.models, 0777, &error))
        return bound_call_error(call, diagnostic, "save", &error);
    if (resume && !model_need_trained(s, call, diagnostic))
        return false;
    if (!data_need(s, call, diagnostic) || !prepare_by_default(s, call, diagnostic) ||
        !network_by_default(s, call, diagnostic))
        return false;
    bool done = resume ? train_resume(s, call, diagnostic) : train_new(s, call, diagnostic);
    return save_trained(s, call, done, diagnostic);
}
