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

/* r; power = 2^(k - 1), or 0 for k = -126. x: -87.6 to 89. */
INLINED vec exp_reduce(vec x, vec *power)
{
    vec magic = vec_set(0x1.8p23f + 126);
    vec shifted = vec_fma(x, vec_set(0x1.715476p+0f), magic); /* 1 / ln 2 */
    vec k = vec_sub(shifted, magic);
    *power = vec_exponent_from_bits(shifted);
    vec r = vec_fma(k, vec_set(-0x1.62e4p-1f), x); /* exact */
    return vec_fma(k, vec_set(-0x1.7f7d1cp-20f), r);
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

/* e^x. Infinity where it exceeds the largest float, 0 for x < -86.98 (e^x < 1.7e-38). */
INLINED vec vec_exp(vec x)
{
    vec power, r = exp_reduce(vec_max(vec_set(-87.5f), vec_min(vec_set(89), x)), &power);
    return vec_mul(power, vec_fma(exp_series(r), r, vec_set(2)));
}

/* e^x - 1 for x <= 0, without the cancellation of a subtraction: with e^r - 1 = r s / 2,
   2^k e^r - 1 = 2^(k - 1) r s + (2^k - 1). */
INLINED vec vec_expm1(vec x)
{
    vec power, r = exp_reduce(vec_max(vec_set(-87.5f), x), &power);
    vec twice = vec_mul(exp_series(r), r);
    return vec_fma(power, twice, vec_fma(power, vec_set(2), vec_set(-1)));
}

/* ---- the normal distribution ----------------------------------------------------------------- */

/* Phi(-a) / exp(-a^2 / 2), a multiple of Mills' ratio, which falls slowly from 1/2 at 0. A quotient
   of polynomials of degree 4 and 5 with positive coefficients, so that no term cancels another.
   Relative error below 1.2e-8 (0.2 ulp) in [0, 13.25]: a minimax fit (weighted linear least
   squares, repeated), whose coefficients were then varied by single ulps to reduce the error of
   their rounding to floats. */
INLINED vec mills_ratio(vec a)
{
    vec p = vec_fma(vec_set(0x1.073472p-8f), a, vec_set(0x1.4753eep-5f));
    vec q = vec_fma(vec_set(0x1.49dfa6p-7f), a, vec_set(0x1.9a466cp-4f));
    q = vec_fma(q, a, vec_set(0x1.db4ebcp-2f));
    p = vec_fma(p, a, vec_set(0x1.7326b6p-3f));
    q = vec_fma(q, a, vec_set(0x1.31b3bp+0f));
    p = vec_fma(p, a, vec_set(0x1.be07d2p-2f));
    q = vec_fma(q, a, vec_set(0x1.ab4618p+0f));
    return vec_div(vec_fma(p, a, vec_set(0.5f)), vec_fma(q, a, vec_set(1)));
}

/* Phi(-a), the probability that a normal variable is below -a, for 0 <= a <= 13.2; density =
   exp(-a^2 / 2). Both are 0 for a = 13.2 (2e-39). The rounding error of a^2, which would be
   multiplied by up to 87 in the result, is computed with a fused multiply-add and added to r. */
INLINED vec normal_tail(vec a, vec *density)
{
    vec minus_a = vec_sub(vec_zero(), a), minus_square = vec_mul(minus_a, a);
    vec rest = vec_fma(a, a, minus_square); /* a^2 = rest - minus_square */
    vec power, r = exp_reduce(vec_mul(minus_square, vec_set(0.5f)), &power);
    r = vec_fma(rest, vec_set(-0.5f), r);
    *density = vec_mul(power, vec_fma(exp_series(r), r, vec_set(2)));
    return vec_mul(*density, mills_ratio(a));
}

#endif
