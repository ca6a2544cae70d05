/*
 * preprocess - changes made to every image once, before any training: deskew, then crop.
 *
 * commands/ applies it to a loaded data set and keeps both; predict applies the same config to a
 * user's picture. The result is bytes again, so it can be saved as IDX, loaded, explored like any
 * other. Normalisation is only noted here (normalize.h makes its table when batches are made).
 *
 * Deskew shears each image about its centre of ink so that the ink stands upright: with m_ij the
 * central moments of ink (i down, j across), row i moves by (m_11 / m_20) * (i - centre) pixels,
 * read linearly between two pixels, the slope limited to 2 (LeCun et al. 1998, "Gradient-based
 * learning applied to document recognition", section III: "deslanted"). Moments are integers and
 * positions fixed-point, so the bytes are the same on every machine. Crop keeps the crop x crop
 * pixels in the middle; only border is removed.
 */
#ifndef MNIST_DATA_PREPROCESS_H
#define MNIST_DATA_PREPROCESS_H

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

struct preprocess_config {
    bool normalize; /* noted and saved; see normalize.h  */
    bool deskew;
    int crop; /* side kept, in pixels; 0 = no crop */
};

/* What happened to the images of both parts. */
struct preprocess_report {
    int images;        /* how many went through                                  */
    int lost_ink;      /* images of which the crop removed pixels with ink       */
    double lost_share; /* share of all ink that went with them, 0..1             */
    int deskewed;      /* images that the deskewing changed                      */
};

/* Can config be applied to rows x cols? error names what cannot. */
__attribute__((warn_unused_result)) bool preprocess_check(const struct preprocess_config *config,
                                                          int rows, int columns,
                                                          struct error *error);

/* Rows and columns after config. */
int preprocess_rows(const struct preprocess_config *config, int rows);
int preprocess_columns(const struct preprocess_config *config, int columns);

/* A new data set with every image changed; `in` is left alone and may be freed before the
   result. report may be NULL. NULL with error set (config does not fit, no memory, stopped by
   watch). Caller frees with dataset_free. */
__attribute__((warn_unused_result)) struct dataset *preprocess_apply(
    const struct preprocess_config *config, const struct dataset *in, struct thread_pool *pool,
    struct preprocess_report *report, struct progress *watch, struct error *error);

/* The same for one image: out [preprocess_rows, preprocess_columns] from in [rows, cols]. config
   has passed preprocess_check. Any thread may call it. */
void preprocess_image(const struct preprocess_config *config, uint8_t *out, const uint8_t *in,
                      int rows, int columns);

/* What dataset.json records of a saved set besides what the set itself knows. */
struct preprocess_origin {
    const char *hash; /* dataset_source_hash of the set as it was loaded; "" = not known */
    int validation;   /* images held out, 0 = none */
    uint64_t seed;    /* of that split             */
};

/* Removes what savings into this folder, or of a set in it, have left whose processes were killed. */
void preprocess_remove_abandoned(const char *folder);

/* Saves data set as four IDX files and dataset.json in a new or existing folder; its parents are
   made too. An existing folder must hold such a set or nothing. It is replaced as a whole: a reader,
   during the saving or after a crash, finds the old set or the new one. */
__attribute__((warn_unused_result)) bool preprocess_save(const struct preprocess_config *config,
                                                         const struct dataset *dataset,
                                                         const char *folder,
                                                         const struct preprocess_origin *origin,
                                                         struct error *error);

/* What dataset.json in folder says. False with error set when it is missing or damaged. */
__attribute__((warn_unused_result)) bool preprocess_load_note(const char *folder,
                                                              struct preprocess_config *config,
                                                              int *validation, uint64_t *seed,
                                                              struct error *error);

#endif
