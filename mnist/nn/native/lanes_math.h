/*
 * lanes_math - the logistic function, e^x - 1 and the tail of the normal distribution for vectors
 * of floats.
 *
 * Included only by *_kernels.c files. The functions use float arithmetic and fused multiply-adds in
 * a fixed order, so all instruction sets give the same bits. The number of operations limits the
 * speed of the activation loops (unrolling them or shortening the chains of dependent operations
 * gains less than 2 %). Therefore the errors of the approximations are near the rounding error of a
 * float, 2^-24 = 6.0e-8, instead of far below it.
 *
 * 2^(x / step) is 2^k 2^(r / step), with an integer k and r = x - k step, |r| <= |step| / 2 (Cody
 * and Waite 1980). step is ln 2 for e^x, -ln 2 for e^-x and -2 ln 2 for e^(-x/2).
 *
 *     k            x / step + 1.5 * 2^23 has no bits below 1, so the addition rounds to an integer,
 *                  and the last bits of the sum are those of k. Adding 127 to the constant makes
 *                  them the exponent field of 2^k: infinity for k = 128 and 0 for k = -127.
 *     r            The error of the float step is multiplied by k: it changes 2^(r / step) by a
 *                  factor of 1 + 1.9e-9 k.
 *     2^(r / step) a polynomial in r.
 *
 * Coefficients are minimax fits (weighted least squares, repeated with larger weights where the
 * error is large), rounded to floats one after another, lowest degree first; the remaining ones
 * were fitted again each time. The errors of the approximations below include this rounding.
 */
#ifndef MNIST_NN_NATIVE_LANES_MATH_H
#define MNIST_NN_NATIVE_LANES_MATH_H

#include "mnist/nn/native/lanes.h"

#define LN2         0x1.62e43p-1f
#define INVERSE_LN2 0x1.715476p+0f

/* ---- reduction of the argument --------------------------------------------------------------- */

/* r of x, and power = 2^k. x / step is between -127.4 and 128.4. */
INLINED vec exp_reduce(vec x, float step, float inverse_step, vec *power)
{
    vec magic = vec_set(0x1.8p23f + 127);
    vec shifted = vec_fma(x, vec_set(inverse_step), magic);
    *power = vec_exponent_from_bits(shifted);
    return vec_fma(vec_sub(shifted, magic), vec_set(-step), x);
}

/* ---- the logistic function ------------------------------------------------------------------- */

/* 1 / (1 + e^-x) for x in [-89, 88], and e = e^-x. For x < -88.4, e is infinity and the result 0.
   e^-r is a polynomial of degree 5, 1 for r = 0, with a relative error below 9.3e-8 in
   [-0.3467, 0.3467]. */
INLINED vec vec_logistic(vec x, vec *e)
{
    vec power, r = exp_reduce(x, -LN2, -INVERSE_LN2, &power);
    vec p = vec_fma(vec_set(-0x1.0f9dc2p-7f), r, vec_set(0x1.573acep-5f));
    p = vec_fma(p, r, vec_set(-0x1.555a84p-3f));
    p = vec_fma(p, r, vec_set(0x1.fffdc4p-2f));
    p = vec_fma(p, r, vec_set(-0x1.fffff6p-1f));
    p = vec_fma(p, r, vec_set(1));
    *e = vec_mul(power, p);
    return vec_div(vec_set(1), vec_add(vec_set(1), *e));
}

/* ---- exponential function minus 1 ------------------------------------------------------------ */

/* e^x - 1 for x in [-88, 0], without the cancellation of a subtraction: with e^r = 1 + r q(r),
   2^k e^r - 1 = 2^k r q(r) + (2^k - 1). q has degree 5 and a relative error below 1.4e-8 in
   [-0.3467, 0.3467]; q(0) = 1. */
INLINED vec vec_expm1(vec x)
{
    vec power, r = exp_reduce(x, LN2, INVERSE_LN2, &power);
    vec q = vec_fma(vec_set(0x1.6b9c5cp-10f), r, vec_set(0x1.122544p-7f));
    q = vec_fma(q, r, vec_set(0x1.5556f2p-5f));
    q = vec_fma(q, r, vec_set(0x1.5554b4p-3f));
    q = vec_fma(q, r, vec_set(0x1.fffffep-2f));
    q = vec_fma(q, r, vec_set(1));
    return vec_fma(power, vec_mul(q, r), vec_sub(power, vec_set(1)));
}

/* ---- the normal distribution ----------------------------------------------------------------- */

/* Phi(x), the probability that a normal variable is below x, for x in [-13.27, 0], and the density
   exp(-x^2 / 2) / sqrt(2 pi). Both are 0 for x = -13.27.
   density  2^k times a polynomial of degree 5, relative error below 8.6e-8 in [-0.6934, 0.6934].
   Phi      density p(x) / q(x). The quotient, of degrees 2 and 3, approximates Mills' ratio so that
            the absolute error of Phi is below 7.1e-8; Phi(0) is exactly 0.5. It is scaled so that
            q begins with x^3 and needs one multiplication less. The division does not depend on
            the density, so both are computed at the same time. */
INLINED vec normal_tail(vec x, vec *density)
{
    vec power, r = exp_reduce(vec_mul(x, x), -2 * LN2, -INVERSE_LN2 / 2, &power);
    vec d = vec_fma(vec_set(-0x1.b1c6ecp-14f), r, vec_set(0x1.11e634p-10f));
    d = vec_fma(d, r, vec_set(-0x1.105bf4p-7f));
    d = vec_fma(d, r, vec_set(0x1.988258p-5f));
    d = vec_fma(d, r, vec_set(-0x1.98844cp-3f));
    d = vec_fma(d, r, vec_set(0x1.988454p-2f));
    *density = vec_mul(power, d);
    vec p = vec_fma(vec_set(-0x1.04716ap+0f), x, vec_set(0x1.59a856p+2f));
    vec q = vec_add(x, vec_set(-0x1.674e8p+2f));
    p = vec_fma(p, x, vec_set(-0x1.90af78p+3f));
    q = vec_fma(q, x, vec_set(0x1.88fbd6p+3f));
    q = vec_fma(q, x, vec_set(-0x1.3fb362p+3f));
    return vec_mul(*density, vec_div(p, q));
}

#endif
