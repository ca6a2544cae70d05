/*
 * train - the parts of the command `train`, one file each: config and recipe, checks, table,
 * report.
 *
 * training.h has the training itself.
 */
#ifndef MNIST_COMMANDS_TRAIN_H
#define MNIST_COMMANDS_TRAIN_H

#include "mnist/workspace/current_model.h"

/* `train resume` (train_resume.c). The session has a trained network. */
bool train_resume(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);

/* ---- parameters and recipe (train_config.c) ---- */

/* The config of a new training: the line's parameters and the defaults. */
struct trainer_config train_config(const struct bound_call *call);
/* Sets only the line's parameters. Another optimizer also brings its default rate and decay. */
void train_config_change(struct trainer_config *config, const struct bound_call *call);

/* The config of a recipe that is a single `train` without variables; false for other recipes. */
bool train_config_of_recipe(struct trainer_config *config, const char *recipe);

/* The command with the values of its parameters, in the cell's order, without save=. */
void train_command(const struct bound_call *call, char text[RECIPE_SIZE]);

/* ---- checks (train_plugins.c) ---- */

/* Checks a config against the session: plugins are tried on canary buffers
   (nn/model/plugin_trial.h), a metric needs validation images, and batch normalisation needs
   batches of at least two images. A diagnostic points at the parameter. */
bool train_check(const struct session *s, const struct bound_call *call,
                 const struct trainer_config *config, const struct network *network,
                 struct diagnostic *diagnostic);

/* Converts an error to a diagnostic: at the parameter whose name begins the text, if the line gives
   it. Returns false. */
bool train_fail(const struct bound_call *call, struct diagnostic *diagnostic,
                const struct error *error);

/* ---- report (train_report.c, train_table.c) ---- */

/* Prints which epoch's weights are kept if it may not be the last, and warns if the network has not
   learnt anything. */
void train_report(struct session *s, const struct model *model);

/* Sets $loss, $validation_loss and $validation_accuracy to those of the kept epoch, and removes
   those that it does not have. */
void train_set_variables(struct session *s, const struct model *model);

/* The table with a row for each epoch. kept: the epoch whose weights are kept, 0 = not known yet.
   Caller frees with table_free. */
struct table *train_table(const struct training_history *history, bool validation, int kept);

#endif
