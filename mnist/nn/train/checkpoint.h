/*
 * checkpoint - a training on disk: a model file that also contains the complete state of a trainer.
 *
 * A checkpoint contains the kept weights, which every reader of model files sees, and additional
 * tensors whose names begin with "trainer." and "optimizer.": raw weights, averaged weights, best
 * weights and moments. Its metadata contains position, config, learning rates and history. A
 * training resumed from a checkpoint gives the same bits as a training without an interruption.
 *
 * A plain model file contains the same metadata except the history, as a struct trainer_summary, so
 * that the training of a loaded network can be resumed with its config and from its position.
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_H
#define MNIST_NN_TRAIN_CHECKPOINT_H

#include "mnist/base/errors.h"
#include "mnist/nn/model/model_file.h"
#include "mnist/nn/train/trainer.h"

/* Writes the trainer's state and the caller's pairs to path with model_file_save. */
__attribute__((warn_unused_result)) bool checkpoint_save(const char *path, struct trainer *trainer,
                                                         const struct model_pair *pairs,
                                                         int pair_count, struct error *error);

/* The metadata of a training, without the history. */
struct trainer_summary {
    struct trainer_config config;
    struct trainer_progress progress;
    struct rate_curve rates;
};

/* A summary as pairs for model_file_save. */
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

/* Reads the pairs of checkpoint_pairs_make, and the last step of each epoch into records [count],
   the epochs of the training. ERROR_DATA when the file contains no valid summary, ERROR_STATE when
   the training needs a plugin that no cell has registered. */
__attribute__((warn_unused_result)) bool checkpoint_summary(const struct model_file *file,
                                                            struct trainer_summary *summary,
                                                            struct epoch_record *records, int count,
                                                            struct error *error);

/* Whether the file is a checkpoint rather than a plain model file. */
bool checkpoint_is(const struct model_file *file);

/* The config of the file's training, for trainer_new. ERROR_DATA when the file contains none. */
__attribute__((warn_unused_result)) bool checkpoint_config(const struct model_file *file,
                                                           struct trainer_config *config,
                                                           struct error *error);

/* Restores the state into trainer, which must have the same network, config and number of images.
   On failure trainer is unchanged. */
__attribute__((warn_unused_result)) bool checkpoint_load(const struct model_file *file,
                                                         struct trainer *trainer,
                                                         struct error *error);

#endif
