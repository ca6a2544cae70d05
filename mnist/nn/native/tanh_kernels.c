/*
 * tanh_kernels - the hyperbolic tangent.
 *
 *     f(a) = (e - 1) / (e + 1) = m / (2 + m),   e = e^2a,   m = e - 1,   a = |x|
 *     f'(x) = 1 - f(x)^2
 *
 * f is odd, also in its bits. The computation of m without a subtraction makes f(x) = x for tiny x.
 * From a = 9.02 on, f rounds to 1.
 */
#include "mnist/nn/native/activation.h"

/* e^-2x - 1 for x in [-44, 0]: as vec_expm1(-2x), whose coefficients are multiplied by powers of
   -2. */
INLINED vec expm1_minus_2(vec x)
{
    vec power, r = exp_reduce(x, -LN2 / 2, -2 * INVERSE_LN2, &power);
    vec q = vec_fma(vec_set(0x1.6b9c5cp-4f), r, vec_set(-0x1.122544p-2f));
    q = vec_fma(q, r, vec_set(0x1.5556f2p-1f));
    q = vec_fma(q, r, vec_set(-0x1.5554b4p+0f));
    q = vec_fma(q, r, vec_set(0x1.fffffep+0f));
    q = vec_fma(q, r, vec_set(-2));
    return vec_fma(power, vec_mul(q, r), vec_sub(power, vec_set(1)));
}

INLINED vec vec_tanh(vec x, const double *numbers)
{
    (void)numbers;
    vec m = expm1_minus_2(vec_max(vec_set(-9.1f), vec_minus_abs(x)));
    vec y = vec_div(m, vec_add(vec_set(2), m));
    return vec_select_signed(x, vec_sub(vec_set(-0.0f), y), y);
}

INLINED vec vec_tanh_slope(vec y, const double *numbers)
{
    (void)numbers;
    return vec_fma(vec_sub(vec_zero(), y), y, vec_set(1));
}

ACTIVATION_KERNEL_OF_Y(tanh)
