/*
 * provenance - the images that a network has learnt from, and what they imply for its figures.
 *
 * train.c adds an entry when a training begins; model_metadata.c writes the entries into model
 * files and model_load.c reads them. The commands that use a network on images compare its
 * provenance with the data of the session:
 *
 *   - Other data: the network was trained on a data set with another content. Its answers are still
 *     computed, with a warning.
 *   - Leakage: images that are now held out for validation were training images of the network, so
 *     that figures on them are too good as an estimate for new images.
 *
 * A data set is identified by dataset_hash, not by its name. Images keep their index when a data
 * set is preprocessed and saved, so leakage is computed between sets with the same source hash.
 * The validation images of a training follow from (labels, count, seed) by split.h.
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
    uint64_t split_seed;               /* of their choice                                  */
};

enum { PROVENANCE_MAX = 8 };

/* Oldest first; the last entry is that of the latest training. Zero-initialised: not trained. */
struct provenance {
    struct training_images entries[PROVENANCE_MAX];
    int count;
};

/* Adds an entry, unless the last one is the same. When all are taken, the oldest is merged into a
   later entry of the same images, which then holds out nothing; if there is none, it is dropped. */
void provenance_add(struct provenance *provenance, const struct training_images *entry);

/* The latest entry; NULL = none. */
const struct training_images *provenance_last(const struct provenance *provenance);

/* Whether the latest training used the content of dataset. Older files that state no hash are
   compared by name; a network that was not trained fits any data. */
bool provenance_knows(const struct provenance *provenance, struct dataset *dataset);

/* How many of the images items [count] of the training part of dataset the network has learnt
   from. False with error when memory runs out. */
__attribute__((warn_unused_result)) bool provenance_leakage(const struct provenance *provenance,
                                                            struct dataset *dataset,
                                                            const uint32_t *items, int count,
                                                            int *leaked, struct error *error);

/* The entries as the text of a JSON array for a model file, and back. provenance_text: caller
   frees; NULL = out of memory. provenance_parse: false when text is no such array. */
char *provenance_text(const struct provenance *provenance);
__attribute__((warn_unused_result)) bool provenance_parse(struct provenance *provenance,
                                                          const char *text);

#endif
