/*
 * trainer - trains a network: epochs, shuffles, batches, steps, validation, early stopping, and a
 * position to resume from.
 *
 * commands/train makes one and calls trainer_run; an interrupt is just a return, and the next
 * trainer_run goes on in mid-epoch as if nothing had happened, to the last bit. The trainer works
 * on its own copy of the weights; whenever trainer_run returns, the caller's network holds the
 * weights that are kept, to evaluate and to save: with patience on, those of the best epoch; else
 * the averaged ones with EMA on, else the raw ones. trainer_resume.c changes the config of a
 * training that is resumed.
 *
 *     for each epoch:
 *         order = shuffle(seed, epoch)
 *         for each batch:
 *             fill -> forward -> loss -> backward (plan.h) -> clip -> optimizer -> EMA -> tick
 *         validate -> record -> state kept in memory -> events.epoch -> stop early?
 *
 * Results depend on config, sources and first weights only, never on the number of threads.
 */
#ifndef MNIST_NN_TRAIN_TRAINER_H
#define MNIST_NN_TRAIN_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/model/plugin.h"
#include "mnist/nn/train/data_source.h"
#include "mnist/nn/train/optimizer.h"
#include "mnist/nn/train/rate_curve.h"
#include "mnist/nn/train/schedule.h"

enum { TRAINER_EPOCHS_MAX = 10000, TRAINER_BATCH_MAX = 8192 };
#define TRAINER_RATE_MAX 1e6

struct trainer_config {
    int epochs; /* 1 .. TRAINER_EPOCHS_MAX */
    int batch;  /* 1 .. TRAINER_BATCH_MAX; the last of an epoch may be smaller */
    float rate; /* the highest of the schedule, > 0 */
    enum optimizer_kind optimizer;
    float momentum;     /* sgd                                          */
    float beta1, beta2; /* adam, adamw                                  */
    float decay;        /* weight decay, 0 = none                       */
    enum schedule_kind schedule;
    float warmup;      /* epochs, fractions allowed; one-cycle: 0 = 30 % of all */
    float step_epochs; /* schedule step: epochs from drop to drop      */
    float step_factor; /* schedule step: what each drop multiplies by  */
    float smoothing;   /* label smoothing, 0 <= smoothing < 1          */
    bool ema;          /* averaged weights                             */
    float ema_decay;   /* their decay: min(ema_decay, (1+n)/(10+n))    */
    int patience;  /* epochs without a better validation loss before stopping; 0 = never stop early
                    */
    float clip;    /* longest gradient (Euclidean norm), 0 = any   */
    uint64_t seed; /* shuffles and dropout                         */
    /* Somebody else's (plugin.h); each NULL unless it is wanted. */
    const struct plugin_optimizer *plugin_optimizer; /* with OPTIMIZER_CUSTOM        */
    const struct plugin_schedule *plugin_schedule;   /* with SCHEDULE_CUSTOM         */
    const struct plugin_loss *plugin_loss;           /* in the place of cross-entropy */
    const struct plugin_metric *metric;              /* of the validation images     */
};

/* What a user who says nothing gets: 5 epochs, batch 128, adam 0.01, one-cycle, seed 42... Change
 * fields, then trainer_new. */
struct trainer_config trainer_config_default(void);

/* The schedule of a whole training of this config with epoch_batches batches in an epoch. */
struct schedule trainer_schedule(const struct trainer_config *config, int epoch_batches);

struct epoch_record {
    int epoch;                                  /* from 1                                      */
    float train_loss, train_accuracy;           /* means over the epoch's batches, as they ran */
    float validation_loss, validation_accuracy; /* NAN without a validation source             */
    float metric;                               /* NAN without one                             */
    float rate;                                 /* of the epoch's last step                    */
    double images_per_second, seconds;          /* training alone, without validation          */
    uint64_t step;                              /* steps of the training until its end         */
    uint64_t hash;                              /* network_hash of the weights to show         */
    bool best; /* the lowest validation loss so far (train loss without validation) */
};

struct trainer_position {
    int epoch;     /* being trained, from 1; epochs + 1 = done         */
    int batch;     /* of this epoch already trained                    */
    uint64_t step; /* batches trained in all                           */
};

/* Sums over the batches of the epoch under way. */
struct epoch_sums {
    double loss, seconds;
    int64_t correct, images;
};

/* The position of a training, and what it remembers from earlier epochs, without its floats. */
struct trainer_progress {
    struct trainer_position position;
    struct epoch_sums sums;
    int since_best; /* epochs since the best one                     */
    int best_epoch; /* 0 = none yet                                  */
    bool stopped_early;
    int history_count;
    int schedule_epoch, schedule_batch; /* where the present schedule begins: epoch 1, batch 0, or
                                           the position of a resume that began it again */
    uint64_t optimizer_steps;
};

struct trainer;

struct trainer_events {
    void *context;
    /* After each epoch, from the thread that called trainer_run. The caller's network holds the
       weights to show, so that they may be saved. Optional. */
    void (*epoch)(void *context, struct trainer *trainer, const struct epoch_record *record);
};

/* Whether batches of this size suit the network: batch-norm of single values per channel (after a
   dense layer or a globalpool) needs at least two images in every batch, also in the last one of an
   epoch of `images` images. ERROR_USAGE with the layer and a size that fits. */
bool trainer_check_batches(const struct network *network, int images, int batch,
                           struct error *error) __attribute__((warn_unused_result));

/* network: first weights; borrowed until trainer_free, and written to by trainer_run. The sources
   are borrowed too (their structs are copied, their contexts not); validation may be NULL. A config
   out of range or a network that ends in anything but a vector of at most NETWORK_CLASSES_MAX is
   refused (ERROR_USAGE). NULL with error on failure. Caller frees. */
struct trainer *trainer_new(struct network *network, const struct engine *engine,
                            const struct trainer_config *config, const struct data_source *training,
                            const struct data_source *validation, struct error *error)
    __attribute__((warn_unused_result));
void trainer_free(struct trainer **trainer);

/* Trains from the present position to the configured end (or early stop): true. False: error.kind
   ERROR_INTERRUPTED (position kept: call again to go on), ERROR_NUMBER (loss not finite: weights
   and position are those of the end of the last good epoch, or of the start), ERROR_SYSTEM (no
   memory). watch counts batches. events and watch may be NULL. */
__attribute__((warn_unused_result)) bool trainer_run(struct trainer *trainer,
                                                     struct thread_pool *pool,
                                                     struct progress *watch,
                                                     const struct trainer_events *events,
                                                     struct error *error);

/* ---- resuming (trainer_resume.c) ---- */

/* Plans `epochs` epochs from the present position on; an epoch under way counts as the first. The
   schedule is stretched or shortened to the new end. An early stop is forgotten. False with error
   when the end would be over TRAINER_EPOCHS_MAX. */
bool trainer_extend(struct trainer *trainer, int epochs, struct error *error);

/* What begins again when a training is resumed with a changed config. */
struct trainer_restart {
    bool schedule;  /* the schedule, for the epochs that are left            */
    bool optimizer; /* the optimizer, without past gradients, from the weights in the caller's
                       network; needed for another kind of optimizer         */
};

/* Gives the trainer another config from the present position on; config->epochs is the new total,
   config->seed the trainer's own. An early stop is forgotten, and another patience
   counts from here. Another loss, or a first patience, makes the search for the best epoch begin
   again. False with error (ERROR_USAGE for a config that
   does not fit, such as another batch in the middle of an epoch): the trainer is unchanged. */
bool trainer_change(struct trainer *trainer, const struct trainer_config *config,
                    struct trainer_restart restart, struct error *error)
    __attribute__((warn_unused_result));

/* Puts a new trainer, which has the weights of an earlier training, to that training's position.
   history [progress->history_count]. The optimizer has no past gradients. False with error when the
   progress does not fit the trainer's config and sources. */
bool trainer_continue(struct trainer *trainer, const struct trainer_progress *progress,
                      const struct epoch_record *history, const struct rate_curve *rates,
                      struct error *error) __attribute__((warn_unused_result));

/* Another engine from the next trainer_run on. */
void trainer_set_engine(struct trainer *trainer, const struct engine *engine);

/* A new source in place of the old one, with the same number of images (a data set loaded again).
 */
void trainer_set_sources(struct trainer *trainer, const struct data_source *training,
                         const struct data_source *validation);

/* Queries; pointers are borrowed until the next call that changes the trainer. */
bool trainer_finished(const struct trainer *trainer);
bool trainer_stopped_early(const struct trainer *trainer);
struct trainer_position trainer_position(const struct trainer *trainer);
const struct trainer_config *trainer_config(const struct trainer *trainer);
const struct epoch_record *trainer_history(const struct trainer *trainer, int *count);
const struct epoch_record *trainer_best(
    const struct trainer *trainer); /* NULL before the first epoch's end */
/* The epoch whose weights are in the caller's network after trainer_run: with patience the best one,
   else the last one; NULL when none has ended. */
const struct epoch_record *trainer_kept(const struct trainer *trainer);
const struct trainer_progress *trainer_progress(const struct trainer *trainer);
const struct rate_curve *trainer_rates(const struct trainer *trainer);
int trainer_batches(const struct trainer *trainer);             /* in an epoch */
struct network *trainer_network(const struct trainer *trainer); /* the caller's */

#endif
