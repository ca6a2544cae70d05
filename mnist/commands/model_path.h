/*
 * model_path - the paths of saved networks and of checkpoints.
 *
 *     models/NAME.safetensors             `model save NAME`
 *     data/checkpoints/NAME.safetensors   each epoch of `train`, until it is saved
 */
#ifndef MNIST_COMMANDS_MODEL_PATH_H
#define MNIST_COMMANDS_MODEL_PATH_H

#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"

#define MODEL_SUFFIX ".safetensors"

/* models/NAME.safetensors, or the name itself if it is a path: it contains a slash or ends with the
   suffix. False with error if the path is too long. */
bool model_path_saved(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                      struct error *error);

/* The path of the checkpoint of the network of this name. False with error if it is too long. */
bool model_path_checkpoint(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                           struct error *error);

/* The file to read for a name: that of model_path_saved, or else the checkpoint of that name. False
   with error if neither exists. The existence of a path is not checked. */
bool model_path_find(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                     struct error *error);

/* The name without the suffix. */
void model_path_strip(char plain[NAME_SIZE], const char *name);

#endif
