/*
 * checkpoint_plugins - which of a training's parts are somebody else's (plugin.h), by their names.
 *
 * For checkpoint.c. A function cannot be written to a file; who goes on with the training must have
 * registered parts of these names.
 *
 *     "trainer.custom"    {"optimizer": "mine", "loss": "focal"}
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_PLUGINS_H
#define MNIST_NN_TRAIN_CHECKPOINT_PLUGINS_H

#include <jansson.h>

#include "mnist/nn/model/model_file.h"
#include "mnist/nn/train/trainer.h"

#define CHECKPOINT_PARTS_KEY "trainer.custom"

/* Whether the config has any such part. */
bool checkpoint_parts_any(const struct trainer_config *config);

/* NULL = out of memory. Caller decrefs. */
json_t *checkpoint_parts_json(const struct trainer_config *config);

/* Puts the parts that the file names into config. False with error: ERROR_DATA, or ERROR_STATE, when one
   is not registered. */
__attribute__((warn_unused_result)) bool checkpoint_parts_find(const struct model_file *file,
                                                               struct trainer_config *config,
                                                               struct error *error);

#endif
