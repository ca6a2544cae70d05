/*
 * elu_kernels - elu(x) = x for x > 0, otherwise alpha (e^x - 1) (Clevert et al. 2015, arXiv
 * 1511.07289); numbers[0] is alpha. The slope for x <= 0 is alpha e^x, so alpha at 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_elu(vec x, const double *numbers)
{
    vec low = vec_expm1(vec_max(vec_set(-88), vec_min(vec_zero(), x)));
    return vec_fma(vec_set((float)numbers[0]), low, vec_relu(x));
}

/* alpha is not negative, so y has the sign of x. */
INLINED vec vec_elu_slope(vec y, const double *numbers)
{
    return vec_select(vec_positive(y), vec_set(1), vec_add(y, vec_set((float)numbers[0])));
}

ACTIVATION_KERNEL_OF_Y(elu)
