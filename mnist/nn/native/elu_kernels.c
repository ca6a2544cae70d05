/*
 * elu_kernels - elu(x) = x for x > 0, otherwise alpha (e^x - 1) (Clevert et al. 2015, arXiv
 * 1511.07289); numbers[0] is alpha. The slope for x <= 0 is alpha e^x, so alpha at 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_elu(vec x, vec *slope, const double *numbers)
{
    vec alpha = vec_set((float)numbers[0]);
    vec e, m = vec_expm1(vec_min(vec_zero(), x), &e);
    vmask positive = vec_positive(x);
    *slope = vec_select(positive, vec_set(1), vec_mul(alpha, e));
    return vec_select(positive, x, vec_mul(alpha, m));
}

ACTIVATION_KERNEL(elu)
