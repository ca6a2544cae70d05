/*
 * silu_kernels - silu(x) = x s(x), s the logistic function (also called swish: Ramachandran et al.
 * 2017, arXiv 1710.05941).
 *
 *     f'(x) = s(x) + f(x) (1 - s(x)),   1 - s(x) = s(x) e^-x
 *
 * The subtraction 1 - s(x) would have an error of 2^-25, multiplied by x: 1e-6 in f'(16). The
 * product is precise where it is small, and 0 for x >= 88. e^-x is finite for the lower limit.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_silu(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec low = vec_max(vec_set(-87.3f), x);
    vec e, s = vec_logistic(vec_min(vec_set(88), low), &e), y = vec_mul(low, s);
    *slope = vec_fma(y, vec_mul(e, s), s);
    return y;
}

ACTIVATION_KERNEL(silu)
