/*
 * sigmoid_kernels - the logistic function s(x) = 1 / (1 + e^-x); s'(x) = s(x) (1 - s(x)).
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_sigmoid(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec e, s = vec_logistic(vec_min(vec_set(88), vec_max(vec_set(-89), x)), &e);
    *slope = vec_mul(s, vec_sub(vec_set(1), s));
    return s;
}

ACTIVATION_KERNEL(sigmoid)
