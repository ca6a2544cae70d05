/*
 * trainer - the loop over epochs and batches, which can be interrupted after every batch.
 *
 * `progress` is the position; each iteration trains the batch at the position and advances it.
 * There are three sets of weights: `training` (raw, updated by the optimizer), the copies `average`
 * and `best`, and the caller's network, which receives one of them. At the end of each epoch the
 * complete state is copied to `good`; a loss that is not finite restores it.
 */
#include "mnist/nn/train/trainer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/base/clock.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/train/ema.h"
#include "mnist/nn/train/trainer_state.h"

/* The arguments and helpers of one trainer_run. */
struct trainer_run {
    struct plan *plan;
    struct predictor *predictor; /* NULL without validation */
    struct thread_pool *pool;
    struct progress *watch;
    const struct trainer_events *events;
    struct error *error;
};

/* ---- life cycle ------------------------------------------------------------------------------ */

static bool allocate(struct trainer *trainer, struct error *error)
{
    const struct trainer_config *config = &trainer->config;
    struct optimizer_config optimizer = trainer_optimizer_config(config);
    size_t count = (size_t)trainer->source.count;
    trainer->training = network_clone(trainer->shown, error);
    if (trainer->training == NULL)
        return false;
    trainer->optimizer = optimizer_new(trainer->training, &optimizer, error);
    if (trainer->optimizer == NULL)
        return false;
    trainer->history = calloc((size_t)config->epochs, sizeof *trainer->history);
    trainer->order = calloc(count, sizeof *trainer->order);
    if (trainer->history == NULL || trainer->order == NULL)
        return error_memory(error, "the trainer's state", count * sizeof *trainer->order);
    if (config->ema && !(trainer->average = trainer_copy_values(trainer->shown, error)))
        return false;
    if (config->patience > 0 && !(trainer->best = trainer_copy_values(trainer->shown, error)))
        return false;
    trainer->good = trainer_state_new(trainer, error);
    return trainer->good != NULL;
}

struct trainer *trainer_new(struct network *network, const struct engine *engine,
                            const struct trainer_config *config, const struct data_source *training,
                            const struct data_source *validation, struct error *error)
{
    if (!trainer_check_config(config, error) ||
        !trainer_check_network(network, training, validation, error) ||
        !trainer_check_batches(network, training->count, config->batch, error))
        return NULL;
    struct trainer *trainer = calloc(1, sizeof *trainer);
    if (trainer == NULL) {
        error_memory(error, "the trainer", sizeof *trainer);
        return NULL;
    }
    trainer->config = *config;
    trainer->engine = engine;
    trainer->shown = network;
    trainer->source = *training;
    trainer->validates = validation != NULL;
    if (validation != NULL)
        trainer->validation = *validation;
    trainer->progress.position.epoch = trainer->progress.schedule_epoch = 1;
    rate_curve_begin(&trainer->rates, 0);
    if (!allocate(trainer, error)) {
        trainer_free(&trainer);
        return NULL;
    }
    trainer_state_save(trainer->good, trainer);
    return trainer;
}

void trainer_free(struct trainer **trainer)
{
    struct trainer *t = *trainer;
    if (t == NULL)
        return;
    network_free(&t->training);
    optimizer_free(&t->optimizer);
    trainer_state_free(&t->good);
    free(t->average);
    free(t->best);
    free(t->history);
    free(t->order);
    free(t);
    *trainer = NULL;
}

void trainer_set_engine(struct trainer *trainer, const struct engine *engine)
{
    trainer->engine = engine;
}

void trainer_set_sources(struct trainer *trainer, const struct data_source *training,
                         const struct data_source *validation)
{
    assert(training->count == trainer->source.count);
    assert((validation != NULL) == trainer->validates);
    trainer->source = *training;
    if (validation != NULL)
        trainer->validation = *validation;
}

/* ---- one batch ------------------------------------------------------------------------------- */

static void shuffle(struct trainer *trainer)
{
    int epoch = trainer->progress.position.epoch;
    if (trainer->order_epoch == epoch)
        return;
    uint32_t count = (uint32_t)trainer->source.count;
    for (uint32_t i = 0; i < count; i++)
        trainer->order[i] = i;
    struct rng rng = rng_stream(trainer->config.seed, RNG_SHUFFLE, (uint32_t)epoch, 0);
    rng_shuffle(&rng, trainer->order, count);
    trainer->order_epoch = epoch;
}

/* Scales gradients longer than clip down to it (torch.nn.utils.clip_grad_norm_). */
static void clip_gradients(struct network *network, float clip)
{
    float *gradients = network_gradients(network);
    size_t count = network_parameter_count(network);
    double length = sqrt(vector_squares(gradients, 0, count));
    if (length > (double)clip)
        vector_scale_shift(gradients, gradients, (float)((double)clip / (length + 1e-6)), 0, count);
}

/* Whether a plugin can have caused a loss that is not finite. */
static bool uses_plugins(const struct trainer *trainer)
{
    bool any = trainer->config.plugin_loss != NULL || trainer->config.plugin_optimizer != NULL;
    for (int i = 0; i < network_layer_count(trainer->training); i++)
        any |= layer_is_plugin(network_layer(trainer->training, i));
    return any;
}

/* Restores the last good state. Returns false with an error that states quantity and position. */
static bool fail_not_finite(struct trainer *trainer, const struct trainer_run *run,
                            const char *quantity)
{
    struct trainer_position position = trainer->progress.position;
    double rate = (double)trainer->rates.last;
    trainer_state_restore(trainer->good, trainer, NULL);
    const struct trainer_position *good = &trainer->progress.position;
    char restored[64] = "those from before the training";
    if (good->batch > 0)
        snprintf(restored, sizeof restored, "those of epoch %d, batch %d", good->epoch,
                 good->batch);
    else if (good->epoch > 1)
        snprintf(restored, sizeof restored, "those of the end of epoch %d", good->epoch - 1);
    return error_set(
        run->error, ERROR_NUMBER,
        "%s is no longer a finite number in epoch %d, batch %d of %d, at learning rate %g. "
        "The weights have been restored to %s. Try a lower rate, such as rate=%.1g, or clip=1%s",
        quantity, position.epoch, position.batch, trainer_batches(trainer), rate, restored,
        (double)trainer->config.rate / 10,
        uses_plugins(trainer) ? "; a plugin may also be the cause: run `check gradient` for the "
                                "layers and the loss"
                              : "");
}

/* A plugin's schedule may return any number. */
static bool check_rate(const struct trainer *trainer, const struct trainer_run *run, float rate,
                       uint64_t step)
{
    const struct plugin_schedule *plugin = trainer->config.plugin_schedule;
    if (plugin == NULL || (rate >= 0 && rate <= TRAINER_RATE_MAX))
        return true;
    return error_set(run->error, ERROR_NUMBER,
                     "the schedule `%s` returns a rate of %.9g at step %llu: it must be 0 to %g",
                     plugin->name, (double)rate, (unsigned long long)step, TRAINER_RATE_MAX);
}

static bool train_batch(struct trainer *trainer, const struct trainer_run *run)
{
    const struct trainer_config *config = &trainer->config;
    struct trainer_progress *progress = &trainer->progress;
    double begun = clock_s();
    int first = progress->position.batch * config->batch, left = trainer->source.count - first;
    struct plan_batch batch = {
        .source = &trainer->source,
        .indices = trainer->order + first,
        .images = left < config->batch ? left : config->batch,
        .epoch = progress->position.epoch,
        .first_image = (uint32_t)first,
        .seed = config->seed,
        .smoothing = config->smoothing,
        .loss = config->plugin_loss,
    };
    float rate = trainer_rate(trainer);
    if (!check_rate(trainer, run, rate, progress->position.step))
        return false;
    struct plan_result result = plan_train(run->plan, run->pool, &batch);
    progress->position.step++;
    progress->position.batch++;
    rate_curve_add(&trainer->rates, rate);
    if (!isfinite(result.loss))
        return fail_not_finite(trainer, run, "The loss");
    if (config->clip > 0)
        clip_gradients(trainer->training, config->clip);
    optimizer_step(trainer->optimizer, trainer->training, rate, run->pool);
    if (trainer->average != NULL)
        ema_update(run->pool, trainer->average, network_values(trainer->training),
                   network_value_count(trainer->training), config->ema_decay,
                   progress->position.step - 1);
    progress->sums.loss += result.loss;
    progress->sums.correct += result.correct;
    progress->sums.images += batch.images;
    progress->sums.seconds += clock_s() - begun;
    return true;
}

/* ---- one epoch ------------------------------------------------------------------------------- */

static void note_best(struct trainer *trainer, struct epoch_record *record)
{
    struct trainer_progress *progress = &trainer->progress;
    float loss = trainer->validates ? record->validation_loss : record->train_loss;
    const struct epoch_record *best = trainer_best(trainer);
    float best_loss = INFINITY;
    if (best != NULL)
        best_loss = trainer->validates ? best->validation_loss : best->train_loss;
    record->best = loss < best_loss;
    progress->since_best++;
    if (!record->best)
        return;
    progress->since_best = 0;
    progress->best_epoch = record->epoch;
    if (trainer->best != NULL)
        memcpy(trainer->best, network_values(trainer->shown),
               network_value_count(trainer->shown) * sizeof(float));
}

/* The record of the current epoch, without the results of validation. */
static struct epoch_record record_of(const struct trainer *trainer)
{
    const struct epoch_sums *sums = &trainer->progress.sums;
    double images = (double)sums->images;
    return (struct epoch_record){
        .epoch = trainer->progress.position.epoch,
        .train_loss = (float)(sums->loss / images),
        .train_accuracy = (float)((double)sums->correct / images),
        .validation_loss = NAN,
        .validation_accuracy = NAN,
        .metric = NAN,
        .rate = trainer->rates.last,
        .images_per_second = sums->seconds > 0 ? images / sums->seconds : 0,
        .seconds = sums->seconds,
        .step = trainer->progress.position.step,
        .hash = network_hash(trainer->shown),
    };
}

/* Reports the training's progress, which is constant during validation, and passes on a request to
   stop. */
struct quiet_watch {
    struct progress watch;
    struct progress *outer;
    double done, total;
};

static bool quiet_tick(struct progress *watch, double done, double total)
{
    struct quiet_watch *quiet = (struct quiet_watch *)(void *)watch;
    (void)done;
    (void)total;
    return progress_tick(quiet->outer, quiet->done, quiet->total);
}

static double total_steps(const struct trainer *trainer)
{
    return (double)trainer_batches(trainer) * trainer->config.epochs;
}

static bool validate(struct trainer *trainer, const struct trainer_run *run,
                     struct epoch_record *record)
{
    if (!trainer->validates)
        return true;
    struct quiet_watch quiet = {.watch = {quiet_tick},
                                .outer = run->watch,
                                .done = (double)trainer_planned_step(trainer),
                                .total = total_steps(trainer)};
    struct predictor_score score;
    predictor_refresh(run->predictor);
    if (!predictor_score(run->predictor, &trainer->validation, &score, &quiet.watch, run->error))
        return false;
    record->validation_loss = (float)score.loss;
    record->validation_accuracy = (float)score.accuracy;
    record->metric = (float)score.metric;
    return true;
}

/* May be called again for the same epoch after an interrupt: the position and the history change
   only after the validation. */
static bool end_epoch(struct trainer *trainer, const struct trainer_run *run)
{
    struct trainer_progress *progress = &trainer->progress;
    trainer_show(trainer);
    if (!network_finite(trainer->training))
        return fail_not_finite(trainer, run, "A weight");
    struct epoch_record record = record_of(trainer);
    if (!validate(trainer, run, &record))
        return false;
    if (trainer->validates && !isfinite(record.validation_loss))
        return fail_not_finite(trainer, run, "The validation loss");
    note_best(trainer, &record);
    trainer->history[progress->history_count++] = record;
    progress->position.epoch++;
    progress->position.batch = 0;
    progress->sums = (struct epoch_sums){0};
    int patience = trainer->config.patience;
    progress->stopped_early = patience > 0 && progress->since_best >= patience;
    trainer_show_kept(trainer);
    trainer_state_save(trainer->good, trainer);
    if (run->events != NULL && run->events->epoch != NULL)
        run->events->epoch(run->events->context, trainer, &record);
    return true;
}

static bool train_epoch(struct trainer *trainer, const struct trainer_run *run)
{
    struct trainer_position *position = &trainer->progress.position;
    shuffle(trainer);
    while (position->batch < trainer_batches(trainer)) {
        if (!train_batch(trainer, run))
            return false;
        if (!progress_tick(run->watch, (double)trainer_planned_step(trainer), total_steps(trainer)))
            return error_interrupted(run->error);
    }
    return end_epoch(trainer, run);
}

bool trainer_run(struct trainer *trainer, struct thread_pool *pool, struct progress *watch,
                 const struct trainer_events *events, struct error *error)
{
    struct trainer_run run = {.pool = pool, .watch = watch, .events = events, .error = error};
    struct plan_config config = {.engine = trainer->engine,
                                 .batch = trainer->config.batch,
                                 .training = true,
                                 .threads = thread_pool_threads(pool)};
    bool done = false;
    run.plan = plan_new(trainer->training, &config, error);
    if (run.plan == NULL)
        goto out;
    if (trainer->validates) {
        run.predictor = predictor_new(trainer->shown, trainer->engine, pool, error);
        if (run.predictor == NULL)
            goto out;
        predictor_set_scoring(run.predictor, trainer->config.plugin_loss, trainer->config.metric);
    }
    done = true;
    while (done && !trainer_finished(trainer))
        done = train_epoch(trainer, &run);
    trainer_show_kept(trainer);
out:
    predictor_free(&run.predictor);
    plan_free(&run.plan);
    return done;
}
