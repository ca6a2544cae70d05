/*
 * trainer_state - the inside of a trainer, and all that it remembers between two batches.
 *
 * For trainer.c, which keeps a state of the last good moment, and for checkpoint.c, which writes
 * one to disk. A trainer that is given another's state goes on as the other would have.
 *
 *     floats: [ raw values | averaged values, with EMA | best values, with patience | moments ]
 */
#ifndef MNIST_NN_TRAIN_TRAINER_STATE_H
#define MNIST_NN_TRAIN_TRAINER_STATE_H

#include "mnist/nn/train/trainer.h"

enum { TRAINER_PARTS_MAX = 3 + PLUGIN_MOMENTS_MAX };

/* One named stretch of a state's floats: "trainer.values", "trainer.average", "trainer.best",
   "optimizer.mean"... */
struct trainer_part {
    char name[32];
    float *values; /* within the state's floats */
    size_t count;
};

struct trainer_state {
    struct trainer_progress progress;
    struct rate_curve rates;
    float *floats;
    size_t count;
    int part_count;
    struct trainer_part parts[TRAINER_PARTS_MAX];
};

struct trainer {
    struct trainer_config config;
    const struct engine *engine;
    struct data_source source, validation;
    bool validates;
    struct network *shown;    /* the caller's */
    struct network *training; /* raw weights  */
    struct optimizer *optimizer;
    float *average; /* [value count], with EMA      */
    float *best;    /* [value count], with patience */
    struct trainer_progress progress;
    struct rate_curve rates;
    struct epoch_record *history; /* [config.epochs] */
    uint32_t *order;              /* [source.count]: the shuffle of order_epoch */
    int order_epoch;              /* 0 = none yet */
    struct trainer_state *good;
};

/* Memory for a state of trainer. NULL with error when there is none. Caller frees. */
struct trainer_state *trainer_state_new(const struct trainer *trainer, struct error *error);
void trainer_state_free(struct trainer_state **state);

/* The trainer's present state, and back. A restored state is also the last good one, and its
   weights are shown in the caller's network. history [progress.history_count] NULL = keeps the
   trainer's own, cut to that count. */
void trainer_state_take(struct trainer_state *state, const struct trainer *trainer);
void trainer_state_restore(const struct trainer_state *state, struct trainer *trainer,
                           const struct epoch_record *history);

/* Copies the present weights, raw or averaged, to the caller's network. */
void trainer_show(struct trainer *trainer);

/* Copies the weights that are kept to the caller's network: with patience those of the best epoch,
   as soon as one has ended; else the present ones. */
void trainer_show_kept(struct trainer *trainer);

/* The learning rate of the step at the present position, and its place within the whole plan: the
   number of steps before it if each epoch had had as many batches as now. */
float trainer_rate(const struct trainer *trainer);
uint64_t trainer_planned_step(const struct trainer *trainer);

/* The number of batches in an epoch of `images` images. */
int trainer_batch_count(int images, int batch);

/* Whether a position is one that the trainer could have come to by itself (ERROR_DATA). */
bool trainer_check_progress(const struct trainer *trainer, const struct trainer_progress *progress,
                            struct error *error);

/* Whether a config's numbers are in range, whether a network and images can be trained with
   (ERROR_USAGE, ERROR_DATA). */
bool trainer_check_config(const struct trainer_config *config, struct error *error);
bool trainer_check_network(const struct network *network, const struct data_source *training,
                           const struct data_source *validation, struct error *error);

/* The optimizer's part of a config. */
struct optimizer_config trainer_optimizer_config(const struct trainer_config *config);

/* A copy of a network's values. NULL with error when memory runs out. Caller frees. */
float *trainer_copy_values(const struct network *network, struct error *error);

#endif
