/*
 * dataset_json - the file dataset.json: source and preprocessing of the images of a saved data set.
 *
 * preprocess.c writes it next to the four IDX files; dataset.c reads it when it loads the folder.
 * The format is:
 *
 *     {
 *       "format": "mnist-dataset", "version": 1,
 *       "source": "mnist", "classes": "digits" or "fashion",
 *       "source_sha256": "c2d8...", (optional: dataset_hash of the set it was made from)
 *       "deskew": true, "crop": 24, "normalize": true,
 *       "validation": 5000, "seed": 1,
 *       "note": "deskew, crop 24"
 *     }
 * Unknown fields are ignored, so that a newer program may add fields; a missing or invalid field is
 * an error.
 */
#ifndef MNIST_DATA_DATASET_JSON_H
#define MNIST_DATA_DATASET_JSON_H

#include "mnist/base/errors.h"
#include "mnist/base/sha256_hex.h"

#include <stdint.h>

#define DATASET_JSON_FILE "dataset.json"

enum {
    DATASET_JSON_VERSION = 1,
    DATASET_JSON_FILE_MAX = 1 << 16, /* bytes of dataset.json */
    DATASET_JSON_SOURCE_SIZE = 64,
    DATASET_JSON_NOTE_SIZE = 256,
    DATASET_JSON_CROP_MAX = 256,
};

struct dataset_json {
    char source[DATASET_JSON_SOURCE_SIZE]; /* name of the source data set               */
    char source_hash[SHA256_HEX_SIZE];     /* dataset_hash of the source; "" = unknown  */
    char note[DATASET_JSON_NOTE_SIZE];     /* all preprocessing, as text for the user   */
    bool fashion;                          /* classes are garments, otherwise digits    */
    bool deskew, normalize;
    int crop;       /* 0 = none                                    */
    int validation; /* images held out, 0 = none                   */
    uint64_t seed;  /* of the split, at most 2^63 - 1 (a JSON int) */
};

/* Writes folder/dataset.json; on failure an existing file is unchanged. */
__attribute__((warn_unused_result)) bool dataset_json_write(const struct dataset_json *fields,
                                                            const char *folder,
                                                            struct error *error);

/* Reads folder/dataset.json. If the file does not exist, returns true with *present = false and all
   fields zero. */
__attribute__((warn_unused_result)) bool dataset_json_read(struct dataset_json *fields,
                                                           bool *present, const char *folder,
                                                           struct error *error);

#endif
