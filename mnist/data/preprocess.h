/*
 * preprocess - transforms every image once, before training: deskew, then crop.
 *
 * commands/ applies it to a loaded data set and keeps both data sets; `predict` applies the same
 * config to a user's picture. The result consists of bytes, so that it can be saved as IDX files,
 * loaded and explored like other data sets. The config only records normalisation; data_loader.h
 * applies it.
 *
 * Deskew shears each image about its centre of ink until the ink is upright. With the central
 * moments m_ij of ink (i down, j across), row i is shifted by (m_11 / m_20) * (i - centre) pixels,
 * with linear interpolation between two pixels and a slope of at most 2 (LeCun et al. 1998,
 * "Gradient-based learning applied to document recognition", section III: "deslanted"). Moments are
 * integers and positions are in fixed point, so the bytes are the same on every machine. Crop keeps
 * the crop x crop pixels in the centre.
 */
#ifndef MNIST_DATA_PREPROCESS_H
#define MNIST_DATA_PREPROCESS_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

struct preprocess_config {
    bool normalize; /* recorded and saved; see normalize.h */
    bool deskew;
    int crop; /* side kept, in pixels; 0 = no crop */
};

/* Statistics over the images of both parts. */
struct preprocess_report {
    int images;        /* number of images                                       */
    int lost_ink;      /* images whose ink was partly removed by the crop        */
    double lost_share; /* removed fraction of all ink, 0..1                      */
    int deskewed;      /* images that deskewing has changed                      */
};

/* Whether config can be applied to images of rows x columns. error (ERROR_USAGE) states the valid
   range otherwise. */
__attribute__((warn_unused_result)) bool preprocess_check(const struct preprocess_config *config,
                                                          int rows, int columns,
                                                          struct error *error);

/* Rows and columns of the preprocessed images. */
int preprocess_rows(const struct preprocess_config *config, int rows);
int preprocess_columns(const struct preprocess_config *config, int columns);

/* A new data set with every image preprocessed; it does not refer to `in`. report may be NULL. NULL
   with error (config does not fit, out of memory, interrupted). Caller frees with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *preprocess_apply(
    const struct preprocess_config *config, const struct dataset *in, struct thread_pool *pool,
    struct preprocess_report *report, struct progress *progress, struct error *error);

/* Preprocesses one image: out [preprocess_rows, preprocess_columns] from in [rows, columns]. config
   must have passed preprocess_check. Thread-safe. */
void preprocess_image(const struct preprocess_config *config, uint8_t *out, const uint8_t *in,
                      int rows, int columns);

/* Fields of dataset.json that are not in struct dataset. */
struct preprocess_origin {
    const char *hash; /* dataset_source_hash of the loaded data set; "" = unknown */
    int validation;   /* images held out, 0 = none */
    uint64_t seed;    /* of the validation split   */
};

/* Removes temporary files and folders that killed processes have left while they saved a data set
   as this folder or in it. */
void preprocess_remove_abandoned(const char *folder);

/* Saves the data set as four IDX files and dataset.json in a folder, which is created with its
   parents. An existing folder must be empty or contain only a saved data set. It is replaced as a
   whole: during the saving and after a crash, a reader finds either the old data set or the new
   one. */
__attribute__((warn_unused_result)) bool preprocess_save(const struct preprocess_config *config,
                                                         const struct dataset *dataset,
                                                         const char *folder,
                                                         const struct preprocess_origin *origin,
                                                         struct error *error);

#endif
