/*
 * dataset - images with labels, in a training part and a test part, read from a folder.
 *
 * commands/ loads a data set; nn/ reads it only through data_loader.h. Pixels are the bytes of the
 * file (0 = paper, 255 = ink), copied into memory; data_loader.h converts them batch by batch.
 *
 * A folder contains four files, plain or with the suffix ".gz", with "-idx" or ".idx" in their
 * names:
 *     train-images-idx3-ubyte   train-labels-idx1-ubyte
 *     t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte
 * Each file is in this folder or in a subfolder with the file's name. A folder written by
 * preprocess.h also contains `dataset.json`, which names the source of the images and their
 * preprocessing.
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

/* The data set that the caller expects in the folder. Loading fails if the files of MNIST or
   Fashion-MNIST do not have the SHA-256 of the published ones. */
enum dataset_kind {
    DATASET_ANY,
    DATASET_MNIST,
    DATASET_FASHION,
};

struct dataset_part {
    int count;             /* 0 is possible for the test part */
    const uint8_t *images; /* [count, rows, columns], borrowed from the data set */
    const uint8_t *labels; /* [count], each 0..9, borrowed from the data set  */
};

struct dataset {
    char name[DATASET_NAME_SIZE];     /* "mnist", "fashion", or the name of the folder  */
    char folder[DATASET_FOLDER_SIZE]; /* source folder; "" = only in memory             */
    char note[DATASET_NOTE_SIZE];     /* preprocessing: "deskew, crop 24"; "" = none    */
    enum dataset_kind kind;           /* selects the class names; DATASET_ANY = digits          */
    bool checked;                     /* every file has the SHA-256 of the published data set   */
    int rows, columns;                /* of every image                                         */
    struct dataset_part train, test;

    /* Private: the memory of train and test, and hashes ("" = not computed yet). */
    struct idx files[DATASET_FILES];
    char file_hashes[DATASET_FILES][SHA256_HEX_SIZE];
    char hash[SHA256_HEX_SIZE];        /* the result of dataset_hash                            */
    char source_hash[SHA256_HEX_SIZE]; /* from dataset.json: hash of the source data set        */
    bool edited;                       /* dataset_edit was called: hashes must not be cached    */
};

/* Reads the four files. DATASET_ANY recognises MNIST and Fashion-MNIST by their SHA-256. NULL with
   error on failure. Caller frees with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *dataset_load(const char *folder,
                                                                 enum dataset_kind kind,
                                                                 struct progress *progress,
                                                                 struct error *error);
void dataset_free(struct dataset **dataset);

/* A data set in memory with this number of images, whose pixels and labels are 0. The caller fills
   it through dataset_images and dataset_labels. NULL with error when memory runs out. Caller frees
   with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *dataset_new(int train_count, int test_count,
                                                                int rows, int columns,
                                                                struct error *error);
/* The writable pixels [count, rows, columns] and labels [count] of a part of a data set from
   dataset_new. */
uint8_t *dataset_images(struct dataset *dataset, struct dataset_part *part);
uint8_t *dataset_labels(struct dataset *dataset, struct dataset_part *part);

/* Makes the images and labels of all parts writable. The data set then no longer counts as that of
   its files (checked becomes false). False with error on failure. */
bool dataset_edit(struct dataset *dataset, struct error *error);

/* Identifies the content of a data set: two sets have the same hash exactly if they have the same
   images and labels in the same order, independent of file names and compression. 64 hexadecimal
   digits: the SHA-256 of four lines, each the SHA-256 of one plain IDX file (its hexadecimal
   digits, then a newline), in the order training images, training labels, test images, test labels.
   Computed at first use: at no cost for MNIST and Fashion-MNIST, whose files are hashed when they
   are loaded; in 0.03 s to 0.2 s per 55 MB for others. After dataset_edit, computed at every call.
   "" if OpenSSL fails. Borrowed until the next call. */
const char *dataset_hash(struct dataset *dataset);

/* The hash of the data set from which `preprocess save=` created this one, from dataset.json; for
   any other data set dataset_hash. Borrowed until the next call. */
const char *dataset_source_hash(struct dataset *dataset);

/* The name of a class: "7", "T-shirt/top". Static. */
const char *dataset_class_name(const struct dataset *dataset, int class);

/* Bytes of one image, rows * cols. */
static inline size_t dataset_image_size(const struct dataset *dataset)
{
    return (size_t)dataset->rows * (size_t)dataset->columns;
}

/* The image with this index in a part: [rows, columns]. */
static inline const uint8_t *dataset_image(const struct dataset *dataset,
                                           const struct dataset_part *part, int index)
{
    return part->images + (size_t)index * dataset_image_size(dataset);
}

#endif
