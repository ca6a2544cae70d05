/*
 * sigmoid_kernels - the logistic function s(x) = 1 / (1 + e^-x); s'(x) = s(x) (1 - s(x)).
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_sigmoid(vec x, const double *numbers)
{
    (void)numbers;
    vec e;
    return vec_logistic(vec_min(vec_set(88), vec_max(vec_set(-89), x)), &e);
}

INLINED vec vec_sigmoid_slope(vec y, const double *numbers)
{
    (void)numbers;
    return vec_mul(y, vec_sub(vec_set(1), y));
}

ACTIVATION_KERNEL_OF_Y(sigmoid)
