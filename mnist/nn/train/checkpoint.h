/*
 * checkpoint - a training in progress, on disk: a model file that also holds what a trainer needs
 * to go on.
 *
 * Beside the weights to show (which any reader of model files sees) it carries, under names that
 * begin with "trainer." and "optimizer.", the raw weights, averaged weights, best weights and
 * moments, and as metadata the position, config, learning rates and history. Training resumed from it
 * gives the same bits as training never stopped.
 *
 * A plain model file carries the same metadata except the history, as a struct trainer_summary, so that
 * a network that is loaded is resumed with the config and from the position of its own training.
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_H
#define MNIST_NN_TRAIN_CHECKPOINT_H

#include "mnist/base/errors.h"
#include "mnist/nn/model/model_file.h"
#include "mnist/nn/train/trainer.h"

/* Writes trainer's state and the caller's pairs to path, as model_file_save does. */
__attribute__((warn_unused_result)) bool checkpoint_save(const char *path, struct trainer *trainer,
                                                         const struct model_pair *pairs,
                                                         int pair_count, struct error *error);

/* What a file says of a training besides the floats and the history. */
struct trainer_summary {
    struct trainer_config config;
    struct trainer_progress progress;
    struct rate_curve rates;
};

/* The metadata of a summary, ready for model_file_save. */
enum { CHECKPOINT_PAIRS_MAX = 4 };
struct checkpoint_pairs {
    struct model_pair items[CHECKPOINT_PAIRS_MAX];
    int count;
    char *texts[CHECKPOINT_PAIRS_MAX]; /* owned */
};

/* records [count]: the epochs of the training. False with error when memory runs out. Release with
 * checkpoint_pairs_release, also after a failure. */
__attribute__((warn_unused_result)) bool checkpoint_pairs_make(
    struct checkpoint_pairs *pairs, const struct trainer_summary *summary,
    const struct epoch_record *records, int count, struct error *error);
void checkpoint_pairs_release(struct checkpoint_pairs *pairs);

/* Reads what checkpoint_pairs_make wrote, and the last step of each epoch into records [count], the
 * epochs of the training. ERROR_DATA when the file contains no summary or a damaged one, ERROR_STATE
 * when it needs a part that no cell has registered. */
__attribute__((warn_unused_result)) bool checkpoint_summary(const struct model_file *file,
                                                            struct trainer_summary *summary,
                                                            struct epoch_record *records, int count,
                                                            struct error *error);

/* Whether the file is a checkpoint, and not a plain model file. */
bool checkpoint_is(const struct model_file *file);

/* The config that the file's training had, to make a trainer of. ERROR_DATA when it contains none. */
__attribute__((warn_unused_result)) bool checkpoint_config(const struct model_file *file,
                                                           struct trainer_config *config,
                                                           struct error *error);

/* Puts the state into trainer, made for the same network, config and number of images. trainer is
 * untouched on failure. */
__attribute__((warn_unused_result)) bool checkpoint_load(const struct model_file *file,
                                                         struct trainer *trainer,
                                                         struct error *error);

#endif
