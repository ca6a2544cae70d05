/*
 * sigmoid_kernels - the logistic function s(x) = 1 / (1 + e^-x); s'(x) = s(x) (1 - s(x)).
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_sigmoid(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec complement, s = vec_logistic(x, &complement);
    *slope = vec_mul(s, complement);
    return s;
}

ACTIVATION_KERNEL(sigmoid)
