/*
 * provenance - the images that a network was trained on, and consequences for its figures.
 *
 * train.c adds an entry when a training begins; model_metadata.c writes the entries into model
 * files and model_load.c reads them. Commands that apply a network to images compare its provenance
 * with the data of the session:
 *
 *   - Other data: the network was trained on a data set with other content. The command prints a
 *     warning.
 *   - Leakage: images that are held out for validation now were training images of the network, so
 *     that figures on them overestimate its accuracy on new images.
 *
 * A data set is identified by dataset_hash, not by its name. Images keep their index when a data
 * set is preprocessed and saved, so leakage is computed between sets with the same source hash. The
 * validation images of a training are reproduced from (labels, count, seed) by split.h.
 */
#ifndef MNIST_WORKSPACE_PROVENANCE_H
#define MNIST_WORKSPACE_PROVENANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "mnist/data/dataset.h"

/* The training part of a data set, without the images held out for validation. */
struct training_images {
    char name[DATASET_NAME_SIZE];      /* of the data set                                  */
    char hash[SHA256_HEX_SIZE];        /* dataset_hash; "" = not known (older model file)  */
    char source_hash[SHA256_HEX_SIZE]; /* dataset_source_hash; "" = not known              */
    int validation;                    /* images held out of the training; 0 = none        */
    uint64_t split_seed;               /* seed of the validation split                     */
};

enum { PROVENANCE_MAX = 8 };

/* Oldest first. Zero-initialised: not trained. */
struct provenance {
    struct training_images entries[PROVENANCE_MAX];
    int count;
};

/* Adds an entry, unless the last one is equal. If the list is full, the oldest entry is merged into
   a later entry of the same images, which then holds out none; without such an entry it is dropped.
   */
void provenance_add(struct provenance *provenance, const struct training_images *entry);

/* The latest entry; NULL = none. */
const struct training_images *provenance_last(const struct provenance *provenance);

/* True if the latest training used the content of dataset. Older files without a hash are compared
   by name; an untrained network fits any data. */
bool provenance_knows(const struct provenance *provenance, struct dataset *dataset);

/* *leaked = number of images items [count], of the training part of dataset, that the network was
   trained on. False with error set if memory runs out. */
__attribute__((warn_unused_result)) bool provenance_leakage(const struct provenance *provenance,
                                                            struct dataset *dataset,
                                                            const uint32_t *items, int count,
                                                            int *leaked, struct error *error);

/* Conversion to and from the JSON array of a model file. provenance_text: caller frees; NULL if
   memory runs out. provenance_parse: false if text is not such an array. */
char *provenance_text(const struct provenance *provenance);
__attribute__((warn_unused_result)) bool provenance_parse(struct provenance *provenance,
                                                          const char *text);

#endif
