/*
 * train - what the training's own files share, and a saved training put together again.
 */
#ifndef MNIST_COMMANDS_TRAIN_H
#define MNIST_COMMANDS_TRAIN_H

#include "mnist/commands/state.h"
#include "mnist/nn/model_file.h"

/* Makes the trainer of a model whose file is a checkpoint, at the position where it was saved, on the data as they are
   prepared now. */
bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error);

/* The registered parts of a training are tried on watched memory (nn/custom_trial.h); a metric wants validation images. */
bool train_check_parts(const struct session *s, const struct call *call,
                       const struct trainer_config *config, struct mistake *mistake);

/* The table that grows by a line each epoch. Caller frees. */
struct table *train_table(const struct history *history, bool validation);

#endif
