/*
 * mnist.h - access of C cells to the session: data, network, training history, outputs, plugins.
 *
 *     %%c
 *     #include <mnist.h>
 *     struct mnist_set test = mnist_set(MNIST_TEST);
 *     int wrong = 0;
 *     for (int i = 0; i < test.count; i++)
 *         wrong += mnist_predict(mnist_image(MNIST_TEST, i), NULL) != test.labels[i];
 *     wrong
 *
 * All functions use the data and the network of the session, which commands load, prepare, build
 * and train. Later commands see the changes that a cell makes. Only the cell's own thread may call
 * these functions. A wrong argument (an index out of range, an unknown layer) ends the cell with an
 * error that names its line; the session is then as it was before the cell.
 */
#ifndef MNIST_C_API_INCLUDE_MNIST_H
#define MNIST_C_API_INCLUDE_MNIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- data ------------------------------------------------------------------------------------ */

enum mnist_part { MNIST_TRAIN, MNIST_VALIDATION, MNIST_TEST };

/* A part of the data after `preprocess`: deskewed and cropped, but not normalised. */
struct mnist_set {
    int count, rows, columns;
    const uint8_t *pixels; /* [count, rows, columns], 0 = paper, 255 = ink */
    const uint8_t *labels; /* [count], 0..9                                */
};

/* A part of the data; loads MNIST if no data are loaded. MNIST_TRAIN does not include the images
   that are held out for validation. The pointers are valid until the data change: `load`,
   `preprocess`, mnist_edit_image, mnist_edit_label. */
struct mnist_set mnist_set(enum mnist_part part);

/* The pixels [rows, columns] and the label of the image with this index, from 0. */
const uint8_t *mnist_image(enum mnist_part part, int index);
int mnist_label(enum mnist_part part, int index);

/* The pixels for writing, and a new label. Later commands see the change; the data files do not
   change. A `preprocess` that deskews or crops starts from the loaded images. */
uint8_t *mnist_edit_image(enum mnist_part part, int index);
void mnist_edit_label(enum mnist_part part, int index, int label);

/* The network's input for an image: x [rows, columns] = (pixels - mean) / standard deviation with
   `preprocess normalize`, else pixels / 255. */
void mnist_input(const uint8_t *pixels, float *x);

/* The name of a class: "7", "T-shirt/top". */
const char *mnist_class_name(int label);

/* ---- the network ----------------------------------------------------------------------------- */

/* A parameter tensor or its gradient: "conv1.weight" [out, in, rows, columns], "dense1.weight"
   [out, in], "conv1.bias" [out]. */
struct mnist_tensor {
    const char *name;
    float *values; /* [shape[0], ... shape[rank - 1]]; writing to weights changes the network */
    size_t count;
    int rank, shape[4];
};

/* The parameters of the network, by index from 0 or by name. */
int mnist_tensor_count(void);
struct mnist_tensor mnist_tensor_at(int index);
struct mnist_tensor mnist_tensor(const char *name);

/* mnist_backward computes the mean loss of images first .. first + count - 1 of a part with the
   current weights, and its gradients; returns the loss. count is at most 8192. mnist_gradient
   returns the gradient of a parameter, which is valid until the next call of mnist_backward. */
double mnist_backward(enum mnist_part part, int first, int count);
struct mnist_tensor mnist_gradient(const char *name);

struct mnist_layer {
    const char *name;            /* "conv1"       */
    const char *kind;            /* "conv 16 3x3" */
    int channels, rows, columns; /* shape of its output */
};

/* The layers of the network, by index from 0. */
int mnist_layer_count(void);
struct mnist_layer mnist_layer(int index);

/* The predicted class of an image [rows, columns] after `preprocess`. probabilities [10] gets the
   probability of each class; may be NULL. */
int mnist_predict(const uint8_t *pixels, float *probabilities);

/* The output of a layer for an image: values [channels, rows, columns]. */
void mnist_activations(const char *layer, const uint8_t *pixels, float *values);

/* ---- the last training ----------------------------------------------------------------------- */

struct mnist_epoch {
    double loss, accuracy;                       /* of the training images, with augmentation */
    double validation_loss, validation_accuracy; /* NAN without validation images             */
    double rate;                                 /* learning rate of the last step            */
};

/* The epochs of the last training, by index from 0. Accuracies are 0..1. */
int mnist_epoch_count(void);
struct mnist_epoch mnist_epoch(int index);

/* ---- random numbers: the same sequence on every machine (Philox4x32-10) ---------------------- */

void mnist_seed(uint64_t seed);       /* initially 0                               */
uint32_t mnist_random(void);          /* 0 .. 2^32 - 1                             */
uint32_t mnist_below(uint32_t limit); /* 0 .. limit - 1, without bias              */
double mnist_uniform(void);           /* 0 <= u < 1                                */
struct mnist_rng *mnist_rng(void);    /* the same sequence, for mnist_rng_... below */

/* ---- outputs --------------------------------------------------------------------------------- */

/* Shows one enlarged image, each pixel with its value; at most 32 x 32. title may be NULL, here and
   below. */
void mnist_show(const char *title, const uint8_t *pixels, int rows, int columns);

/* Shows a grid of images [count, rows, columns], at most 400; captions [count] or NULL. */
void mnist_show_grid(const char *title, const uint8_t *pixels, int count, int rows, int columns,
                     const char *const *captions);
void mnist_show_floats(const char *title, const float *values, int count, int rows, int columns,
                       const char *const *captions);

/* Shows a table. Titles and cells are separated by |; the format of a row is that of printf.
   Numeric columns are right-aligned.
       mnist_table("size | ms | GFLOP/s");
       mnist_row("%d | %.2f | %.1f", n, ms, rate);
       mnist_table_end(); */
void mnist_table(const char *titles);
__attribute__((format(printf, 1, 2))) void mnist_row(const char *format, ...);
void mnist_table_end(void);

/* Shows a plot with at most 8 lines or point sets; mnist_plot_end displays it. x NULL: 1, 2, ...;
   NAN leaves a gap. */
enum mnist_scale { MNIST_LINEAR = 0, MNIST_LOG_X = 1, MNIST_LOG_Y = 2, MNIST_LOG = 3 };
void mnist_plot(const char *title, const char *x_axis, const char *y_axis, enum mnist_scale scale);
void mnist_line(const char *name, const double *x, const double *y, int count);
void mnist_points(const char *name, const double *x, const double *y, int count);
void mnist_plot_end(void);

/* Shows points in the plane; groups [count], 0..9, set their colours (NULL: one colour). */
void mnist_scatter(const char *title, const char *x_axis, const char *y_axis, const float *x,
                   const float *y, const uint8_t *groups, int count);

/* Shows horizontal bars from top to bottom, at most 60. */
void mnist_bars(const char *title, const char *axis, const char *const *labels,
                const double *values, int count);

/* Shows the progress of a long cell, `done` of `total`; updated at most ten times a second. */
void mnist_progress(const char *what, double done, double total);

/* Shows Markdown text; the format is that of printf. */
__attribute__((format(printf, 1, 2))) void mnist_markdown(const char *format, ...);

/* ---- plugins: your own layers, losses, ... and commands ----------------------------------------

   Later commands can use a registered plugin: `model mine:` a layer or an activation, `train
   optimizer= schedule= loss= augment= metric=` and `augment` the others; a registered command is a
   new command. Help and completion include plugins: the comment above register_..., or else above
   the function, is the help text; its first line is the summary, and a line `name: ...` describes
   that parameter.

       // Bends the rows into a wave.
       void wave(uint8_t *out, const uint8_t *in, int rows, int columns, struct mnist_rng *rng)
       {
           double phase = 6.28 * mnist_rng_uniform(rng);
           for (int y = 0; y < rows; y++)
               for (int x = 0; x < columns; x++) {
                   int from = x + (int)lround(2 * sin(phase + y / 4.0));
                   out[y * columns + x] = from >= 0 && from < columns ? in[y * columns + from] : 0;
               }
       }
       register_augmentation(wave);

   Several threads call plugins at the same time, except metrics, schedules and commands. Commands
   may call all functions of this header, other plugins only mnist_rng_.... A plugin must return the
   same result for the same arguments; then a repeated training is bit-identical. (With
   `flags=-march=native` only on the same processor.) Before its first use, a plugin runs once on
   memory with guard zones: writing outside its arrays, or not writing all of its output, is an
   error.

   A plugin replaces an older one of the same name, for later networks and trainings. A network with
   a registered layer can be saved; to load it, register the layer first. */

struct mnist_shape {
    int channels, rows, columns;
};

/* A stream of random numbers; plugins get one for each image and epoch. */
struct mnist_rng;
uint32_t mnist_rng_random(struct mnist_rng *rng);                /* 0 .. 2^32 - 1 */
uint32_t mnist_rng_below(struct mnist_rng *rng, uint32_t limit); /* 0 .. limit - 1 */
double mnist_rng_uniform(struct mnist_rng *rng);                 /* 0 <= u < 1    */

/* Input and output of a layer's plan function, which is called when a network is built. */
struct mnist_layer_plan {
    struct mnist_shape in;
    struct mnist_shape out; /* initially = in                                                  */
    const double *numbers;  /* the layer's parameters, in the order of .parameters             */
    int weights;            /* number of trainable weights; initially 0                        */
    float first, spread;    /* initial weights: uniform over first - spread .. first + spread  */
    const char *wrong;      /* set to an error message if the layer cannot be used here        */
};

/* Arguments of a layer's forward and backward functions, for one image. */
struct mnist_pass {
    struct mnist_shape in, out;
    const double *numbers;
    const float *weights;  /* [weights]                                                         */
    float *gradients;      /* [weights]; backward adds dloss/dweight to it                      */
    bool training;         /* false: evaluate, predict                                          */
    struct mnist_rng *rng; /* of this image and epoch; the same sequence in forward and backward */
};

/* A layer. Values have the layout [channels, rows, columns]. parameters: numeric parameters with
   their defaults, "width=3 scale=1"; one without a default ("width") is required; NULL = none. plan
   may be NULL: the output shape is the input shape, without weights. forward writes all of y;
   backward writes all of dx = dloss/dx.
       register_layer(gate, .plan = ..., .forward = gate_forward, .backward = gate_backward); */
struct mnist_layer_plugin {
    const char *parameters;
    void (*plan)(struct mnist_layer_plan *plan);
    void (*forward)(struct mnist_pass *pass, const float *x, float *y);
    void (*backward)(struct mnist_pass *pass, const float *x, const float *y, const float *dy,
                     float *dx);
};
#define register_layer(name, ...) \
    mnist_register_layer(MNIST_ORIGIN(#name), (struct mnist_layer_plugin){__VA_ARGS__})

/* A layer that applies a function to each value; slope(x) is its derivative at x.
       register_activation(swish, .value = swish, .slope = swish_slope); */
struct mnist_activation_plugin {
    float (*value)(float x);
    float (*slope)(float x);
};
#define register_activation(name, ...) \
    mnist_register_activation(MNIST_ORIGIN(#name), (struct mnist_activation_plugin){__VA_ARGS__})

/* The loss of one image; writes gradient [classes] = dloss/dlogit, which is initially 0. */
typedef double mnist_loss_plugin(const float *logits, int classes, int label, float *gradient);
#define register_loss(function) mnist_register_loss(MNIST_ORIGIN(#function), function)

/* An optimizer. step updates `count` weights from their gradients: a part of a tensor; other
   threads update other parts. moments[0 .. moments - 1] [count] persist for each weight from step
   to step, initially 0. rate: the default of `train rate=`; 0 = the default of `train`.
       register_optimizer(lion, .moments = 1, .rate = 0.001, .step = step); */
struct mnist_step {
    double rate;     /* learning rate of this step             */
    uint64_t step;   /* from 1                                 */
    double momentum; /* `train momentum=`                      */
    double decay;    /* `train decay=`; 0 for biases and batch-norm */
};
struct mnist_optimizer_plugin {
    int moments; /* 0 .. 4 */
    double rate;
    void (*step)(const struct mnist_step *step, float *weights, const float *gradients,
                 float *const *moments, int count);
};
#define register_optimizer(name, ...) \
    mnist_register_optimizer(MNIST_ORIGIN(#name), (struct mnist_optimizer_plugin){__VA_ARGS__})

/* A schedule: returns the learning rate of step 0 .. steps - 1; rate: `train rate=`. */
typedef double mnist_schedule_plugin(double rate, uint64_t step, uint64_t steps);
#define register_schedule(function) mnist_register_schedule(MNIST_ORIGIN(#function), function)

/* An augmentation: writes all of out [rows, columns], which does not overlap `in`. rng must be the
   only source of randomness. */
typedef void mnist_augmentation_plugin(uint8_t *out, const uint8_t *in, int rows, int columns,
                                       struct mnist_rng *rng);
#define register_augmentation(function) \
    mnist_register_augmentation(MNIST_ORIGIN(#function), function)

/* A metric: returns a number computed from probabilities [count, classes] and labels [count]. */
typedef double mnist_metric_plugin(const float *probabilities, const uint8_t *labels, int count,
                                   int classes);
#define register_metric(function) mnist_register_metric(MNIST_ORIGIN(#function), function)

/* A command, which may do everything that a cell may. parameters: "times=3 name=you"; may be
   omitted. A parameter whose default is a number is a number, any other is a string; one without a
   default is required.
       register_command(greet, "times=3 name=you"); */
struct mnist_call;
double mnist_number(const struct mnist_call *call, const char *parameter);
const char *mnist_text(const struct mnist_call *call, const char *parameter);
typedef void mnist_command_plugin(const struct mnist_call *call);
#define register_command(function, ...) \
    mnist_register_command(MNIST_ORIGIN(#function), function, "" __VA_ARGS__)

/* Name and location of a plugin's registration, for its help. */
struct mnist_origin {
    const char *name, *file;
    int line;
};
#define MNIST_ORIGIN(text) ((struct mnist_origin){text, __FILE__, __LINE__})
void mnist_register_layer(struct mnist_origin origin, struct mnist_layer_plugin plugin);
void mnist_register_activation(struct mnist_origin origin, struct mnist_activation_plugin plugin);
void mnist_register_loss(struct mnist_origin origin, mnist_loss_plugin *plugin);
void mnist_register_optimizer(struct mnist_origin origin, struct mnist_optimizer_plugin plugin);
void mnist_register_schedule(struct mnist_origin origin, mnist_schedule_plugin *plugin);
void mnist_register_augmentation(struct mnist_origin origin, mnist_augmentation_plugin *plugin);
void mnist_register_metric(struct mnist_origin origin, mnist_metric_plugin *plugin);
void mnist_register_command(struct mnist_origin origin, mnist_command_plugin *plugin,
                            const char *parameters);

/* ---- commands -------------------------------------------------------------------------------- */

/* Runs commands: mnist_run("train epochs=1 seed=7"). False: a command failed; its error has been
   printed. */
bool mnist_run(const char *commands);

#endif
