/*
 * current_data - the data set of a session, as loaded and as preprocessed.
 *
 * The commands `load`, `preprocess` and `augment` change it; `train`, `evaluate` and `explore` read
 * it. A command completes new data before it replaces the old, so that a failing command loses
 * nothing.
 *
 *     loaded ─ preprocess.h ─> prepared ─ split.h ─> images ─ normalize.h, augment.h ─> network
 *
 * Invariant: every change of the images that a training would see increases data.version. `train
 * resume` compares it with the version that the interrupted training used.
 */
#ifndef MNIST_WORKSPACE_CURRENT_DATA_H
#define MNIST_WORKSPACE_CURRENT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/data/augment.h"
#include "mnist/data/data_loader.h"
#include "mnist/data/dataset.h"
#include "mnist/data/normalize.h"
#include "mnist/data/preprocess.h"
#include "mnist/data/split.h"
#include "mnist/language/bound_call.h"
#include "mnist/nn/engine/data_source.h"

struct session;

/* The conversion of pixels to a network's input. A model stores the one that it was trained with.
   */
struct preparation {
    struct preprocess_config config;
    struct normalization normalization;
};

struct data {
    struct dataset *loaded;   /* NULL = no data set is loaded                               */
    struct dataset *prepared; /* deskewed or cropped copy; == loaded if there is neither    */
    struct preparation preparation;
    int validation; /* number of images held out for validation */
    uint64_t split_seed;
    struct split split;
    bool chosen; /* the user chose the preprocessing; false: `train` may choose it */
    struct augment_config augment;
    int clean_epochs; /* last epochs of a training, without augmentation */
    uint64_t version; /* see the invariant above */
};

/* Loads MNIST if no data set is loaded. */
bool data_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);

/* Appends to the error of a published data set ("mnist", "fashion") that could not be loaded how to
   get its files. */
void data_advise(const char *set, struct error *error);

/* Replaces the data set, without preprocessing. dataset is consumed. */
void data_replace(struct session *s, struct dataset *dataset);

/* Preprocesses the loaded data again. On failure the session's data are unchanged. report may be
   NULL. */
bool data_prepare(struct session *s, const struct preprocess_config *config, int validation,
                  uint64_t seed, struct preprocess_report *report, struct progress *progress,
                  struct error *error);

/* data_prepare into *data; the session's data are unchanged. The two share what is equal: after one
   of them was chosen, data_release_other frees what only the other one owns. */
bool data_prepare_beside(struct session *s, const struct preprocess_config *config, int validation,
                         uint64_t seed, struct data *data, struct preprocess_report *report,
                         struct progress *progress, struct error *error);
void data_release_other(struct data *data, const struct data *kept);
void data_release(struct data *data);

/* ---- the images that a command names ---- */

/* "train", "validation" or "test" images of the prepared data. */
struct selection {
    const char *name;
    const struct dataset_part *part;
    const uint32_t *items; /* [count] indices into part; NULL = all images of part, in order */
    int count;
};

bool data_select(struct session *s, const struct bound_call *call, const char *parameter,
                 struct selection *selection, struct diagnostic *diagnostic);

/* Reads the parameter "index". The diagnostic of an index out of range states the range. */
bool pick_image(const struct bound_call *call, const struct selection *selection, int *index,
                struct diagnostic *diagnostic);

/* "training", "validation", "test". */
const char *selection_noun(const struct selection *selection);

/* Index of image `index` of the selection in selection->part. */
int selection_index(const struct selection *selection, int index);

/* Prepared pixels and label of image `index` of the selection. */
const uint8_t *selection_image(const struct session *s, const struct selection *selection,
                               int index);
int selection_label(const struct selection *selection, int index);

/* A data loader over the selection, for evaluation. NULL with error set. Caller frees. */
struct data_loader *selection_loader(const struct session *s, const struct selection *selection,
                                     const struct normalization *normalization,
                                     struct error *error);
struct data_source data_loader_source(struct data_loader *loader);

/* ---- text ---- */

/* The names of the classes of the loaded data set, borrowed until it is replaced. */
void class_names(const struct session *s, const char *names[DATASET_CLASSES]);

/* "rotate=15 shift=3 scale=0.15 shear=10 elastic=0", with " stretch=0.1" and " clean=4" if these
   are not 0, or "none". Returns text. */
enum { AUGMENTATION_SIZE = 256 };
const char *augmentation_text(char *text, size_t size, const struct augment_config *config,
                              int clean_epochs);

/* Appends the plugin augmentation of this name to config. A diagnostic points at the parameter. */
bool augmentation_add(const struct session *s, struct augment_config *config,
                      const struct bound_call *call, const char *parameter, const char *name,
                      struct diagnostic *diagnostic);

/* "deskew crop=24 normalize", or "nothing". Returns text. */
const char *preparation_text(char *text, size_t size, const struct preprocess_config *config);

#endif
