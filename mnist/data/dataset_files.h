/*
 * dataset_files - finds the four IDX files of a data set in a folder, and reads them.
 *
 * dataset.c calls it. Each name has four spellings: with "-idx" or ".idx", plain or with ".gz". A
 * file lies in the folder itself, or in a folder of its own that has the file's name. The first
 * that exists is taken.
 */
#ifndef MNIST_DATA_DATASET_FILES_H
#define MNIST_DATA_DATASET_FILES_H

#include "mnist/data/dataset.h"

/* Order of the files, also in struct dataset. */
enum {
    DATASET_TRAIN_IMAGES,
    DATASET_TRAIN_LABELS,
    DATASET_TEST_IMAGES,
    DATASET_TEST_LABELS,
};

enum {
    SPELLING_SIZE = 32, /* bytes of a spelling, its NUL included */
    DATASET_PATH_SIZE = DATASET_FOLDER_SIZE + 2 * SPELLING_SIZE,
};

/* All four files are in the folder, whatever they contain. */
bool dataset_files_complete(const char *folder);

/* Reads the files, which must belong together: as many labels as images, images of one size, at
   least one image to train on. paths are theirs. False with error set; the caller releases files
   in both cases. */
__attribute__((warn_unused_result)) bool dataset_files_read(
    struct idx files[DATASET_FILES], char paths[DATASET_FILES][DATASET_PATH_SIZE],
    const char *folder, struct progress *watch, struct error *error);

#endif
