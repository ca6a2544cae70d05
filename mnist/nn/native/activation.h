/*
 * activation - the loops of an activation function y = f(x), generated from f of one vector.
 *
 * Included only by the *_kernels.c file of each function in layers.def. The file defines
 *
 *     INLINED vec vec_<name>(vec x, vec *slope, const double *numbers)
 *
 * which returns f(x) and stores f'(x), and ends with ACTIVATION_KERNEL(<name>). The result is a
 * function of the type native_activation (native.h). Its loop without slopes does not compute them:
 * the compiler removes the computation of a value that is not used.
 *
 * Errors, measured for all floats between 2^-16 and 104 and their negatives (and 1 in 997 of the
 * others), in units in the last place of a float:
 *
 *                y                         slope, absolute
 *     gelu       3.4 for x > -13           1.2e-7
 *     silu       3.3 for x > -86.9         1.8e-7
 *     sigmoid    2.5 for x > -86.9         5.5e-8
 *     tanh       2.7                       2.0e-7
 *     elu        2.0; 1.2 for alpha = 1    4.0e-8 alpha
 *     leakyrelu  0.5                       0
 *
 * Below these x, y is within 2e-36 of the true value, which is almost 0. -infinity and infinity
 * give the limits, NaN gives NaN. sigmoid, tanh and elu are monotone up to their rounding errors.
 */
#ifndef MNIST_NN_NATIVE_ACTIVATION_H
#define MNIST_NN_NATIVE_ACTIVATION_H

#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/lanes_math.h"

#define ACTIVATION_KERNEL(name)                                                      \
    void NATIVE(native_##name)(float *y, float *slope, const float *x, size_t count, \
                               const double *numbers)                                \
    {                                                                                \
        vec d;                                                                       \
        if (slope == NULL)                                                           \
            for (size_t i = 0; i < count; i += VEC)                                  \
                vec_store(y + i, vec_##name(vec_load(x + i), &d, numbers));          \
        else                                                                         \
            for (size_t i = 0; i < count; i += VEC) {                                \
                vec_store(y + i, vec_##name(vec_load(x + i), &d, numbers));          \
                vec_store(slope + i, d);                                             \
            }                                                                        \
    }

#endif
