/*
 * exact - exp, log, cosine and powers that give the same bits on every machine.
 *
 * The C library's differ between its versions and processors; these use only + - * / on doubles,
 * which IEEE 754 defines to the last bit (and this project is compiled without contraction). Used
 * by the loss, the optimisers and the schedules.
 *
 * Error bounds, in units in the last place of a double, tested in tests/unit/mnist/nn/test_exact.c:
 *     exact_exp    2 ulp for -708 <= x <= 709; below, 0; above 709.7, infinity
 *     exact_log    2 ulp for normal x > 0; 0 and subnormal x give -infinity, negative x NaN
 *     exact_cospi  absolute error 1e-15 for 0 <= x <= 1
 */
#ifndef MNIST_NN_EXACT_H
#define MNIST_NN_EXACT_H

#include <stdint.h>

double exact_exp(double x);
double exact_log(double x);

/* cos(pi x), 0 <= x <= 1. */
double exact_cospi(double x);

/* x to the power n, by repeated squaring. */
double exact_power(double x, uint64_t n);

#endif
