/*
 * model_metadata - the metadata of a model file: recipe, seed, preparation, history, accuracy.
 *
 * `model save` and each checkpoint of a training write it; model_load.c reads it. Times are not
 * saved: the same training always gives the same file.
 */
#ifndef MNIST_COMMANDS_MODEL_METADATA_H
#define MNIST_COMMANDS_MODEL_METADATA_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"

enum { MODEL_METADATA_MAX = 32, MODEL_NUMBER_SIZE = 32 };

/* Metadata of a network, ready for model_file_save. Texts are borrowed from the model. */
struct model_metadata {
    struct model_pair items[MODEL_METADATA_MAX];
    int count;
    char numbers[MODEL_METADATA_MAX][MODEL_NUMBER_SIZE];
    int number_count;
    char *history, *provenance; /* owned */
};

/* Release with model_metadata_release, also after a failure. */
bool model_metadata_make(struct model_metadata *metadata, const struct model *model,
                         struct error *error);
void model_metadata_release(struct model_metadata *metadata);

#endif
