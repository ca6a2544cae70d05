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
#ifndef MNIST_C_API_INCLUDE_MNIST_H
#define MNIST_C_API_INCLUDE_MNIST_H

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
struct mnist_rng *mnist_rng(void); /* the same numbers, for a function that draws from a stream */

/* ---- outputs --------------------------------------------------------------------------------- */

/* One image large, each pixel with its value: at most 32 x 32. title may be NULL here and below. */
void mnist_show(const char *title, const uint8_t *pixels, int rows, int columns);

/* A grid of images [count, rows, columns], at most 400; captions [count] or NULL. */
void mnist_show_grid(const char *title, const uint8_t *pixels, int count, int rows, int columns,
                     const char *const *captions);
void mnist_show_floats(const char *title, const float *values, int count, int rows, int columns,
                       const char *const *captions);

/* A table: its columns' titles with | between them, then rows in the manner of printf. Columns of
   numbers are flush right.
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

/* ---- parts of your own --------------------------------------------------------------------------

   What is registered is known to later commands: `model mine:` may name the layer or the activation,
   `train optimizer= schedule= loss= augment= metric=` and `augment` the others, and a command is one.
   Help and completion know them, too: the comment above register_..., or else above the function, is
   their help; its first line is the summary, and a line `name: ...` is about that parameter.

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

   All but metrics, schedules and commands are called from several threads at once. Commands alone may
   call functions of this header, the others only mnist_rng_...; the same arguments must give the same
   result, then a training is the same to the bit whenever it is repeated. (What the processor's own
   flags change, `flags=-march=native`, is not the same on another processor.) Before a part is used it
   runs once on memory that is watched: what it writes beyond its arrays, or leaves out, is an error.

   A part of the same name takes the place of the older one, for networks and trainings from then on.
   A network that has a registered layer can be saved; to load it, register the layer first. */

struct mnist_shape {
    int channels, rows, columns;
};

/* A stream of random numbers: of this image in this epoch. */
struct mnist_rng;
uint32_t mnist_rng_random(struct mnist_rng *rng);                /* 0 .. 2^32 - 1 */
uint32_t mnist_rng_below(struct mnist_rng *rng, uint32_t limit); /* 0 .. limit - 1 */
double mnist_rng_uniform(struct mnist_rng *rng);                 /* 0 <= u < 1    */

/* What a layer is to be at its place: called when a network is built. */
struct mnist_layer_plan {
    struct mnist_shape in;
    struct mnist_shape out; /* at first as in                                                  */
    const double *numbers;  /* of the layer's line, in the order of .parameters                */
    int weights;            /* how many numbers the layer learns; at first 0                   */
    float first, spread;    /* they begin uniform over first - spread .. first + spread        */
    const char *wrong;      /* set it to refuse the place, and say why                         */
};

/* One image on its way through a layer. */
struct mnist_pass {
    struct mnist_shape in, out;
    const double *numbers;
    const float *weights;  /* [weights]                                                         */
    float *gradients;      /* [weights], backward: add the loss's gradient by each weight to it */
    bool training;         /* false: evaluate, predict                                          */
    struct mnist_rng *rng; /* of this image in this epoch; backward draws the same as forward   */
};

/* Values lie as [channels, rows, columns]. parameters: "width=3 scale=1", numbers that the layer's
   line in a model may give, with their defaults; one without a default ("width") must be given; NULL
   = none. plan may be NULL: the shape stays and there are no weights. forward writes all of y,
   backward all of dx, the gradient by x.
       register_layer(gate, .plan = ..., .forward = gate_forward, .backward = gate_backward); */
struct mnist_layer_part {
    const char *parameters;
    void (*plan)(struct mnist_layer_plan *plan);
    void (*forward)(struct mnist_pass *pass, const float *x, float *y);
    void (*backward)(struct mnist_pass *pass, const float *x, const float *y, const float *dy,
                     float *dx);
};
#define register_layer(name, ...) \
    mnist_register_layer(MNIST_ORIGIN(#name), (struct mnist_layer_part){__VA_ARGS__})

/* A layer that does the same to each value: slope(x) is the derivative of value at x.
       register_activation(swish, .value = swish, .slope = swish_slope); */
struct mnist_activation_part {
    float (*value)(float x);
    float (*slope)(float x);
};
#define register_activation(name, ...) \
    mnist_register_activation(MNIST_ORIGIN(#name), (struct mnist_activation_part){__VA_ARGS__})

/* The loss of one image; gradient [classes] by each logit, which is 0 at first. */
typedef double mnist_loss_part(const float *logits, int classes, int label, float *gradient);
#define register_loss(function) mnist_register_loss(MNIST_ORIGIN(#function), function)

/* Moves `count` weights by their gradients: a piece of a tensor, while other threads move others.
   moments[0 .. moments - 1] [count] are kept for each weight from step to step and begin as 0. rate:
   what `train` takes when none is given; 0 = its usual one.
       register_optimizer(lion, .moments = 1, .rate = 0.001, .step = lion_step); */
struct mnist_step {
    double rate;     /* of this step, by the schedule          */
    uint64_t step;   /* from 1                                 */
    double momentum; /* `train momentum=`                      */
    double decay;    /* `train decay=`; 0 for biases and batch-norm */
};
struct mnist_optimizer_part {
    int moments; /* 0 .. 4 */
    double rate;
    void (*step)(const struct mnist_step *step, float *weights, const float *gradients,
                 float *const *moments, int count);
};
#define register_optimizer(name, ...) \
    mnist_register_optimizer(MNIST_ORIGIN(#name), (struct mnist_optimizer_part){__VA_ARGS__})

/* The learning rate of step 0 .. steps - 1; rate: `train rate=`. */
typedef double mnist_schedule_part(double rate, uint64_t step, uint64_t steps);
#define register_schedule(function) mnist_register_schedule(MNIST_ORIGIN(#function), function)

/* out [rows, columns] from in, which do not overlap. All chance comes from rng. */
typedef void mnist_augmentation_part(uint8_t *out, const uint8_t *in, int rows, int columns,
                                     struct mnist_rng *rng);
#define register_augmentation(function) \
    mnist_register_augmentation(MNIST_ORIGIN(#function), function)

/* A figure of probabilities [count, classes] and labels [count]. */
typedef double mnist_metric_part(const float *probabilities, const uint8_t *labels, int count,
                                 int classes);
#define register_metric(function) mnist_register_metric(MNIST_ORIGIN(#function), function)

/* A command, which may do all that a cell may. parameters, which may be left out: "times=3 name=you".
   What has a number for its default is a number, anything else a text; one without a default must be
   given.
       register_command(greet, "times=3 name=you"); */
struct mnist_call;
double mnist_number(const struct mnist_call *call, const char *parameter);
const char *mnist_text(const struct mnist_call *call, const char *parameter);
typedef void mnist_command_part(const struct mnist_call *call);
#define register_command(function, ...) \
    mnist_register_command(MNIST_ORIGIN(#function), function, "" __VA_ARGS__)

/* Where a part was registered: for its help. */
struct mnist_origin {
    const char *name, *file;
    int line;
};
#define MNIST_ORIGIN(text) ((struct mnist_origin){text, __FILE__, __LINE__})
void mnist_register_layer(struct mnist_origin origin, struct mnist_layer_part part);
void mnist_register_activation(struct mnist_origin origin, struct mnist_activation_part part);
void mnist_register_loss(struct mnist_origin origin, mnist_loss_part *part);
void mnist_register_optimizer(struct mnist_origin origin, struct mnist_optimizer_part part);
void mnist_register_schedule(struct mnist_origin origin, mnist_schedule_part *part);
void mnist_register_augmentation(struct mnist_origin origin, mnist_augmentation_part *part);
void mnist_register_metric(struct mnist_origin origin, mnist_metric_part *part);
void mnist_register_command(struct mnist_origin origin, mnist_command_part *part,
                            const char *parameters);

/* ---- commands -------------------------------------------------------------------------------- */

/* Runs commands, as a cell would: mnist_run("train epochs=1 seed=7"). False: one failed; its error
   has been printed. */
bool mnist_run(const char *commands);

#endif
