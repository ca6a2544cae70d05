/*
 * gelu_kernels - gelu(x) = x Phi(x), the exact form with the error function (Hendrycks and Gimpel
 * 2016, arXiv 1606.08415).
 *
 *     f(x) = x Phi(x) = max(x, 0) - a Phi(-a),   a = |x|
 *     f'(x) = Phi(x) + x phi(x), which is t = Phi(-a) - a phi(a) for x <= 0 and 1 - t for x > 0
 *
 * Phi is the distribution function of the normal distribution, phi its density. From a = 13.27 on,
 * both count as 0; the limit also avoids the product of infinity and 0.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_gelu(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec minus_a = vec_max(vec_set(-13.27f), vec_minus_abs(x));
    vec density, tail = normal_tail(minus_a, &density);
    vec t = vec_fma(minus_a, density, tail);
    *slope = vec_select_signed(x, t, vec_sub(vec_set(1), t));
    return vec_fma(minus_a, tail, vec_relu(x));
}

ACTIVATION_KERNEL(gelu)
