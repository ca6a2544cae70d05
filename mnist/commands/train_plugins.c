/*
 * train_plugins - checks the config of a training before it starts, and reports errors at the
 * parameter that caused them.
 */
#include "mnist/commands/train.h"
#include "mnist/nn/model/plugin_trial.h"
#include "mnist/workspace/session_state.h"

#include <assert.h>
#include <string.h>

/* Checks the plugins. */
static bool check_plugins(const struct session *s, const struct bound_call *call,
                          const struct trainer_config *config, struct diagnostic *diagnostic)
{
    struct error error;
    /* the parser has rejected the names of plugins that are not registered */
    assert(config->optimizer != OPTIMIZER_PLUGIN || config->plugin_optimizer != NULL);
    assert(config->schedule != SCHEDULE_PLUGIN || config->plugin_schedule != NULL);
    if (config->plugin_loss != NULL &&
        !plugin_trial_loss(config->plugin_loss, DATASET_CLASSES, &error))
        return bound_call_error(call, diagnostic, "loss", &error);
    if (config->plugin_optimizer != NULL &&
        !plugin_trial_optimizer(config->plugin_optimizer, &error))
        return bound_call_error(call, diagnostic, "optimizer", &error);
    if (config->metric != NULL && s->data.validation == 0)
        return bound_call_diagnostic(call, diagnostic, "metric",
                                     "a metric needs validation images: use `preprocess normalize "
                                     "validation=5000` first");
    return true;
}

bool train_check(const struct session *s, const struct bound_call *call,
                 const struct trainer_config *config, const struct network *network,
                 struct diagnostic *diagnostic)
{
    struct error error;
    int images = s->data.validation > 0 ? s->data.split.train_count : s->data.prepared->train.count;
    if (!trainer_check_batches(network, images, config->batch, &error))
        return bound_call_error(call, diagnostic, "batch", &error);
    if (config->schedule == SCHEDULE_PLUGIN && bound_call_given(call, "warmup"))
        return bound_call_diagnostic(
            call, diagnostic, "warmup",
            "the registered schedule `%s` sets the rate of every step itself, so a "
            "warm-up has no effect: omit warmup=, or choose a built-in schedule",
            config->plugin_schedule->name);
    return check_plugins(s, call, config, diagnostic);
}

bool train_fail(const struct bound_call *call, struct diagnostic *diagnostic,
                const struct error *error)
{
    const struct command *command = bound_call_command(call);
    size_t size = strcspn(error->text, " ");
    for (size_t i = 0; i < command->parameter_count; i++) {
        const char *name = command->parameters[i].name;
        if (strlen(name) == size && strncmp(name, error->text, size) == 0)
            return bound_call_error(call, diagnostic, name, error);
    }
    return fail(call, diagnostic, error);
}
