/*
 * trainer_state - the inside of a trainer, and all that it remembers between two batches.
 *
 * For trainer.c, which keeps a state of the last good moment, and for checkpoint.c, which writes
 * one to disk. A trainer that is given another's state goes on as the other would have.
 *
 *     floats: [ raw values | averaged values, with EMA | best values, with patience | moments ]
 */
#ifndef MNIST_NN_TRAINER_STATE_H
#define MNIST_NN_TRAINER_STATE_H

#include "mnist/nn/trainer.h"

/* Sums over the batches of the epoch under way. */
struct epoch_sums {
    double loss, seconds;
    int64_t correct, images;
};

struct trainer_progress {
    struct trainer_position position;
    struct epoch_sums sums;
    int since_best; /* epochs since the best one */
    int best_epoch; /* 0 = none yet              */
    bool stopped_early;
    int history_count;
    uint64_t optimizer_steps;
};

enum { TRAINER_PARTS_MAX = 3 + CUSTOM_MOMENTS_MAX };

/* One named stretch of a state's floats: "trainer.values", "trainer.average", "trainer.best",
   "optimizer.mean"... */
struct trainer_part {
    char name[32];
    float *values; /* within the state's floats */
    size_t count;
};

struct trainer_state {
    struct trainer_progress progress;
    float *floats;
    size_t count;
    int part_count;
    struct trainer_part parts[TRAINER_PARTS_MAX];
};

struct trainer {
    struct trainer_config config;
    const struct engine *engine;
    struct source source, validation;
    bool validates;
    struct network *shown;    /* the caller's */
    struct network *training; /* raw weights  */
    struct optimizer *optimizer;
    float *average; /* [value count], with EMA      */
    float *best;    /* [value count], with patience */
    struct trainer_progress progress;
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

/* The weights to show go to the caller's network. */
void trainer_show(struct trainer *trainer);

/* Whether a config's numbers are in range, whether a network and images can be trained with
   (ERROR_USAGE, ERROR_DATA). */
bool trainer_check_config(const struct trainer_config *config, struct error *error);
bool trainer_check_network(const struct network *network, const struct source *training,
                           const struct source *validation, struct error *error);

#endif
