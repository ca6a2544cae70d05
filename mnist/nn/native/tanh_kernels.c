/*
 * tanh_kernels - the hyperbolic tangent.
 *
 *     f(a) = (1 - e) / (1 + e) = -m / (2 + m),   e = e^-2a,   m = e - 1,   a = |x|
 *     f'(a) = 1 - f(a)^2 = 4 e / (2 + m)^2
 *
 * The sign of x is copied to the result, so f(-x) = -f(x). The computation of m without a
 * subtraction makes f(x) = x for tiny x; that of f' by 4 e is precise where f is near 1.
 */
#include "mnist/nn/native/activation.h"

INLINED vec vec_tanh(vec x, vec *slope, const double *numbers)
{
    (void)numbers;
    vec e, m = vec_expm1(vec_mul(vec_set(-2), vec_abs(x)), &e), sum = vec_add(vec_set(2), m);
    *slope = vec_div(vec_mul(vec_set(4), e), vec_mul(sum, sum));
    return vec_copysign(vec_div(m, sum), x);
}

ACTIVATION_KERNEL(tanh)
