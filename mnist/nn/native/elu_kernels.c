/*
 * elu_kernels - elu(x) = x for x > 0, otherwise alpha (e^x - 1) (Clevert et al. 2015, arXiv
 * 1511.07289); numbers[0] is alpha. The slope for x <= 0 is alpha e^x, so alpha at 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_elu(vec x, vec *slope, const double *numbers)
{
    vec alpha = vec_set((float)numbers[0]);
    vec y = vec_mul(alpha, vec_expm1(vec_max(vec_set(-88), vec_min(vec_zero(), x))));
    *slope = vec_select(vec_positive(x), vec_set(1), vec_add(y, alpha));
    return vec_add(vec_relu(x), y);
}

ACTIVATION_KERNEL(elu)
