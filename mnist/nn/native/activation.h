/*
 * activation - the loops of an activation function y = f(x), generated from f of one vector.
 *
 * Included only by the *_kernels.c file of each function in layers.def. The file defines
 *
 *     INLINED vec vec_<name>(vec x, vec *slope, const double *numbers)
 *
 * which returns f(x) and stores f'(x), and ends with ACTIVATION_KERNEL(<name>). The loop without
 * slopes does not compute them: the compiler removes the computation of a value that is not used.
 * A function whose slope is a simple formula of y needs no memory for it. The file then defines
 *
 *     INLINED vec vec_<name>(vec x, const double *numbers)                f(x)
 *     INLINED vec vec_<name>_slope(vec y, const double *numbers)          f'(x)
 *
 * and ends with ACTIVATION_KERNEL_OF_Y(<name>). Both define the struct native_activation (native.h)
 * of the function.
 *
 * Errors, measured for one in 40 floats (tanh) or one in two (the others) with 2^-16 < |x| < 104;
 * those of y are in units in the last place of the true value as a float, those of the slope are
 * absolute.
 *
 *                y                                          slope
 *     gelu       6.9 for x > -1; absolute 1.8e-7 below      1.9e-7
 *     silu       3.6 for x > -6, 6.8 for x > -86.9          1.9e-7
 *     sigmoid    3.3 for x > -6, 6.2 for x > -86.9          9.0e-8
 *     tanh       3.3                                        2.6e-7
 *     elu        2.0; 1.4 for alpha = 1                     8.0e-8 alpha
 *     leakyrelu  0.5                                        0
 *
 * silu and sigmoid are within 2e-36 of the true value for smaller x, gelu is not above 0 for x < 0,
 * and y is 0.5 x for tiny x in gelu and silu, x in tanh. -infinity and infinity give the limits
 * (within 2e-36), except that gelu(-infinity) and the slopes of gelu and silu at infinity are NaN,
 * as in PyTorch. NaN gives NaN. sigmoid, tanh and elu are monotone up to their rounding errors.
 */
#ifndef MNIST_NN_NATIVE_ACTIVATION_H
#define MNIST_NN_NATIVE_ACTIVATION_H

#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/lanes_math.h"

#define ACTIVATION_KERNEL(name)                                               \
    static void forward(float *y, float *slope, const float *x, size_t count, \
                        const double *numbers)                                \
    {                                                                         \
        vec d;                                                                \
        if (slope == NULL)                                                    \
            for (size_t i = 0; i < count; i += VEC)                           \
                vec_store(y + i, vec_##name(vec_load(x + i), &d, numbers));   \
        else                                                                  \
            for (size_t i = 0; i < count; i += VEC) {                         \
                vec_store(y + i, vec_##name(vec_load(x + i), &d, numbers));   \
                vec_store(slope + i, d);                                      \
            }                                                                 \
    }                                                                         \
    const struct native_activation NATIVE(native_##name) = {forward, NULL};

#define ACTIVATION_KERNEL_OF_Y(name)                                                            \
    static void forward(float *y, float *slope, const float *x, size_t count,                   \
                        const double *numbers)                                                  \
    {                                                                                           \
        (void)slope;                                                                            \
        for (size_t i = 0; i < count; i += VEC)                                                 \
            vec_store(y + i, vec_##name(vec_load(x + i), numbers));                             \
    }                                                                                           \
    static void backward(float *dx, const float *dy, const float *y, size_t count,              \
                         const double *numbers)                                                 \
    {                                                                                           \
        for (size_t i = 0; i < count; i += VEC)                                                 \
            vec_store(dx + i,                                                                   \
                      vec_mul(vec_load(dy + i), vec_##name##_slope(vec_load(y + i), numbers))); \
    }                                                                                           \
    const struct native_activation NATIVE(native_##name) = {forward, backward};

#endif
