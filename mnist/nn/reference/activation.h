/*
 * activation - an activation function as a layer: it applies to each value separately.
 *
 * A file that includes this header defines `double value(double x, const double *numbers)` and its
 * derivative `slope`, and then the type: ACTIVATION(name), or ACTIVATION(name, {parameter}) for a
 * function with a parameter (layer_type.h), whose number it finds in numbers[0].
 */
#ifndef MNIST_NN_REFERENCE_ACTIVATION_H
#define MNIST_NN_REFERENCE_ACTIVATION_H

#include "mnist/nn/model/layer.h"

typedef double activation_function(double x, const double *numbers);

static inline void activation_forward(activation_function *value, const struct layer_pass *pass,
                                      const float *x, float *y)
{
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = (float)value((double)x[i], pass->numbers);
}

static inline void activation_backward(activation_function *slope, const struct layer_pass *pass,
                                       const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < shape_size(pass->in); i++)
        dx[i] = (float)((double)dy[i] * slope((double)x[i], pass->numbers));
}

#define ACTIVATION(type, ...)                                                                   \
    static void forward(const void *context, struct layer_pass *pass, const float *x, float *y) \
    {                                                                                           \
        (void)context;                                                                          \
        activation_forward(value, pass, x, y);                                                  \
    }                                                                                           \
    static void backward(const void *context, struct layer_pass *pass, const float *x,          \
                         const float *y, const float *dy, float *dx)                            \
    {                                                                                           \
        (void)context, (void)y;                                                                 \
        activation_backward(slope, pass, x, dy, dx);                                            \
    }                                                                                           \
    const struct layer_type layer_##type = {                                                    \
        .name = #type,                                                                          \
        .parameter_count = sizeof #__VA_ARGS__ > 1,                                             \
        .parameters = {__VA_ARGS__},                                                            \
        .forward = forward,                                                                     \
        .backward = backward,                                                                   \
    };

#endif
