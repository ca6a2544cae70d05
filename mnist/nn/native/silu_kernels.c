/*
 * silu_kernels - silu(x) = x s(x), s the logistic function (also called swish: Ramachandran et al.
 * 2017, arXiv 1710.05941).
 *
 *     f'(x) = s(x) + x s(x) (1 - s(x)) = s(x) + f(x) (1 - s(x))
 *
 * The limits avoid the product of infinity and 0: s(-88) is already 0, and 1 - s(88) too.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_silu(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec complement, s = vec_logistic(x, &complement);
    vec y = vec_mul(vec_max(vec_set(-100), x), s);
    *slope = vec_fma(vec_min(vec_set(100), y), complement, s);
    return y;
}

ACTIVATION_KERNEL(silu)
