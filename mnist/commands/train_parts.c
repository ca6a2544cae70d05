/*
 * train_parts - before a training begins: whether the config suits the session, and mistakes that point
 * at the parameter.
 */
#include <assert.h>
#include <string.h>

#include "mnist/commands/train.h"
#include "mnist/nn/custom_trial.h"

/* Parts that cells of C have registered. */
static bool check_parts(const struct session *s, const struct call *call,
                        const struct trainer_config *config, struct mistake *mistake)
{
    struct error error;
    /* a word that is no choice any more has been refused before */
    assert(config->optimizer != OPTIMIZER_CUSTOM || config->custom_optimizer != NULL);
    assert(config->schedule != SCHEDULE_CUSTOM || config->custom_schedule != NULL);
    if (config->custom_loss != NULL &&
        !custom_trial_loss(config->custom_loss, DATASET_CLASSES, &error))
        return call_error(call, mistake, "loss", &error);
    if (config->custom_optimizer != NULL &&
        !custom_trial_optimizer(config->custom_optimizer, &error))
        return call_error(call, mistake, "optimizer", &error);
    if (config->metric != NULL && s->data.validation == 0)
        return call_mistake(call, mistake, "metric",
                            "a metric judges validation images, and there are none: say "
                            "`preprocess normalize validation=5000` first");
    return true;
}

bool train_check(const struct session *s, const struct call *call,
                 const struct trainer_config *config, const struct network *network,
                 struct mistake *mistake)
{
    struct error error;
    int images = s->data.validation > 0 ? s->data.split.train_count : s->data.prepared->train.count;
    if (!trainer_check_batches(network, images, config->batch, &error))
        return call_error(call, mistake, "batch", &error);
    if (config->schedule == SCHEDULE_CUSTOM && call_given(call, "warmup"))
        return call_mistake(
            call, mistake, "warmup",
            "the registered schedule `%s` sets the rate of every step itself, so a "
            "warm-up has no effect: leave warmup= out, or choose a built-in schedule",
            config->custom_schedule->name);
    return check_parts(s, call, config, mistake);
}

bool train_fail(const struct call *call, struct mistake *mistake, const struct error *error)
{
    const struct command *command = call_command(call);
    size_t size = strcspn(error->text, " ");
    for (size_t i = 0; i < command->parameter_count; i++) {
        const char *name = command->parameters[i].name;
        if (strlen(name) == size && strncmp(name, error->text, size) == 0)
            return call_error(call, mistake, name, error);
    }
    return fail(call, mistake, error);
}
