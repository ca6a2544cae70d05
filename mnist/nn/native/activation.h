/*
 * activation - the loops of an activation function y = f(x), generated from f of one vector.
 *
 * Included only by the *_kernels.c file of each function in activations.def. The file defines
 *
 *     INLINED vec NAME(vec x, vec *slope, const double *numbers)
 *
 * which returns f(x) and stores f'(x), and ends with ACTIVATION_KERNEL(NAME). The result is a
 * function of the type native_activation (native.h). Its loop without slopes does not compute them:
 * the compiler removes the computation of a value that is not used.
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
                vec_store(y + i, name(vec_load(x + i), &d, numbers));                \
        else                                                                         \
            for (size_t i = 0; i < count; i += VEC) {                                \
                vec_store(y + i, name(vec_load(x + i), &d, numbers));                \
                vec_store(slope + i, d);                                             \
            }                                                                        \
    }

#endif
