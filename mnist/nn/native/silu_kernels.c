/*
 * silu_kernels - silu(x) = x s(x), s the logistic function (also called swish: Ramachandran et al.
 * 2017, arXiv 1710.05941).
 *
 *     f'(x) = s(x) + x s(x) (1 - s(x)),   1 - s(x) = s(x) e^-x
 *
 * The subtraction 1 - s(x) would have an error of 2^-25, multiplied by x: 1e-6 in f'(16). The
 * product is precise where it is small. It is NaN where e^-x is infinity and s(x) is 0; vec_min
 * replaces NaN by 1. The limits of x avoid the product of infinity and 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_silu(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec low = vec_max(vec_set(-89), x), limited = vec_min(vec_set(88), low);
    vec e, s = vec_logistic(limited, &e), complement = vec_min(vec_mul(e, s), vec_set(1));
    *slope = vec_fma(vec_mul(limited, s), complement, s);
    return vec_mul(low, s);
}

ACTIVATION_KERNEL(silu)
