/*
 * model_load - a network's file in models/: where it lies, and what it holds, as a struct model.
 *
 * `model load` puts what is read here into the session; `evaluate ensemble` judges it beside others
 * and lets it go. Reading changes nothing of the session. model_metadata.h tells what a file says
 * beside the weights.
 */
#ifndef MNIST_COMMANDS_MODEL_LOAD_H
#define MNIST_COMMANDS_MODEL_LOAD_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"

#define SAVED_MODEL_SUFFIX ".safetensors"

/* models/NAME.safetensors, or the name itself when it looks like a path: with a slash, or with the
   suffix. */
bool saved_model_path(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                      struct error *error);

/* The file that a name stands for where a network is read: saved_model_path's, else the
   checkpoint of that name. False with error when there is neither; what was named as a path is
   not looked for. */
bool saved_model_find(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                      struct error *error);

/* Fills model, which is new (test_accuracy NAN, all else 0): network, preparation, recipe, history.
   False with error when the file is no network of ours, is damaged or does not answer in
   DATASET_CLASSES classes. Caller releases the model with model_release, also after a failure. */
bool saved_model_read(struct model *model, const struct model_file *file, struct error *error);

/* Warns on stderr if the file states no checksum of its content, as files of older versions and of
   other programs do. name is what the user calls the network. */
void saved_model_warn(struct session *s, const struct model_file *file, const char *name);

/* Writes the session's network, which is there, to models/NAME.safetensors, with or without the
   suffix in the word, and says so. training: with what its training needs to go on while that is not
   finished. */
bool saved_model_write(struct session *s, const char *word, bool training, struct error *error);

/* A number of the file's metadata; otherwise, when it is not there or is none. */
double saved_model_number(const struct model_file *file, const char *key, double otherwise);
/* A whole number from 0 to most; otherwise, when it is not there or is none of these. */
uint64_t saved_model_whole(const struct model_file *file, const char *key, uint64_t most,
                           uint64_t otherwise);

#endif
