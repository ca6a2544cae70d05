/*
 * trainer_state - the struct of a trainer, and its complete state between two batches.
 *
 * trainer.c keeps the last state with finite values to return to; checkpoint.c writes a state to
 * disk. A trainer with a restored state continues with the same bits as the trainer whose state was
 * saved.
 *
 *     floats: [ raw values | averaged values, with EMA | best values, with patience | moments ]
 */
#ifndef MNIST_NN_TRAIN_TRAINER_STATE_H
#define MNIST_NN_TRAIN_TRAINER_STATE_H

#include "mnist/nn/train/trainer.h"

enum { TRAINER_TENSORS_MAX = 3 + PLUGIN_MOMENTS_MAX };

/* A named range of a state's floats: "trainer.values", "trainer.average", "trainer.best",
   "optimizer.mean"... */
struct trainer_tensor {
    char name[32];
    float *values; /* within the state's floats */
    size_t count;
};

struct trainer_state {
    struct trainer_progress progress;
    struct rate_curve rates;
    float *floats;
    size_t count;
    int tensor_count;
    struct trainer_tensor tensors[TRAINER_TENSORS_MAX];
};

struct trainer {
    struct trainer_config config;
    const struct engine *engine;
    struct data_source source, validation;
    bool validates;
    struct network *shown;    /* the caller's network */
    struct network *training; /* the raw weights      */
    struct optimizer *optimizer;
    float *average; /* [value count], with EMA      */
    float *best;    /* [value count], with patience */
    struct trainer_progress progress;
    struct rate_curve rates;
    struct epoch_record *history; /* [config.epochs] */
    uint32_t *order;              /* [source.count]: the shuffle of order_epoch */
    int order_epoch;              /* 0 = not shuffled yet */
    struct trainer_state *good;   /* of the end of the last epoch with finite values */
};

/* Allocates a state for trainer. NULL with error when memory runs out. Caller frees. */
struct trainer_state *trainer_state_new(const struct trainer *trainer, struct error *error);
void trainer_state_free(struct trainer_state **state);

/* Saves the trainer's current state, and restores it. Restoring also makes it the last good state
   and copies the kept weights to the caller's network. history [progress.history_count]; NULL keeps
   the trainer's history, truncated to that count. */
void trainer_state_save(struct trainer_state *state, const struct trainer *trainer);
void trainer_state_restore(const struct trainer_state *state, struct trainer *trainer,
                           const struct epoch_record *history);

/* Copies the current weights, averaged with EMA and raw without, to the caller's network. */
void trainer_show(struct trainer *trainer);

/* Copies the kept weights to the caller's network: with patience those of the best epoch, after the
   first epoch has ended; otherwise the current ones. */
void trainer_show_kept(struct trainer *trainer);

/* The learning rate of the next step, and the index of that step in a training whose epochs all
   have the current number of batches. */
float trainer_rate(const struct trainer *trainer);
uint64_t trainer_planned_step(const struct trainer *trainer);

/* The number of batches in an epoch of `images` images. */
int trainer_batch_count(int images, int batch);

/* Whether the trainer can reach this progress with its config and sources (ERROR_DATA if not). */
bool trainer_check_progress(const struct trainer *trainer, const struct trainer_progress *progress,
                            struct error *error);

/* Whether the numbers of a config are in range, and whether the network can be trained with these
   images (ERROR_USAGE or ERROR_DATA if not). */
bool trainer_check_config(const struct trainer_config *config, struct error *error);
bool trainer_check_network(const struct network *network, const struct data_source *training,
                           const struct data_source *validation, struct error *error);

/* The optimizer settings of a config. */
struct optimizer_config trainer_optimizer_config(const struct trainer_config *config);

/* A copy of a network's values. NULL with error when memory runs out. Caller frees. */
float *trainer_copy_values(const struct network *network, struct error *error);

#endif
