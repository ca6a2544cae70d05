/*
 * leakyrelu_kernels - leakyrelu(x) = x for x > 0, otherwise s x (Maas et al. 2013). numbers[0] is
 * s, also the slope at 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_leakyrelu(vec x, vec *slope, const double *numbers)
{
    vec s = vec_set((float)numbers[0]);
    vmask positive = vec_positive(x);
    *slope = vec_select(positive, vec_set(1), s);
    return vec_select(positive, x, vec_mul(s, x));
}

ACTIVATION_KERNEL(leakyrelu)
