/*
 * train_parts - before a training begins: are the parts that cells of C have registered fit for it?
 */
#include <assert.h>

#include "mnist/commands/train.h"
#include "mnist/nn/custom_trial.h"

bool train_check_parts(const struct session *s, const struct call *call,
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
