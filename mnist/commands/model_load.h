/*
 * model_load - finds the file of a saved network, and reads it into a struct model.
 *
 * `model load` moves the model into the session; `evaluate ensemble` evaluates it and releases it.
 * Reading does not change the session. model_metadata.h describes the metadata of a file.
 */
#ifndef MNIST_COMMANDS_MODEL_LOAD_H
#define MNIST_COMMANDS_MODEL_LOAD_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"

/* Fills a new model (test_accuracy NAN, all else 0): network, preparation, recipe, history. False
   with error if the file was not saved by `model save`, is damaged, or its network does not have
   DATASET_CLASSES outputs. Caller releases the model with model_release, also after a failure. */
bool model_load_read(struct model *model, const struct model_file *file, struct error *error);

/* Warns on stderr if the file contains no checksum, like files of older versions and of other
   programs. name is the name from the cell. */
void model_load_warn_unverified(struct session *s, const struct model_file *file, const char *name);

/* A number from the file's metadata; fallback if it is missing or not a number. */
double model_load_number(const struct model_file *file, const char *key, double fallback);

#endif
