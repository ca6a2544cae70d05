/*
 * exact_math - exp, log, cosine and powers that give the same bits on every machine.
 *
 * The functions of the C library differ between versions and processors. These functions use only
 * + - * / on doubles, which IEEE 754 defines to the last bit (this project is compiled without
 * contraction to fused multiply-adds). Used by the loss, the optimisers and the schedules.
 *
 * Error bounds, in units in the last place of a double (ulp):
 *
 *                    any double   any float   worst float
 *     exact_exp      2            1           0.975, at 0x1.e81c6ep+1    for -708 <= x <= 709.7
 *     exact_log      2            1           0.878, at 0x1.664178p-1    for normal x > 0
 *     exact_cospi    absolute error 1e-15 for 0 <= x <= 1
 *
 * The worst float was found by measuring all 2^32 floats; the error of 1.6e9 random doubles was at
 * most 0.98. Within 1 ulp of a double, a result rounded to float is within 0.5 + 2^-29 ulp of a
 * float. Both functions are monotone from each float to the next.
 *
 * Outside its range, exact_exp gives 0 below -708 (where e^x is 3e-308; the true function reaches 0
 * through the subnormal doubles at -745) and infinity above 709.7 (1.65e308; the true function
 * overflows at 709.78). exact_log gives -infinity for 0 and for subnormal doubles (every float
 * other than 0 is a normal double), infinity for infinity, and NaN for negative x. NaN gives NaN.
 *
 * Tested in tests/unit/mnist/nn/engine/: test_exact_math.c for random doubles,
 * test_exact_math_floats.c for one float in 61 and, with `make exact`, for all floats.
 */
#ifndef MNIST_NN_ENGINE_EXACT_MATH_H
#define MNIST_NN_ENGINE_EXACT_MATH_H

#include <stdint.h>

double exact_exp(double x);
double exact_log(double x);

/* cos(pi x), 0 <= x <= 1. */
double exact_cospi(double x);

/* x to the power n, by repeated squaring. */
double exact_power(double x, uint64_t n);

#endif
