/*
 * tanh_kernels - the hyperbolic tangent.
 *
 *     f(a) = (1 - e) / (1 + e) = -m w,   e = e^-2a,   m = e - 1,   w = 1 / (2 + m),   a = |x|
 *     f'(a) = 1 - f(a)^2 = 4 e w^2
 *
 * f is odd, also in its bits. The computation of m without a subtraction makes f(x) = x for tiny x.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_tanh(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec minus_a = vec_max(vec_set(-44), vec_minus_abs(x));
    vec m = vec_expm1(vec_add(minus_a, minus_a)), w = vec_div(vec_set(1), vec_add(vec_set(2), m));
    vec e4 = vec_fma(vec_set(4), m, vec_set(4)), y = vec_mul(vec_sub(vec_zero(), m), w);
    *slope = vec_mul(e4, vec_mul(w, w));
    return vec_select_signed(x, vec_sub(vec_set(-0.0f), y), y);
}

ACTIVATION_KERNEL(tanh)
