/*
 * lanes_math - exp, expm1 and the tail of the normal distribution for vectors of floats.
 *
 * Included only by *_kernels.c files. The functions use float arithmetic and fused multiply-adds in
 * a fixed order, so all instruction sets give the same bits.
 *
 * e^x (Cody and Waite 1980): x = k ln 2 + r with an integer k and |r| <= ln 2 / 2, so
 * e^x = 2^k e^r. ln 2 is split into a part of 15 bits, whose product with k is exact, and a rest.
 *
 *     k        x / ln 2 + 1.5 * 2^23 has no bits below 1, so the addition rounds to an integer and
 *              the last bits of the sum are those of k. Adding 126 to the constant makes them the
 *              exponent field of 2^(k - 1), which is needed for k = 128, where 2^k is no float.
 *     2 e^r    2 + 2 r + r^2 p(r), p of degree 4. Relative error below 3.2e-9 (0.05 ulp) in
 *              [-0.3467, 0.3467]. The minimax coefficients (Remez) were rounded to floats one after
 *              another, lowest degree first, and the remaining ones were fitted again each time.
 */
#ifndef MNIST_NN_NATIVE_LANES_MATH_H
#define MNIST_NN_NATIVE_LANES_MATH_H

#include "mnist/nn/native/lanes.h"

/* ---- exp ------------------------------------------------------------------------------------- */

/* x - k (first part of ln 2), exact; power = 2^(k - 1), or 0 for k = -126. x: -87.6 to 89. */
INLINED vec exp_reduce(vec x, vec *k, vec *power)
{
    vec magic = vec_set(0x1.8p23f + 126);
    vec shifted = vec_fma(x, vec_set(0x1.715476p+0f), magic); /* 1 / ln 2 */
    *k = vec_sub(shifted, magic);
    *power = vec_exponent_from_bits(shifted);
    return vec_fma(*k, vec_set(-0x1.62e4p-1f), x);
}

/* low - k (second part of ln 2): the rest of r. */
INLINED vec exp_reduce_low(vec k, vec low)
{
    return vec_fma(k, vec_set(-0x1.7f7d1cp-20f), low);
}

/* s with 2 e^r = 2 + r s. */
INLINED vec exp_series(vec r)
{
    vec p = vec_fma(vec_set(0x1.6ac142p-9f), r, vec_set(0x1.123da6p-6f));
    p = vec_fma(p, r, vec_set(0x1.555858p-4f));
    p = vec_fma(p, r, vec_set(0x1.55548cp-2f));
    p = vec_fma(p, r, vec_set(0x1.fffffcp-1f));
    return vec_fma(p, r, vec_set(2));
}

/* e^x, within 0.9 ulp (measured for all floats from 2^-16 to 104 and their negatives). Infinity
   where it exceeds the largest float, 0 for x < -86.98 (e^x < 1.7e-38). */
INLINED vec vec_exp(vec x)
{
    vec k, power, limited = vec_max(vec_set(-87.5f), vec_min(vec_set(89), x));
    vec high = exp_reduce(limited, &k, &power), r = exp_reduce_low(k, high);
    return vec_mul(power, vec_fma(exp_series(r), r, vec_set(2)));
}

/* e^x - 1 for x <= 0, without the cancellation of a subtraction: with e^r - 1 = r s / 2,
   2^k e^r - 1 = 2^(k - 1) r s + (2^k - 1). e becomes e^x. */
INLINED vec vec_expm1(vec x, vec *e)
{
    vec k, power, high = exp_reduce(vec_max(vec_set(-87.5f), x), &k, &power);
    vec r = exp_reduce_low(k, high), s = exp_series(r);
    *e = vec_mul(power, vec_fma(s, r, vec_set(2)));
    return vec_fma(power, vec_mul(s, r), vec_fma(power, vec_set(2), vec_set(-1)));
}

/* ---- the logistic function ------------------------------------------------------------------- */

/* 1 / (1 + e^-x), and 1 minus that in complement. Both come from e^-|x| <= 1, so that neither
   overflows and both are precise where they are small. */
INLINED vec vec_logistic(vec x, vec *complement)
{
    vec e = vec_exp(vec_copysign(x, vec_set(-1))), one = vec_set(1), sum = vec_add(one, e);
    vmask positive = vec_positive(x);
    *complement = vec_div(vec_select(positive, e, one), sum);
    return vec_div(vec_select(positive, one, e), sum);
}

/* ---- the normal distribution ----------------------------------------------------------------- */

/* exp(-a^2 / 2) / Phi(-a), a multiple of the inverse of Mills' ratio, for 0 <= a <= 13.2. It grows
   from 2 at 0, with a slope of 1.6 to 2.5, so 2 + 2 a is near it and only the small difference
   a p(a) / q(a) needs a quotient of polynomials (degrees 4 and 4); the rounding errors of that
   quotient hardly count. Relative error of the approximation below 6.0e-9 (0.1 ulp): a minimax fit
   (weighted linear least squares, repeated), whose coefficients were then varied by single ulps to
   reduce the error of their rounding to floats. */
INLINED vec inverse_mills_ratio(vec a)
{
    vec p = vec_fma(vec_set(0x1.085ca8p-8f), a, vec_set(0x1.8efa3ep-6f));
    vec q = vec_fma(vec_set(0x1.04ec2ap-7f), a, vec_set(0x1.458290p-4f));
    p = vec_fma(p, a, vec_set(0x1.65a920p-5f));
    q = vec_fma(q, a, vec_set(0x1.71d72cp-2f));
    p = vec_fma(p, a, vec_set(-0x1.4077a4p-4f));
    q = vec_fma(q, a, vec_set(0x1.bd2d0cp-1f));
    p = vec_fma(p, a, vec_set(-0x1.9dee94p-2f));
    q = vec_fma(q, a, vec_set(1));
    vec rest = vec_div(vec_mul(a, p), q);
    return vec_fma(vec_set(2), a, vec_add(vec_set(2), rest));
}

/* Phi(-a), the probability that a normal variable is below -a, for 0 <= a <= 13.2; density =
   exp(-a^2 / 2). Both are 0 for a = 13.2 (2e-39). The rounding error of a^2, which would be
   multiplied by up to 87 in the result, is computed with a fused multiply-add and added to r. */
INLINED vec normal_tail(vec a, vec *density)
{
    vec minus_half = vec_mul(vec_set(-0.5f), a), square = vec_mul(minus_half, a); /* -a^2 / 2 */
    vec error = vec_fma(minus_half, a, vec_sub(vec_zero(), square));
    vec k, power, high = exp_reduce(square, &k, &power);
    vec r = vec_add(high, exp_reduce_low(k, error));
    *density = vec_mul(power, vec_fma(exp_series(r), r, vec_set(2)));
    return vec_div(*density, inverse_mills_ratio(a));
}

#endif
