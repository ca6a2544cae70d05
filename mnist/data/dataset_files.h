/*
 * dataset_files - finds the four IDX files of a data set in a folder, and reads them.
 *
 * dataset.c calls it. Each file name has four spellings: with "-idx" or ".idx", plain or with
 * ".gz". A file may be in the folder itself or in a subfolder with the file's name. The first
 * existing file is used.
 */
#ifndef MNIST_DATA_DATASET_FILES_H
#define MNIST_DATA_DATASET_FILES_H

#include "mnist/data/dataset.h"

/* The order of the files, also in struct dataset. */
enum {
    DATASET_TRAIN_IMAGES,
    DATASET_TRAIN_LABELS,
    DATASET_TEST_IMAGES,
    DATASET_TEST_LABELS,
};

enum {
    SPELLING_SIZE = 32, /* bytes of a spelling, including the NUL */
    DATASET_PATH_SIZE = DATASET_FOLDER_SIZE + 2 * SPELLING_SIZE,
};

/* Whether all four files exist; their content is not checked. */
bool dataset_files_complete(const char *folder);

/* Reads the files into files, and stores their paths. They must fit together: as many labels as
   images, all images of one size, at least one training image. False with error on failure; the
   caller releases files in both cases. */
__attribute__((warn_unused_result)) bool dataset_files_read(
    struct idx files[DATASET_FILES], char paths[DATASET_FILES][DATASET_PATH_SIZE],
    const char *folder, struct progress *progress, struct error *error);

#endif
