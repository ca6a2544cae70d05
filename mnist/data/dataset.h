/*
 * dataset - images with their labels, a training part and a test part, as they lie in a folder.
 *
 * commands/ loads one; nn/ sees it only through data_loader.h. Pixels stay the bytes of the file (0 =
 * paper, 255 = ink), copied into memory; a network's input is made from them batch by batch.
 *
 * A folder holds four files, plain or with ".gz" behind, with "-idx" or ".idx" in their names:
 *     train-images-idx3-ubyte   train-labels-idx1-ubyte
 *     t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte
 * each in this folder, or in a folder of its own that has the file's name,
 * and, if preprocess.h saved it, `dataset.json`, which says whose images these were and what was
 * done to them.
 */
#ifndef MNIST_DATA_DATASET_H
#define MNIST_DATA_DATASET_H

#include "mnist/base/sha256_hex.h"
#include "mnist/data/idx.h"

enum {
    DATASET_CLASSES = IDX_CLASSES,
    DATASET_NAME_SIZE = 64,
    DATASET_FOLDER_SIZE = 1024,
    DATASET_NOTE_SIZE = 256,
    DATASET_FILES = 4,
};

/* What the caller says the folder is. A known one must have the known SHA-256, else loading
   fails. */
enum dataset_kind {
    DATASET_ANY,
    DATASET_MNIST,
    DATASET_FASHION,
};

struct dataset_part {
    int count;             /* 0 is possible for the test part */
    const uint8_t *images; /* [count, rows, cols], borrowed from the data set */
    const uint8_t *labels; /* [count], each 0..9, borrowed from the data set  */
};

struct dataset {
    char name[DATASET_NAME_SIZE];     /* "mnist", "fashion", or the folder's last word  */
    char folder[DATASET_FOLDER_SIZE]; /* where it was read; "" = only in memory         */
    char note[DATASET_NOTE_SIZE];     /* what was done: "deskew, crop 24"; "" = nothing */
    enum dataset_kind kind;           /* whose class names these are; DATASET_ANY = digits      */
    bool checked;                     /* every file has the SHA-256 of the published data set   */
    int rows, columns;                /* of every image                                         */
    struct dataset_part train, test;

    /* Private: what train and test point into; hashes, "" = not computed yet. */
    struct idx files[DATASET_FILES];
    char file_hashes[DATASET_FILES][SHA256_HEX_SIZE];
    char hash[SHA256_HEX_SIZE];        /* of dataset_hash                                       */
    char source_hash[SHA256_HEX_SIZE]; /* from dataset.json: hash of the set this was made from */
    bool edited;                       /* dataset_edit was called: no hash may be kept          */
};

/* Reads the four files. NULL with error set; nothing is kept. Caller frees with dataset_free.
   DATASET_ANY recognises MNIST and Fashion-MNIST by their SHA-256. */
__attribute__((warn_unused_result)) struct dataset *dataset_load(const char *folder,
                                                                 enum dataset_kind kind,
                                                                 struct progress *watch,
                                                                 struct error *error);
void dataset_free(struct dataset **dataset);

/* A data set in memory with room for so many images, pixels and labels 0; NULL with error set.
   What fills it (preprocess.c) writes through dataset_images and dataset_labels. Caller frees
   with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *dataset_new(int train_count, int test_count,
                                                                int rows, int columns,
                                                                struct error *error);
/* The writable pixels and labels of a part of a data set from dataset_new: [count, rows, cols]
   and [count]. */
uint8_t *dataset_images(struct dataset *dataset, struct dataset_part *part);
uint8_t *dataset_labels(struct dataset *dataset, struct dataset_part *part);

/* From now on the bytes of all parts may be written to. The data set is then no longer that of its
   files (checked is false). False with error set. */
bool dataset_edit(struct dataset *dataset, struct error *error);

/* Identifies the content of a data set: equal for two sets exactly when they have the same images
   and labels in the same order, wherever they lie and however their files are named or packed.
   64 hexadecimal digits: the SHA-256 of four lines, each the SHA-256 of one plain IDX file (its
   hexadecimal digits, then a newline), in the order training images, training labels, test images,
   test labels. Computed at first use, at no cost for MNIST and Fashion-MNIST, whose files were
   hashed when they were loaded; other sets cost 0.03 s to 0.2 s for 55 MB. Computed again at each
   call after dataset_edit. "" if OpenSSL fails. Borrowed until the next call. */
const char *dataset_hash(struct dataset *dataset);

/* The hash of the set that `preprocess save=` made this one from, as dataset.json has it; for any
   other set its own hash. Borrowed as above. */
const char *dataset_source_hash(struct dataset *dataset);

/* "7", "T-shirt/top": the class's name. Static. */
const char *dataset_class_name(const struct dataset *dataset, int class);

/* Bytes of one image, rows * cols. */
static inline size_t dataset_image_size(const struct dataset *dataset)
{
    return (size_t)dataset->rows * (size_t)dataset->columns;
}

/* Image number index of a part: [rows, cols]. */
static inline const uint8_t *dataset_image(const struct dataset *dataset,
                                           const struct dataset_part *part, int index)
{
    return part->images + (size_t)index * dataset_image_size(dataset);
}

#endif
