/*
 * plots - the pictures: one function each, plain arrays in, a finished picture out.
 *
 * commands/ calls these; each writes the template's variables (script.h) and has
 * plots_dir/NAME.gp drawn by gnuplot.h. Looks live in the .gp files, numbers and the sentence
 * here. Every config is filled with designated initialisers; what is left out (0, NULL) gets a
 * sensible default, the title included. Arrays are borrowed for the call.
 *
 * Text may be any UTF-8: it is drawn as it is written, never interpreted; bytes that are not
 * UTF-8 and control characters become U+FFFD and spaces. A float that is NaN or infinite is left
 * out of the drawing, and never harms the rest. Nothing to draw (a count of 0, only NaN) or more
 * than the named maximum is PLOT_ERROR_DATA. All functions: true and picture filled
 * (picture_release it), or false, picture untouched and error set.
 */
#ifndef PLOTS_PLOTS_H
#define PLOTS_PLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "plots/gnuplot.h"
#include "plots/picture.h"

enum {
    PLOT_IMAGES_MAX = 400,     /* images in one grid; up to 100 is comfortable      */
    PLOT_IMAGE_SIDE_MAX = 256, /* rows or columns of one image                      */
    PLOT_CLASSES_MAX = 30,     /* classes in counts, confusion, prediction, scatter */
    PLOT_BARS_MAX = 60,
    PLOT_SERIES_MAX = 8,       /* lines in one line plot                            */
    PLOT_POINTS_MAX = 1000000, /* points handed over; long lines are thinned out    */
    PLOT_SCATTER_DRAWN = 2000, /* points of a scatter that are drawn, evenly taken  */
};

#define PLOT_RESULT __attribute__((warn_unused_result)) bool

/* count images of rows x columns, row by row from the top left: either bytes (0 = paper, 255 =
   ink) or floats. */
struct plot_stack {
    const unsigned char *bytes; /* [count, rows, columns], or NULL               */
    const float *floats;        /* [count, rows, columns], or NULL               */
    int count, rows, columns;
};

/* ---- images.c: black ink on white paper ---------------------------------------------------- */

/* A grid of images with a line of text under each. Samples, outliers, duplicates. */
struct plot_images {
    const char *title;
    struct plot_stack images;
    const char *const *captions; /* [count] or NULL; an item may be NULL              */
    const bool *marked;          /* [count] or NULL: caption in colour with a mark    */
    int across;                  /* images in a row; 0: chosen                        */
    const char *sentence;        /* NULL: made from title, count and size             */
};
PLOT_RESULT plot_images(struct gnuplot *gnuplot, const struct plot_images *config,
                        struct picture *picture, struct plot_error *error);

/* One image large, with each pixel's value printed in it (bytes 0..255; floats with one decimal).
   At most 32 x 32. */
struct plot_digit {
    const char *title;
    struct plot_stack image; /* count 1 */
    const char *label;       /* its class, for title and sentence; NULL: not said */
};
PLOT_RESULT plot_digit(struct gnuplot *gnuplot, const struct plot_digit *config,
                       struct picture *picture, struct plot_error *error);

/* The mean image of each class and, below it, the variance image (yellow where the class varies
   most). */
struct plot_class_images {
    const char *title;
    const float *mean;     /* [classes, rows, columns], or NULL: only the variance; all
                              NaN for a class without images */
    const float *variance; /* [classes, rows, columns], or NULL: only the mean     */
    int classes, rows, columns;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_class_images(struct gnuplot *gnuplot, const struct plot_class_images *config,
                              struct picture *picture, struct plot_error *error);

/* Rows that begin with an original, set apart, followed by its variants (augmentation). */
struct plot_variants {
    const char *title;
    struct plot_stack originals; /* [n]                                          */
    struct plot_stack variants;  /* [n * k]: the k variants of original 0 first   */
    const char *const *captions; /* [n] names of the originals, or NULL           */
    const char *what;            /* "rotate=15 shift=3"; NULL: not said           */
};
PLOT_RESULT plot_variants(struct gnuplot *gnuplot, const struct plot_variants *config,
                          struct picture *picture, struct plot_error *error);

/* The same images before (upper row) and after (lower row) preprocessing; sizes and types may
   differ. */
struct plot_before_after {
    const char *title;
    struct plot_stack before, after; /* [n] each                              */
    const char *const *captions;     /* [n], or NULL                          */
    const char *what;                /* "deskewed, normalised"; NULL: not said */
};
PLOT_RESULT plot_before_after(struct gnuplot *gnuplot, const struct plot_before_after *config,
                              struct picture *picture, struct plot_error *error);

/* Images that were taken for something else: what each is, what it was taken for, how sure the
   network was. */
struct plot_errors {
    const char *title;
    struct plot_stack images;
    const int *truth, *predicted; /* [count] class indices             */
    const int *index;             /* [count] each image's place in its set; NULL: not said */
    const float *probability;     /* [count] of the predicted class, 0..1; or NULL */
    const char *const *names;     /* [classes]; NULL: the index itself */
    int classes;                  /* how many names there are          */
    long long wrong, total;       /* of how many these are a selection; 0: not said */
};
PLOT_RESULT plot_errors(struct gnuplot *gnuplot, const struct plot_errors *config,
                        struct picture *picture, struct plot_error *error);

/* One image beside a bar for each class's probability. */
struct plot_prediction {
    const char *title;
    struct plot_stack image;    /* count 1                              */
    const float *probabilities; /* [classes], 0..1                      */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"...           */
    int truth;                /* the class it is, from 0; -1: not known */
};
PLOT_RESULT plot_prediction(struct gnuplot *gnuplot, const struct plot_prediction *config,
                            struct picture *picture, struct plot_error *error);

/* ---- maps.c: what the network learned and sees --------------------------------------------- */

/* A convolution's filters, orange negative, white 0, blue positive, one symmetric range for all.
   Each is numbered from 0; with several input channels "filter,channel". */
struct plot_filters {
    const char *title;
    const float *weights; /* [count, rows, columns] */
    int count, rows, columns;
    int channels;      /* input channels, the kernels of one filter; 0: 1 */
    const char *layer; /* "conv1"; NULL: not said */
};
PLOT_RESULT plot_filters(struct gnuplot *gnuplot, const struct plot_filters *config,
                         struct picture *picture, struct plot_error *error);

/* A layer's feature maps (viridis, one range for all), with the image that caused them in front. */
struct plot_maps {
    const char *title;
    const float *maps; /* [count, rows, columns] */
    int count, rows, columns;
    const char *layer;       /* "conv1"; NULL: not said     */
    struct plot_stack image; /* count 1, or 0: left out     */
};
PLOT_RESULT plot_maps(struct gnuplot *gnuplot, const struct plot_maps *config,
                      struct picture *picture, struct plot_error *error);

/* ---- statistics.c: what the data are ------------------------------------------------------- */

/* Bars: images of each class in the training, validation and test set. */
struct plot_class_counts {
    const char *title;
    const long long *train, *validation, *test; /* [classes] each, or NULL */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_class_counts(struct gnuplot *gnuplot, const struct plot_class_counts *config,
                              struct picture *picture, struct plot_error *error);

/* How many pixels have each of the 256 values, on a logarithmic scale. */
struct plot_pixel_histogram {
    const char *title;
    const unsigned long long *counts; /* [256] */
};
PLOT_RESULT plot_pixel_histogram(struct gnuplot *gnuplot, const struct plot_pixel_histogram *config,
                                 struct picture *picture, struct plot_error *error);

/* Points in two dimensions, a colour and a shape for each class (PCA). */
struct plot_scatter {
    const char *title;
    const float *x, *y;          /* [count]                                                  */
    const unsigned char *labels; /* [count], below classes                                   */
    int count, classes;
    const char *const *names;    /* [classes]; NULL: "0", "1"...                               */
    double share_x, share_y;     /* part of the variance each axis explains, 0..1; 0: not said */
    const char *x_name, *y_name; /* NULL: "First principal component", "Second ..."          */
};
PLOT_RESULT plot_scatter(struct gnuplot *gnuplot, const struct plot_scatter *config,
                         struct picture *picture, struct plot_error *error);

/* Explained variance added up over the components, with how many it takes for 90, 95 and 99 %. */
struct plot_explained {
    const char *title;
    const double
        *shares; /* [count] part of the variance each component explains, 0..1, largest first */
    int count;
};
PLOT_RESULT plot_explained(struct gnuplot *gnuplot, const struct plot_explained *config,
                           struct picture *picture, struct plot_error *error);

/* ---- curves.c: how the training went ------------------------------------------------------- */

/* One value an epoch. Where an epoch was cut short (index >= whole) the line towards it is
   dashed. */
struct plot_curve {
    const char *title;
    const double *train,
        *validation;      /* [count] each, or NULL; NaN = not measured                     */
    const double *epochs; /* [count] x values (2.4 = cut short in the third); NULL: 1, 2...  */
    int count;
    int best;  /* the best epoch's place in the arrays, from 1; 0: found in validation; -1: none */
    int whole; /* points that stand for whole epochs; 0: all */
};
PLOT_RESULT plot_loss(struct gnuplot *gnuplot, const struct plot_curve *config,
                      struct picture *picture, struct plot_error *error);
/* Values are parts of 1 and drawn as percent. */
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
    const char *schedule; /* "one-cycle"; NULL: not said     */
};
PLOT_RESULT plot_rate(struct gnuplot *gnuplot, const struct plot_rate *config,
                      struct picture *picture, struct plot_error *error);

/* ---- confusion.c --------------------------------------------------------------------------- */

/* Which class (row) was taken for which (column), with the count in each cell. */
struct plot_confusion {
    const char *title;
    const long long *counts; /* [classes, classes], row = truth, column = predicted */
    int classes;
    const char *const *names; /* [classes]; NULL: "0", "1"... */
};
PLOT_RESULT plot_confusion(struct gnuplot *gnuplot, const struct plot_confusion *config,
                           struct picture *picture, struct plot_error *error);

/* ---- charts.c: for everything else --------------------------------------------------------- */

/* Horizontal bars with their values, from the top down. */
struct plot_bars {
    const char *title;
    const char *const *labels; /* [count] */
    const double *values;      /* [count] */
    const double *low, *high;  /* [count] ends of an interval about each value, or NULL      */
    int count;
    const char *axis;     /* "Recall (%)"; NULL: none                                           */
    const char *format;   /* how a value is printed, one %f, %e or %g: "%.1f"; NULL: "%.4g"     */
    double from, to;      /* ends of the axis; both 0: chosen                                   */
    const char *sentence; /* NULL: made from the title, the largest and the smallest          */
};
PLOT_RESULT plot_bars(struct gnuplot *gnuplot, const struct plot_bars *config,
                      struct picture *picture, struct plot_error *error);

struct plot_series {
    const char *name;
    const double *x; /* [count]; NULL: 1, 2...              */
    const double *y; /* [count]; NaN = a gap                */
    int count;
    bool points; /* a mark at each point beside the line    */
};

/* Lines with a legend; each has its colour, dash and, if asked, mark. */
struct plot_lines {
    const char *title, *x_axis, *y_axis;
    const struct plot_series *series; /* [count] */
    int count;
    bool log_x, log_y;    /* values <= 0 are left out on a logarithmic axis */
    const char *sentence; /* NULL: made from the title and each line's ends */
};
PLOT_RESULT plot_lines(struct gnuplot *gnuplot, const struct plot_lines *config,
                       struct picture *picture, struct plot_error *error);

#endif
