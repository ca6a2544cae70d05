/*
 * checkpoint_plugins - the names of the plugins (plugin.h) that a training uses.
 *
 * checkpoint.c writes and reads them. A function cannot be written to a file: plugins with these
 * names must be registered before the training can be resumed.
 *
 *     "trainer.custom"    {"optimizer": "mine", "loss": "focal"}
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_PLUGINS_H
#define MNIST_NN_TRAIN_CHECKPOINT_PLUGINS_H

#include <jansson.h>

#include "mnist/nn/model/model_file.h"
#include "mnist/nn/train/trainer.h"

#define CHECKPOINT_PLUGINS_KEY "trainer.custom"

/* Whether the config contains any plugin. */
bool checkpoint_plugins_any(const struct trainer_config *config);

/* {"kind": "name"} for each plugin of the config. NULL when memory runs out. Caller decrefs. */
json_t *checkpoint_plugins_json(const struct trainer_config *config);

/* Sets the config's plugins to those that the file names. False with error: ERROR_DATA for a
   damaged file, ERROR_STATE when a plugin is not registered. */
__attribute__((warn_unused_result)) bool checkpoint_plugins_find(const struct model_file *file,
                                                                 struct trainer_config *config,
                                                                 struct error *error);

#endif
