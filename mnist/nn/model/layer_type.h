/*
 * layer_type - one type of layer: its parameters, its shapes and tensors, and its reference loops.
 *
 * A built-in type is a constant in a file of nn/reference/ ("conv.c" defines layer_conv), listed in
 * mnist/language/layers.def. A layer that a C cell registers is a struct layer_type as well, added
 * to the registry of plugins (plugin.h). The text of a network, its shapes, its tensors and the
 * openblas engine follow from this struct alone; the native engine may have a faster stage.
 *
 * A type computes in one of two ways:
 *   - forward and backward, which process one image at a time, with values in the order [C, H, W].
 *     They run on every engine (reference/stage_images.c), which converts each image.
 *   - reference, a function that fills in a struct stage (engine.h) of the openblas engine, for a
 *     layer that is worth a matrix product or needs several images.
 */
#ifndef MNIST_NN_MODEL_LAYER_TYPE_H
#define MNIST_NN_MODEL_LAYER_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"
#include "mnist/base/rng.h"
#include "mnist/nn/model/shape.h"

enum {
    LAYER_TYPE_NAME_SIZE = 24, /* bytes, including the NUL       */
    LAYER_PARAMETERS_MAX = 8,  /* parameters in a layer's line   */
    PLUGIN_WEIGHTS_MAX = 16 * 1024 * 1024,
};

struct layer;
struct layer_spec;
struct stage;

/* The member of struct layer_spec that holds a parameter, and its form in the text of a network. */
enum layer_parameter_kind {
    LAYER_NUMBER,    /* numbers[index of the parameter]              */
    LAYER_OUT,       /* out: an integer                              */
    LAYER_FILTER,    /* kernel: "5x5"                                */
    LAYER_WINDOW,    /* kernel: "2"                                  */
    LAYER_STRIDE,    /* stride; default 0 = the side of the window   */
    LAYER_PAD,       /* pad: an integer or "same"                    */
    LAYER_RATE,      /* rate: a number                               */
    LAYER_STATISTIC, /* maximum: "max" or "avg"                      */
    LAYER_SOURCE,    /* source: the name of an earlier layer         */
};

/* A parameter has the name of its entry in the vocabulary. A positional parameter is printed always
   and without its name, any other as name=value where it differs from its default. */
struct layer_parameter {
    char name[LAYER_TYPE_NAME_SIZE];
    enum layer_parameter_kind kind;
    bool positional;
    double fallback; /* the default, of numbers; NAN = none */
};

/* The arguments of forward and backward for one image. */
struct layer_pass {
    struct shape in, out;
    const double *numbers; /* [parameter_count] */
    const float *weights;  /* the layer's trained tensors, one after the other; NULL = none */
    float *gradients;      /* theirs; backward adds to them, forward has NULL */
    bool training;
    struct rng rng; /* of this image in this epoch; backward starts in the state of forward */
};

/* The shape and weights of a plugin's layer at its position in a network. `plan` reads in and sets
   the rest. */
struct plugin_plan {
    struct shape in;
    struct shape out;    /* initially equal to in                                       */
    int weights;         /* trained values, one tensor [weights]; initially 0           */
    float first, spread; /* initial weights are uniform over first +- spread            */
    char wrong[160];     /* the error if the layer cannot follow this input; "" = none  */
};

struct layer_type {
    char name[LAYER_TYPE_NAME_SIZE]; /* the first word of its line */
    int parameter_count;
    struct layer_parameter parameters[LAYER_PARAMETERS_MAX];

    /* Built-in types: checks the spec, replaces defaults, and sets out and the tensors of *layer,
       which has the input's shape and no tensors before (layer.h). On failure returns false with
       layer_refuse. NULL = the output has the input's shape, and there are no tensors. */
    bool (*resolve)(struct layer *layer, struct error *error);
    /* Plugins: plan instead of resolve. Not NULL for every plugin and NULL for built-in types. */
    void (*plan)(const void *context, const double *numbers, struct plugin_plan *plan);

    /* One image: y from x; dx from dy, and gradients. y and dx are 0 before. x and y are the values
       of forward. Called by several threads at once. */
    void (*forward)(const void *context, struct layer_pass *pass, const float *x, float *y);
    void (*backward)(const void *context, struct layer_pass *pass, const float *x, const float *y,
                     const float *dy, float *dx);
    const void *context; /* for plan, forward and backward */

    /* compile of struct engine (engine.h), for a stage that begins with a layer of this type. NULL
       = forward and backward. */
    int (*reference)(struct stage *stage, int first, int end, bool training);
};

#endif
