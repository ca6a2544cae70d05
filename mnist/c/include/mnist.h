/*
 * mnist.h - what a cell of C may do with the live session.
 *
 *     %%c
 *     #include <mnist.h>
 *     struct mnist_set test = mnist_set(MNIST_TEST);
 *     int wrong = 0;
 *     for (int i = 0; i < test.count; i++)
 *         wrong += mnist_predict(mnist_image(MNIST_TEST, i), NULL) != test.labels[i];
 *     wrong
 *
 * All of it works on what the commands have loaded, prepared, built and trained, and what a cell
 * changes the next command sees. Call these functions from the cell's own thread. A call that
 * cannot be right (an image that is not there, a layer of another name) ends the cell with an error
 * at its line, and the session is as it was before the cell.
 */
#ifndef MNIST_H
#define MNIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- data ------------------------------------------------------------------------------------ */

enum mnist_part { MNIST_TRAIN, MNIST_VALIDATION, MNIST_TEST };

/* A part of the data as `preprocess` has prepared it (deskewed, cropped; not yet normalised). */
struct mnist_set {
    int count, rows, columns;
    const uint8_t *pixels; /* [count, rows, columns], 0 = paper, 255 = ink */
    const uint8_t *labels; /* [count], 0..9                                */
};

/* Loads MNIST if nothing is loaded. MNIST_TRAIN is without the images that are held out for
   validation. The pointers are good until the data change: `load`, `preprocess`, mnist_edit. */
struct mnist_set mnist_set(enum mnist_part part);

/* Image index of a part: [rows, columns]; and its label. */
const uint8_t *mnist_image(enum mnist_part part, int index);
int mnist_label(enum mnist_part part, int index);

/* The same to write to. Later commands see the change; the files do not. A `preprocess` that
   deskews or crops begins with the images as they were loaded. */
uint8_t *mnist_edit_image(enum mnist_part part, int index);
void mnist_edit_label(enum mnist_part part, int index, int label);

/* What the network is given for an image: x [rows, columns] = (pixels - mean) / standard deviation
   with `preprocess normalize`, else pixels / 255. */
void mnist_input(const uint8_t *pixels, float *x);

/* "7", "T-shirt/top". */
const char *mnist_class_name(int label);

/* ---- the network ----------------------------------------------------------------------------- */

/* Parameters, or their gradients: "conv1.weight" [out, in, rows, columns], "dense1.weight" [out,
   in], "conv1.bias" [out]. */
struct mnist_tensor {
    const char *name;
    float *values; /* [shape[0], ... shape[rank - 1]]; writing to weights changes the network */
    size_t count;
    int rank, shape[4];
};

int mnist_tensor_count(void);
struct mnist_tensor mnist_tensor_at(int index);
struct mnist_tensor mnist_tensor(const char *name);

/* The gradients of the mean loss of images first .. first + count - 1 of a part at the present
   weights; returns that loss. count is at most 8192. mnist_gradient's values are good until the
   next call. */
double mnist_backward(enum mnist_part part, int first, int count);
struct mnist_tensor mnist_gradient(const char *name);

struct mnist_layer {
    const char *name;            /* "conv1"       */
    const char *kind;            /* "conv 16 3x3" */
    int channels, rows, columns; /* of what it gives */
};

int mnist_layer_count(void);
struct mnist_layer mnist_layer(int index);

/* The answer for one image [rows, columns] as prepared, and the probability of each class [10] (may
   be NULL). */
int mnist_predict(const uint8_t *pixels, float *probabilities);

/* What a layer gives for the image: values [channels, rows, columns]. */
void mnist_activations(const char *layer, const uint8_t *pixels, float *values);

/* ---- the last training ----------------------------------------------------------------------- */

struct mnist_epoch {
    double loss, accuracy; /* of the training images as they were trained on; accuracy 0..1 */
    double validation_loss, validation_accuracy; /* NAN without validation images           */
    double rate;                                 /* of the last step                        */
};

int mnist_epoch_count(void);
struct mnist_epoch mnist_epoch(int index);

/* ---- random numbers: a seed gives the same ones on every machine (Philox4x32-10) ------------- */

void mnist_seed(uint64_t seed);       /* at first 0                  */
uint32_t mnist_random(void);          /* 0 .. 2^32 - 1               */
uint32_t mnist_below(uint32_t limit); /* 0 .. limit - 1, without bias */
double mnist_uniform(void);           /* 0 <= u < 1                  */

/* ---- outputs --------------------------------------------------------------------------------- */

/* One image large, each pixel with its value: at most 32 x 32. title may be NULL here and below. */
void mnist_show(const char *title, const uint8_t *pixels, int rows, int columns);

/* A grid of images [count, rows, columns], at most 400; captions [count] or NULL. */
void mnist_show_grid(const char *title, const uint8_t *pixels, int count, int rows, int columns,
                     const char *const *captions);
void mnist_show_floats(const char *title, const float *values, int count, int rows, int columns,
                       const char *const *captions);

/* A table: its columns' titles with | between them, then rows in the manner of printf.
       mnist_table("size | ms | GFLOP/s");
       mnist_row("%d | %.2f | %.1f", n, ms, rate);
       mnist_table_end(); */
void mnist_table(const char *titles);
__attribute__((format(printf, 1, 2))) void mnist_row(const char *format, ...);
void mnist_table_end(void);

/* A plot with at most 8 lines; x NULL: 1, 2 ...; NAN leaves a gap. mnist_plot_end shows it. */
enum mnist_scale { MNIST_LINEAR = 0, MNIST_LOG_X = 1, MNIST_LOG_Y = 2, MNIST_LOG = 3 };
void mnist_plot(const char *title, const char *x_axis, const char *y_axis, enum mnist_scale scale);
void mnist_line(const char *name, const double *x, const double *y, int count);
void mnist_points(const char *name, const double *x, const double *y, int count); /* with marks */
void mnist_plot_end(void);

/* Points in the plane; groups [count], 0..9, give their colours (NULL: one colour). */
void mnist_scatter(const char *title, const char *x_axis, const char *y_axis, const float *x,
                   const float *y, const uint8_t *groups, int count);

/* Bars from the top down, at most 60. */
void mnist_bars(const char *title, const char *axis, const char *const *labels,
                const double *values, int count);

/* How far a long cell is; shown at most ten times a second. */
void mnist_progress(const char *what, double done, double total);

/* Text in Markdown, in the manner of printf. */
__attribute__((format(printf, 1, 2))) void mnist_markdown(const char *format, ...);

/* ---- commands -------------------------------------------------------------------------------- */

/* Runs commands, as a cell would: mnist_run("train epochs=1 seed=7"). False: one failed; its error
   has been printed. */
bool mnist_run(const char *commands);

#endif
