/*
 * model_metadata - what a model file says beside the weights: recipe, seed, preparation, figures.
 *
 * model_commands.c writes it with `model save`, train.c into each checkpoint; model_load.c reads it
 * again. Times are left out: the same training gives the same file.
 */
#ifndef MNIST_COMMANDS_MODEL_METADATA_H
#define MNIST_COMMANDS_MODEL_METADATA_H

#include "mnist/nn/model/model_file.h"
#include "mnist/workspace/current_model.h"
#include "mnist/workspace/project_paths.h"

enum { MODEL_PAIRS_MAX = 32, MODEL_NUMBER_SIZE = 32 };

/* Metadata of a network, ready for model_file_save. Texts are borrowed from the model. */
struct model_pairs {
    struct model_pair items[MODEL_PAIRS_MAX];
    int count;
    char numbers[MODEL_PAIRS_MAX][MODEL_NUMBER_SIZE];
    int number_count;
    char *history, *provenance; /* owned */
};

/* Release with model_pairs_release, also after a failure. */
bool model_pairs_make(struct model_pairs *pairs, const struct model *model, struct error *error);
void model_pairs_release(struct model_pairs *pairs);

/* Where the checkpoint of the network of this name lies. */
bool checkpoint_path(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                     struct error *error);

#endif
