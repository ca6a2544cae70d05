/*
 * training - a model's training: its data loaders and trainer, and a run of the trainer.
 *
 * train.c, train_resume.c and model_commands.c use it. The model owns the trainer and the data
 * loaders; model_drop_trainer frees them.
 */
#ifndef MNIST_COMMANDS_TRAINING_H
#define MNIST_COMMANDS_TRAINING_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"

/* Makes the data loaders and the trainer of a model that has a network and a preparation, on the
   session's current data. False with error; the model is then released as usual. */
bool training_begin(struct session *s, struct model *model, const struct trainer_config *config,
                    const struct augment_config *augment, struct error *error);

/* Makes new data loaders for the model's trainer, after the data were loaded or prepared again.
   False with error, and the model unchanged. */
bool training_renew_loaders(struct session *s, struct model *model, struct error *error);

/* Restores the training of a model from a checkpoint file, on the session's current data. */
bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error);

/* Runs the model's trainer to its end, an interrupt or a failure. Shows the table of the epochs and
   prints which weights are kept. False with a diagnostic after an interrupt or a failure. */
bool training_run(struct session *s, const struct bound_call *call, struct model *model,
                  struct diagnostic *diagnostic);

/* Replaces the session's model with the newly trained one, or releases the latter if it is not
   trained. */
void training_install(struct session *s, struct model *model);

/* The first of the last epochs of a training, in which images are not augmented; 0 = there are
   none. */
int training_clean_from(const struct data *data, int epochs);

/* True if the training has completed its planned epochs or has stopped early. */
bool training_finished(const struct training_history *history);

#endif
