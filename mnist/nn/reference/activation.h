/*
 * activation - an activation function as a layer, from two formulas: its value and its slope.
 *
 * A type sets .context to a struct activation_formulas, and .forward and .backward to these
 * functions.
 */
#ifndef MNIST_NN_REFERENCE_ACTIVATION_H
#define MNIST_NN_REFERENCE_ACTIVATION_H

#include "mnist/nn/model/layer.h"

/* y = value(x) and the derivative slope(x), of each value separately. numbers: the parameters of
   the layer (layer_type.h). */
struct activation_formulas {
    double (*value)(double x, const double *numbers);
    double (*slope)(double x, const double *numbers);
};

/* context: struct activation_formulas. */
void activation_forward(const void *context, struct layer_pass *pass, const float *x, float *y);
void activation_backward(const void *context, struct layer_pass *pass, const float *x,
                         const float *y, const float *dy, float *dx);

#endif
