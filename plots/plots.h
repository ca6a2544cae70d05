/*
 * plots - the pictures: one function for each, from plain arrays to a finished picture.
 *
 * mnist/commands calls these functions. Each writes the template's variables (script.h) and draws
 * plots_dir/NAME.gp with gnuplot.h. The .gp files define the appearance, the C code the numbers and
 * the sentence. Fill every config with designated initialisers; omitted fields (0, NULL) have
 * defaults, also the title. Arrays are borrowed for the call.
 *
 * Text may be any UTF-8. It is drawn literally; invalid bytes become U+FFFD, control characters
 * become spaces. Floats that are NaN or infinite are not drawn. Without data (a count of 0, only
 * NaN), or with more than the named maximum, the error is PLOT_ERROR_DATA. All functions return
 * true with picture filled (free it with picture_release), or false with error set and picture
 * unchanged.
 */
#ifndef PLOTS_PLOTS_H
#define PLOTS_PLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "plots/gnuplot.h"
#include "plots/picture.h"

enum {
    PLOT_IMAGES_MAX = 400,     /* images in one grid; readable up to about 100        */
    PLOT_IMAGE_SIDE_MAX = 256, /* rows or columns of one image                        */
    PLOT_CLASSES_MAX = 30,     /* classes in counts, confusion, prediction, scatter   */
    PLOT_BARS_MAX = 60,
    PLOT_SERIES_MAX = 8,       /* lines in one line chart                             */
    PLOT_POINTS_MAX = 1000000, /* points of one array; long lines are thinned out     */
    PLOT_SCATTER_DRAWN = 2000, /* points of a scatter plot that are drawn, evenly spaced */
};

#define PLOT_RESULT __attribute__((warn_unused_result)) bool

/* count images of rows x columns in row-major order: either bytes (0 = paper, 255 = ink) or
   floats. */
struct plot_stack {
    const unsigned char *bytes; /* [count, rows, columns], or NULL               */
    const float *floats;        /* [count, rows, columns], or NULL               */
    int count, rows, columns;
};

/* ---- images.c, comparison.c, digit.c: black ink on white paper ------------------------------ */

/* A grid of images with a caption below each (samples, outliers, duplicates). */
struct plot_images {
    const char *title;
    struct plot_stack images;
    const char *const *captions; /* [count] or NULL; an item may be NULL              */
    const bool *marked;          /* [count] or NULL: caption in colour with a mark    */
    int across;                  /* images per line; 0: automatic                     */
    const char *sentence;        /* NULL: generated from title, count and size        */
};
PLOT_RESULT plot_images(struct gnuplot *gnuplot, const struct plot_images *config,
                        struct picture *picture, struct plot_error *error);

/* One enlarged image with the value of each pixel (bytes 0..255; floats with one decimal). At most
   32 x 32 pixels. */
struct plot_digit {
    const char *title;
    struct plot_stack image; /* count 1 */
    const char *label;       /* its class, for title and sentence; may be NULL */
};
PLOT_RESULT plot_digit(struct gnuplot *gnuplot, const struct plot_digit *config,
                       struct picture *picture, struct plot_error *error);

/* The mean image of each class, and below it the variance image (yellow = highest variance). */
struct plot_class_images {
    const char *title;
    const float *mean;     /* [classes, rows, columns], or NULL: only the variance; NaN for a class
                              without images */
    const float *variance; /* [classes, rows, columns], or NULL: only the mean     */
    int classes, rows, columns;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_class_images(struct gnuplot *gnuplot, const struct plot_class_images *config,
                              struct picture *picture, struct plot_error *error);

/* Rows with an original image, followed by its variants (augmentation). */
struct plot_variants {
    const char *title;
    struct plot_stack originals; /* [n]                                               */
    struct plot_stack variants;  /* [n * k]: the k variants of original 0 first       */
    const char *const *captions; /* [n] names of the originals, or NULL               */
    const char *what;            /* "rotate=15 shift=3", for the default title; or NULL */
};
PLOT_RESULT plot_variants(struct gnuplot *gnuplot, const struct plot_variants *config,
                          struct picture *picture, struct plot_error *error);

/* The same images before (upper row) and after (lower row) preprocessing; sizes and types may
   differ. */
struct plot_before_after {
    const char *title;
    struct plot_stack before, after; /* [n] each                              */
    const char *const *captions;     /* [n], or NULL                          */
    const char *what;                /* "deskew crop=24", for the default title; or NULL */
};
PLOT_RESULT plot_before_after(struct gnuplot *gnuplot, const struct plot_before_after *config,
                              struct picture *picture, struct plot_error *error);

/* Misclassified images, each with its true class, its predicted class and the probability. */
struct plot_errors {
    const char *title;
    struct plot_stack images;
    const int *truth, *predicted; /* [count] class indices             */
    const int *index;             /* [count] of each image in its set, or NULL */
    const float *probability;     /* [count] of the predicted class, 0..1; or NULL */
    const char *const *names;     /* [classes]; NULL: "0", "1"...      */
    int classes;                  /* number of names                   */
    long long wrong, total;       /* all errors, and all images of the set; 0: unknown */
};
PLOT_RESULT plot_errors(struct gnuplot *gnuplot, const struct plot_errors *config,
                        struct picture *picture, struct plot_error *error);

/* One image, and next to it a bar for the probability of each class. */
struct plot_prediction {
    const char *title;
    struct plot_stack image;    /* count 1                              */
    const float *probabilities; /* [classes], 0..1                      */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"...           */
    int truth;                /* the true class, from 0; -1: unknown    */
};
PLOT_RESULT plot_prediction(struct gnuplot *gnuplot, const struct plot_prediction *config,
                            struct picture *picture, struct plot_error *error);

/* ---- maps.c: filters and feature maps ------------------------------------------------------ */

/* A convolution's filters (orange negative, white 0, blue positive, one symmetric range for all),
   with their indices from 0; "filter,channel" if there are several input channels. */
struct plot_filters {
    const char *title;
    const float *weights; /* [count, rows, columns] */
    int count, rows, columns;
    int channels;      /* input channels of one filter; 0: 1 */
    const char *layer; /* "conv1", for the default title; or NULL */
};
PLOT_RESULT plot_filters(struct gnuplot *gnuplot, const struct plot_filters *config,
                         struct picture *picture, struct plot_error *error);

/* A layer's feature maps (viridis, one range for all), with the input image left of them. */
struct plot_maps {
    const char *title;
    const float *maps; /* [count, rows, columns] */
    int count, rows, columns;
    const char *layer;       /* "conv1", for the default title; or NULL */
    struct plot_stack image; /* count 1, or 0: no input image           */
};
PLOT_RESULT plot_maps(struct gnuplot *gnuplot, const struct plot_maps *config,
                      struct picture *picture, struct plot_error *error);

/* ---- statistics.c: statistics of the data -------------------------------------------------- */

/* A bar for the number of images of each class in the training, validation and test set. */
struct plot_class_counts {
    const char *title;
    const long long *train, *validation, *test; /* [classes] each, or NULL */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_class_counts(struct gnuplot *gnuplot, const struct plot_class_counts *config,
                              struct picture *picture, struct plot_error *error);

/* A histogram of the 256 pixel values, on a logarithmic scale. */
struct plot_pixel_histogram {
    const char *title;
    const unsigned long long *counts; /* [256] */
};
PLOT_RESULT plot_pixel_histogram(struct gnuplot *gnuplot, const struct plot_pixel_histogram *config,
                                 struct picture *picture, struct plot_error *error);

/* A scatter plot with a colour and a shape for each class (PCA). */
struct plot_scatter {
    const char *title;
    const float *x, *y;          /* [count]                                                  */
    const unsigned char *labels; /* [count], below classes                                   */
    int count, classes;
    const char *const *names;    /* [classes]; NULL: "0", "1"...                               */
    double share_x, share_y;     /* share of the variance of each axis, 0..1; 0: unknown       */
    const char *x_name, *y_name; /* NULL: "First principal component", "Second ..."          */
};
PLOT_RESULT plot_scatter(struct gnuplot *gnuplot, const struct plot_scatter *config,
                         struct picture *picture, struct plot_error *error);

/* Cumulative explained variance, with the number of components for 90, 95 and 99 %. */
struct plot_explained {
    const char *title;
    const double *shares; /* [count] share of the variance of each component, 0..1, descending */
    int count;
};
PLOT_RESULT plot_explained(struct gnuplot *gnuplot, const struct plot_explained *config,
                           struct picture *picture, struct plot_error *error);

/* ---- curves.c: the course of a training ---------------------------------------------------- */

/* One value per epoch. The line to an incomplete epoch (index >= whole) is dashed. */
struct plot_curve {
    const char *title;
    const double *train,
        *validation;      /* [count] each, or NULL; NaN = not measured                     */
    const double *epochs; /* [count] x values (2.4 = stopped in the third epoch); NULL: 1, 2... */
    int count;
    int best;  /* the best epoch, from 1; 0: the best of validation; -1: none */
    int whole; /* number of complete epochs; 0: all */
};
PLOT_RESULT plot_loss(struct gnuplot *gnuplot, const struct plot_curve *config,
                      struct picture *picture, struct plot_error *error);
/* Values are 0..1 and drawn as percent. */
PLOT_RESULT plot_accuracy(struct gnuplot *gnuplot, const struct plot_curve *config,
                          struct picture *picture, struct plot_error *error);

/* The learning rates of a training, at all of its steps or at some of them. */
struct plot_rate {
    const char *title;
    const double *rates; /* [count]                               */
    const double *steps; /* [count] ascending from 1; NULL: 1, 2... */
    int count;
    int total_steps;          /* of the training; 0: the last of steps  */
    const double *epoch_ends; /* [epochs] last steps of epochs, to mark */
    int epochs;
    const char *schedule; /* "onecycle", for the title; or NULL */
};
PLOT_RESULT plot_rate(struct gnuplot *gnuplot, const struct plot_rate *config,
                      struct picture *picture, struct plot_error *error);

/* ---- confusion.c --------------------------------------------------------------------------- */

/* A confusion matrix: true classes as rows, predicted classes as columns, with the counts. */
struct plot_confusion {
    const char *title;
    const long long *counts; /* [classes, classes], row = truth, column = predicted */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_confusion(struct gnuplot *gnuplot, const struct plot_confusion *config,
                           struct picture *picture, struct plot_error *error);

/* ---- charts.c: charts of any data ---------------------------------------------------------- */

/* Horizontal bars with their values, from top to bottom. */
struct plot_bars {
    const char *title;
    const char *const *labels; /* [count] */
    const double *values;      /* [count] */
    const double *low, *high;  /* [count] interval of each value, or NULL */
    int count;
    const char *axis;     /* label of the axis: "Recall (%)"; or NULL                       */
    const char *format;   /* of a value, with one %f, %e or %g: "%.1f"; NULL: "%.4g"        */
    double from, to;      /* ends of the axis; both 0: automatic                            */
    const char *sentence; /* NULL: generated from the title, the largest and the smallest   */
};
PLOT_RESULT plot_bars(struct gnuplot *gnuplot, const struct plot_bars *config,
                      struct picture *picture, struct plot_error *error);

struct plot_series {
    const char *name;
    const double *x; /* [count]; NULL: 1, 2...              */
    const double *y; /* [count]; NaN = a gap                */
    int count;
    bool points; /* a mark at each point of the line        */
};

/* Lines with a legend; each has its own colour, dash pattern and, optionally, marks. */
struct plot_lines {
    const char *title, *x_axis, *y_axis;
    const struct plot_series *series; /* [count] */
    int count;
    bool log_x, log_y;    /* a logarithmic axis does not show values <= 0   */
    const char *sentence; /* NULL: generated from title and ends of the lines */
};
PLOT_RESULT plot_lines(struct gnuplot *gnuplot, const struct plot_lines *config,
                       struct picture *picture, struct plot_error *error);

#endif
