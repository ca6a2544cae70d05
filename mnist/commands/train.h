/*
 * train - what the files of the command `train` share, and a saved training put together again.
 */
#ifndef MNIST_COMMANDS_TRAIN_H
#define MNIST_COMMANDS_TRAIN_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"

/* ---- a training (train.c) ---- */

/* Makes the trainer of a model whose file is a checkpoint, at the position where it was saved, on the data as they are
   prepared now. */
bool training_restore(struct session *s, struct model *model, const struct model_file *file,
                      const struct trainer_config *config, struct error *error);

/* The batches and the trainer of a model that has its network and its preparation, on the session's data. */
bool training_begin(struct session *s, struct model *model, const struct trainer_config *config,
                    const struct augment_config *augment, struct error *error);

/* The same batches again, for a trainer that goes on: the data were loaded or prepared again. */
bool training_renew_batches(struct session *s, struct model *model, struct error *error);

/* Runs the model's trainer to its end, an interrupt or a failure, shows the epochs and says which weights are kept. */
bool training_run(struct session *s, const struct bound_call *call, struct model *model,
                  struct diagnostic *diagnostic);

/* Puts the newly trained model in the place of the session's, if it learnt anything; else releases it. */
void training_install(struct session *s, struct model *model);

/* The first of a training's last epochs, which see the images as they are; 0 = there are none. */
int training_clean_from(const struct data *data, int epochs);

/* Fills the model's history from its trainer. False when memory runs out. */
bool training_history(struct model *model);

/* ---- `train resume` (train_resume.c) ---- */

bool train_resume(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);

/* The training of this model has come to its end, as far as the history knows. */
bool training_finished(const struct training_history *history);

/* ---- parameters and recipe (train_config.c) ---- */

/* The config of a new training: the line's parameters and the defaults. */
struct trainer_config train_config(const struct bound_call *call);
/* The line's parameters alone; with another optimizer also its default rate and decay. */
void train_config_change(struct trainer_config *config, const struct bound_call *call);

/* The config of a recipe of one `train`, without variables; false for any other recipe. */
bool train_config_of_recipe(struct trainer_config *config, const char *recipe);

/* The command with the values of its parameters, in the cell's order, without save=. */
void train_command(const struct bound_call *call, char text[RECIPE_SIZE]);
/* Adds a command at the end, or at the beginning. A recipe that becomes too long ends with "...". */
void recipe_add(char recipe[RECIPE_SIZE], const char *command);
void recipe_begin_with(char recipe[RECIPE_SIZE], const char *command);
/* Ends a recipe with the position of a trainer that has not finished, and removes that again. */
void recipe_note_stop(char recipe[RECIPE_SIZE], const struct trainer *trainer);
void recipe_forget_stop(char recipe[RECIPE_SIZE]);

/* ---- before and after (train_plugins.c, train_report.c) ---- */

/* Checks what a config demands of the session: registered parts are tried on watched memory
   (nn/plugin_trial.h), a metric needs validation images, batch-norm needs batches of at least two
   images. A diagnostic points at the parameter. */
bool train_check(const struct session *s, const struct bound_call *call,
                 const struct trainer_config *config, const struct network *network,
                 struct diagnostic *diagnostic);

/* An error of the layers below as a diagnostic: at the parameter whose name begins the text, if the line gives it. */
bool train_fail(const struct bound_call *call, struct diagnostic *diagnostic,
                const struct error *error);

/* Which epoch's weights are kept, when it may not be the last; whether nothing was learnt. */
void train_report(struct session *s, const struct model *model);

/* $loss, $validation_loss and $validation_accuracy of the kept epoch; those that it does not have are removed. */
void train_set_variables(struct session *s, const struct model *model);

/* The table that grows by a line each epoch. kept: the epoch whose weights are kept, 0 = not known yet. Caller frees. */
struct table *train_table(const struct training_history *history, bool validation, int kept);

#endif
