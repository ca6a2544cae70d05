/*
 * trainer - trains a network: epochs, shuffling, batches, optimizer steps, validation, early
 * stopping, and a position to resume from.
 *
 * commands/train.c creates a trainer and calls trainer_run. An interrupt makes trainer_run return;
 * the next call continues in the middle of the epoch, with results that are bit-identical to a
 * training without an interrupt. The trainer updates its own copy of the weights. Whenever
 * trainer_run returns, the caller's network contains the kept weights, which are evaluated and
 * saved: with patience the weights of the best epoch; otherwise the averaged weights with EMA, or
 * the raw weights without it. trainer_resume.c changes the config of a training that is resumed.
 *
 *     for each epoch:
 *         order = shuffle(seed, epoch)
 *         for each batch:
 *             fill -> forward -> loss -> backward (plan.h) -> clip -> optimizer -> EMA -> tick
 *         validate -> record -> state kept in memory -> events.epoch -> stop early?
 *
 * Results depend only on config, sources and initial weights, not on the number of threads.
 */
#ifndef MNIST_NN_TRAIN_TRAINER_H
#define MNIST_NN_TRAIN_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/shared_limits.h"
#include "mnist/base/progress.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/engine/data_source.h"
#include "mnist/nn/train/optimizer.h"
#include "mnist/nn/train/rate_curve.h"
#include "mnist/nn/train/schedule.h"

#define TRAINER_RATE_MAX 1e6

struct trainer_config {
    int epochs; /* 1 .. TRAINER_EPOCHS_MAX */
    int batch;  /* 1 .. TRAINER_BATCH_MAX; the last batch of an epoch may be smaller */
    float rate; /* the schedule's highest learning rate, > 0 */
    enum optimizer_kind optimizer;
    float momentum;     /* sgd                                          */
    float beta1, beta2; /* adam, adamw                                  */
    float decay;        /* weight decay, 0 = none                       */
    enum schedule_kind schedule;
    float warmup;      /* epochs, may be fractional; one-cycle: 0 = 30 % of all epochs */
    float step_epochs; /* schedule step: epochs between two drops      */
    float step_factor; /* schedule step: factor of each drop           */
    float smoothing;   /* label smoothing, 0 <= smoothing < 1          */
    bool ema;          /* keep averaged weights (ema.h)                */
    float ema_decay;   /* decay of the average                         */
    int patience;      /* stop after this many epochs without a lower validation loss; 0 = never */
    float clip;        /* maximum Euclidean norm of the gradient, 0 = no limit */
    uint64_t seed;     /* of shuffling and dropout                     */
    /* Plugins (plugin.h); NULL = none. */
    const struct plugin_optimizer *plugin_optimizer; /* with OPTIMIZER_PLUGIN        */
    const struct plugin_schedule *plugin_schedule;   /* with SCHEDULE_PLUGIN         */
    const struct plugin_loss *plugin_loss;           /* instead of cross-entropy     */
    const struct plugin_metric *metric;              /* of the validation images     */
};

/* The default config: 5 epochs, batch 128, adam 0.01, one-cycle, seed 42... */
struct trainer_config trainer_config_default(void);

/* The schedule of a complete training with this config and epoch_batches batches per epoch. */
struct schedule trainer_schedule(const struct trainer_config *config, int epoch_batches);

struct epoch_record {
    int epoch;                        /* from 1                                      */
    float train_loss, train_accuracy; /* means over the epoch's batches, during training */
    float validation_loss, validation_accuracy; /* NAN without a validation source             */
    float metric;                               /* NAN without a metric                        */
    float rate;                                 /* of the epoch's last step                    */
    double images_per_second, seconds;          /* training alone, without validation          */
    uint64_t step;                              /* steps of the training until the epoch's end */
    uint64_t hash;                              /* network_hash of the raw or averaged weights */
    bool best; /* the lowest validation loss so far (train loss without validation) */
};

struct trainer_position {
    int epoch;     /* current epoch, from 1; epochs + 1 = finished     */
    int batch;     /* finished batches of the current epoch            */
    uint64_t step; /* finished batches of the training                 */
};

/* Sums over the finished batches of the current epoch. */
struct epoch_sums {
    double loss, seconds;
    int64_t correct, images;
};

/* The position of a training and its counters; the state without weights, moments and history. */
struct trainer_progress {
    struct trainer_position position;
    struct epoch_sums sums;
    int since_best; /* epochs since the best one                     */
    int best_epoch; /* 0 = no epoch has ended                        */
    bool stopped_early;
    int history_count;
    int schedule_epoch, schedule_batch; /* first batch of the current schedule: epoch 1, batch 0, or
                                           the position at which a resume restarted it */
    uint64_t optimizer_steps;
};

struct trainer;

struct trainer_events {
    void *context;
    /* Called after each epoch, by the thread that called trainer_run. The caller's network contains
       the kept weights, so that the callback may save them. May be NULL. */
    void (*epoch)(void *context, struct trainer *trainer, const struct epoch_record *record);
};

/* Whether the network can be trained with batches of this size. A batch-norm of single values per
   channel (after a dense layer or a globalpool) needs at least two images in every batch, including
   the last one of an epoch of `images` images. If not, error (ERROR_USAGE) names the layer and a
   batch size that fits. */
bool trainer_check_batches(const struct network *network, int images, int batch,
                           struct error *error) __attribute__((warn_unused_result));

/* network contains the initial weights; it is borrowed until trainer_free, and trainer_run writes
   to it. The structs of the sources are copied, their contexts are borrowed; validation may be
   NULL. NULL with error on failure: ERROR_USAGE if the config is out of range or the network's
   output is not a vector of at most NETWORK_CLASSES_MAX values. Caller frees with trainer_free. */
struct trainer *trainer_new(struct network *network, const struct engine *engine,
                            const struct trainer_config *config, const struct data_source *training,
                            const struct data_source *validation, struct error *error)
    __attribute__((warn_unused_result));
void trainer_free(struct trainer **trainer);

/* Trains from the current position to the configured end or an early stop. Returns false with
   ERROR_INTERRUPTED (another call continues), ERROR_NUMBER (the loss is not finite; weights and
   position are reset to the end of the last good epoch, or to the start), or ERROR_SYSTEM (out of
   memory). watch counts batches. events and watch may be NULL. */
__attribute__((warn_unused_result)) bool trainer_run(struct trainer *trainer,
                                                     struct thread_pool *pool,
                                                     struct progress *watch,
                                                     const struct trainer_events *events,
                                                     struct error *error);

/* ---- resuming (trainer_resume.c) ---- */

/* Plans `epochs` more epochs from the current position; an unfinished epoch counts as the first.
   The schedule is stretched or shortened to the new end. An early stop is cancelled. False with
   error when the total would exceed TRAINER_EPOCHS_MAX. */
bool trainer_extend(struct trainer *trainer, int epochs, struct error *error);

/* What restarts when a training is resumed with a changed config. */
struct trainer_restart {
    bool schedule;  /* the schedule, for the remaining epochs                */
    bool optimizer; /* the optimizer, with zero moments and the weights of the caller's network;
                       required when the kind of optimizer changes           */
};

/* Changes the config from the current position on. config->epochs is the new total; config->seed
   must be unchanged. An early stop is cancelled, and a changed patience counts from the current
   epoch. A changed loss, or patience where there was none, restarts the search for the best epoch.
   False with error (ERROR_USAGE for a config that does not fit, such as another batch size in the
   middle of an epoch); the trainer is then unchanged. */
bool trainer_change(struct trainer *trainer, const struct trainer_config *config,
                    struct trainer_restart restart, struct error *error)
    __attribute__((warn_unused_result));

/* Moves a new trainer, which was created with the weights of an earlier training, to the position
   of that training. history [progress->history_count]. The optimizer's moments are zero. False with
   error when the progress does not fit the trainer's config and sources. */
bool trainer_continue(struct trainer *trainer, const struct trainer_progress *progress,
                      const struct epoch_record *history, const struct rate_curve *rates,
                      struct error *error) __attribute__((warn_unused_result));

/* Changes the engine, from the next trainer_run on. */
void trainer_set_engine(struct trainer *trainer, const struct engine *engine);

/* Replaces the sources by sources with the same number of images, such as the same data set loaded
   again. */
void trainer_set_sources(struct trainer *trainer, const struct data_source *training,
                         const struct data_source *validation);

/* Queries; pointers are borrowed until the next call that changes the trainer. */
bool trainer_finished(const struct trainer *trainer);
bool trainer_stopped_early(const struct trainer *trainer);
struct trainer_position trainer_position(const struct trainer *trainer);
const struct trainer_config *trainer_config(const struct trainer *trainer);
const struct epoch_record *trainer_history(const struct trainer *trainer, int *count);
/* The best epoch; NULL before the first epoch has ended. */
const struct epoch_record *trainer_best(const struct trainer *trainer);
/* The epoch whose weights are in the caller's network after trainer_run: with patience the best
   epoch, otherwise the last one; NULL before the first epoch has ended. */
const struct epoch_record *trainer_kept(const struct trainer *trainer);
const struct trainer_progress *trainer_progress(const struct trainer *trainer);
const struct rate_curve *trainer_rates(const struct trainer *trainer);
int trainer_batches(const struct trainer *trainer);             /* in an epoch */
struct network *trainer_network(const struct trainer *trainer); /* the caller's */

#endif
