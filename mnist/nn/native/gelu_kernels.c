/*
 * gelu_kernels - gelu(x) = x Phi(x), the exact form with the error function (Hendrycks and Gimpel
 * 2016, arXiv 1606.08415).
 *
 *     f'(x) = Phi(x) + x phi(x)
 *
 * Phi is the distribution function of the normal distribution, phi its density; Phi(a) is
 * 1 - Phi(-a), a = |x|. From a = 13.27 on, Phi(-a) and phi(a) count as 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_gelu(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec density, tail = normal_tail(vec_max(vec_set(-13.27f), vec_minus_abs(x)), &density);
    vec below = vec_select_signed(x, tail, vec_sub(vec_set(1), tail));
    *slope = vec_fma(x, density, below);
    return vec_mul(x, below);
}

ACTIVATION_KERNEL(gelu)
