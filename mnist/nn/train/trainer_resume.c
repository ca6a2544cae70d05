/*
 * trainer_resume - changes the config of a training that is resumed, and continues a training from
 * a file.
 *
 * trainer_change first allocates everything that the new config needs (optimizer, averaged weights,
 * best weights, last good state) in a second trainer struct, and replaces the first one only after
 * all allocations have succeeded, so that a failure leaves the trainer unchanged.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/train/trainer_state.h"

struct optimizer_config trainer_optimizer_config(const struct trainer_config *config)
{
    return (struct optimizer_config){.kind = config->optimizer,
                                     .momentum = config->momentum,
                                     .beta1 = config->beta1,
                                     .beta2 = config->beta2,
                                     .decay = config->decay,
                                     .plugin = config->plugin_optimizer};
}

float *trainer_copy_values(const struct network *network, struct error *error)
{
    size_t size = network_value_count(network) * sizeof(float);
    float *copy = malloc(size);
    if (copy == NULL)
        error_memory(error, "the trainer's state", size);
    else
        memcpy(copy, network_values_const(network), size);
    return copy;
}

/* ---- a changed config ------------------------------------------------------------------------ */

static bool check_change(const struct trainer *trainer, const struct trainer_config *config,
                         struct trainer_restart restart, struct error *error)
{
    const struct trainer_position *position = &trainer->progress.position;
    int begin = restart.schedule ? position->epoch : trainer->progress.schedule_epoch;
    int planned = config->epochs - (begin - 1);
    assert(config->seed == trainer->config.seed && config->epochs >= position->epoch);
    assert(restart.optimizer || (config->optimizer == trainer->config.optimizer &&
                                 config->plugin_optimizer == trainer->config.plugin_optimizer));
    if (!trainer_check_config(config, error) ||
        !trainer_check_batches(trainer->shown, trainer->source.count, config->batch, error))
        return false;
    if (config->warmup > 0 && !(config->warmup < (float)planned))
        return error_set(error, ERROR_USAGE,
                         "warmup must be less than the schedule's %d epoch%s, not %g", planned,
                         planned == 1 ? "" : "s", (double)config->warmup);
    if (config->batch != trainer->config.batch && position->batch > 0)
        return error_set(error, ERROR_USAGE,
                         "batch cannot change in the middle of an epoch: this training stopped "
                         "after %d of %d batches of epoch %d. Finish it with `train resume "
                         "epochs=1`, then change the batch",
                         position->batch, trainer_batches(trainer), position->epoch);
    return true;
}

/* Allocates the members of `next` that the new config needs; members of `now` that stay are
   shared. */
static bool allocate_changed(struct trainer *next, const struct trainer *now,
                             bool restart_optimizer, struct error *error)
{
    struct optimizer_config optimizer = trainer_optimizer_config(&next->config);
    next->average = next->config.ema ? now->average : NULL;
    next->best = next->config.patience > 0 ? now->best : NULL;
    next->good = NULL;
    if (restart_optimizer)
        next->optimizer = optimizer_new(now->training, &optimizer, error);
    if (next->config.ema && next->average == NULL)
        next->average = trainer_copy_values(restart_optimizer ? now->shown : now->training, error);
    if (next->config.patience > 0 && next->best == NULL)
        next->best = trainer_copy_values(now->shown, error);
    if (next->optimizer == NULL || (next->config.ema && next->average == NULL) ||
        (next->config.patience > 0 && next->best == NULL))
        return false;
    next->good = trainer_state_new(next, error);
    return next->good != NULL;
}

/* Frees the members of `one` that `other` does not share. */
static void free_unshared(struct trainer *one, const struct trainer *other)
{
    if (one->optimizer != other->optimizer)
        optimizer_free(&one->optimizer);
    if (one->average != other->average)
        free(one->average);
    if (one->best != other->best)
        free(one->best);
    trainer_state_free(&one->good);
}

/* Whether the best epoch is unknown under the new config: its loss is another function, or its
   weights were not kept. Epochs are compared by the validation loss, or by the training loss
   without validation. */
static bool loses_best(const struct trainer *next, const struct trainer *now)
{
    const struct trainer_config *to = &next->config, *from = &now->config;
    bool other_loss = to->plugin_loss != from->plugin_loss ||
                      (!now->validates && to->smoothing != from->smoothing);
    bool unknown = next->best != NULL && now->best == NULL &&
                   (now->progress.best_epoch != now->progress.history_count ||
                    now->progress.position.batch > 0);
    return other_loss || unknown;
}

static void change_progress(struct trainer *next, const struct trainer *now,
                            struct trainer_restart restart)
{
    struct trainer_progress *progress = &next->progress;
    int before = trainer_batches(now), after = trainer_batches(next);
    if (progress->stopped_early || next->config.patience != now->config.patience)
        progress->since_best = 0;
    progress->stopped_early = false;
    if (loses_best(next, now))
        progress->best_epoch = progress->since_best = 0;
    progress->schedule_batch = (int)((int64_t)progress->schedule_batch * after / before);
    if (!restart.schedule)
        return;
    progress->schedule_epoch = progress->position.epoch;
    progress->schedule_batch = progress->position.batch;
}

bool trainer_change(struct trainer *trainer, const struct trainer_config *config,
                    struct trainer_restart restart, struct error *error)
{
    if (!check_change(trainer, config, restart, error))
        return false;
    struct epoch_record *history =
        realloc(trainer->history, (size_t)config->epochs * sizeof *history);
    if (history == NULL)
        return error_memory(error, "the history", (size_t)config->epochs * sizeof *history);
    trainer->history = history;
    struct trainer before = *trainer, next = *trainer;
    next.config = *config;
    if (!allocate_changed(&next, &before, restart.optimizer, error)) {
        free_unshared(&next, &before);
        return false;
    }
    if (restart.optimizer) {
        size_t size = network_value_count(next.shown) * sizeof(float);
        memcpy(network_values(next.training), network_values_const(next.shown), size);
        if (next.average != NULL)
            memcpy(next.average, network_values_const(next.shown), size);
    } else {
        struct optimizer_config optimizer = trainer_optimizer_config(config);
        optimizer_configure(next.optimizer, &optimizer);
    }
    change_progress(&next, &before, restart);
    *trainer = next;
    free_unshared(&before, trainer);
    trainer_state_save(trainer->good, trainer);
    return true;
}

bool trainer_extend(struct trainer *trainer, int epochs, struct error *error)
{
    int done = trainer->progress.position.epoch - 1;
    struct trainer_config config = trainer->config;
    if (epochs < 1 || done + epochs > TRAINER_EPOCHS_MAX)
        return error_set(error, ERROR_USAGE, "epochs must be 1 to %d more, not %d",
                         TRAINER_EPOCHS_MAX - done, epochs);
    config.epochs = done + epochs;
    return trainer_change(trainer, &config, (struct trainer_restart){0}, error);
}

/* ---- from a file ----------------------------------------------------------------------------- */

bool trainer_check_progress(const struct trainer *trainer, const struct trainer_progress *p,
                            struct error *error)
{
    int epochs = trainer->config.epochs, batches = trainer_batches(trainer);
    bool position = p->position.epoch >= 1 && p->position.epoch <= epochs + 1 &&
                    p->position.batch >= 0 && p->position.batch <= batches &&
                    (p->position.epoch <= epochs || p->position.batch == 0);
    bool best = p->history_count == p->position.epoch - 1 && p->best_epoch >= 0 &&
                p->best_epoch <= p->history_count && p->sums.images >= 0;
    bool schedule =
        p->schedule_epoch >= 1 && p->schedule_epoch <= p->position.epoch &&
        p->schedule_batch >= 0 && p->schedule_batch <= batches &&
        (p->schedule_epoch < p->position.epoch || p->schedule_batch <= p->position.batch);
    return (position && best && schedule) ||
           error_set(error, ERROR_DATA,
                     "the position (epoch %d, batch %d) does not fit this training of %d epochs "
                     "with %d batches each",
                     p->position.epoch, p->position.batch, epochs, batches);
}

bool trainer_continue(struct trainer *trainer, const struct trainer_progress *progress,
                      const struct epoch_record *history, const struct rate_curve *rates,
                      struct error *error)
{
    if (!trainer_check_progress(trainer, progress, error))
        return false;
    memcpy(trainer->history, history, (size_t)progress->history_count * sizeof *history);
    trainer->progress = *progress;
    trainer->progress.optimizer_steps = 0;
    trainer->rates = *rates;
    trainer_state_save(trainer->good, trainer);
    return true;
}
