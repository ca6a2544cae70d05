/*
 * exact_math - argument reduction and Taylor polynomials in double precision.
 *
 *     exp x = 2^k exp r,  k = round(x / ln 2), |r| <= ln 2 / 2; ln 2 is split in two parts, so
 *             that the high part of k ln 2 is exact (Cody and Waite 1980)
 *     log x = k ln 2 + 2 artanh s,  s = (m - 1) / (m + 1),  x = 2^k m, m in [sqrt 1/2, sqrt 2)
 *     cos pi x = sin pi (1/2 - x), odd series, |argument| <= pi / 2
 *
 * Terms are added smallest first. The degrees are chosen so that the first omitted term is below
 * half an ulp.
 */
#include "mnist/nn/engine/exact_math.h"

#include <math.h>
#include <string.h>

/* ln 2 = high + low; high has 32 bits, so k * high is exact for |k| < 2^20. */
static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
static const double one_over_ln2 = 0x1.71547652b82fep+0;
static const double pi = 0x1.921fb54442d18p+1;

enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023 };

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    uint64_t bits = (uint64_t)(k + EXPONENT_BIAS) << MANTISSA_BITS;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double exact_exp(double x)
{
    if (x != x)
        return x;
    if (x < -708)
        return 0;
    if (x > 709.7)
        return INFINITY;
    double scaled = x * one_over_ln2;
    int k = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    double r = (x - k * ln2_high) - k * ln2_low;
    double sum = 1.0 / 6227020800; /* 1/13!, then Horner's scheme down to 1/2! */
    static const double inverse_factorial[] = {
        1.0 / 2,     1.0 / 6,      1.0 / 24,      1.0 / 120,      1.0 / 720,      1.0 / 5040,
        1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600};
    for (int i = 10; i >= 0; i--)
        sum = sum * r + inverse_factorial[i];
    double value = 1 + (r + r * r * sum);
    return k == 1024 ? value * 2 * power_of_two(1023) : value * power_of_two(k);
}

double exact_log(double x)
{
    static const double smallest_normal = 0x1p-1022, sqrt_2 = 0x1.6a09e667f3bcdp+0;
    if (x != x || x < 0)
        return NAN;
    if (x < smallest_normal)
        return -INFINITY;
    if (x > 0x1.fffffffffffffp+1023)
        return x;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int k = (int)(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
    double m = x * (k < 0 ? power_of_two(-k) : 1) / (k > 0 ? power_of_two(k) : 1);
    if (m > sqrt_2) {
        m *= 0.5;
        k++;
    }
    double f = m - 1, s = f / (2 + f), square = s * s;
    double sum = 0;
    for (int odd = 23; odd >= 3; odd -= 2)
        sum = (sum + 1.0 / odd) * square;
    /* 2 artanh s = f - s (f - 2 sum), because 2 s = f - s f; the large term f is exact. */
    return k * ln2_high + (f - (s * (f - 2 * sum) - k * ln2_low));
}

double exact_cospi(double x)
{
    double t = (0.5 - x) * pi, square = t * t;
    double sum = 0;
    for (int n = 21; n >= 3; n -= 2)
        sum = (sum + 1) * -square / (n * (n - 1));
    return t + t * sum;
}

double exact_power(double x, uint64_t n)
{
    double result = 1;
    for (; n > 0; n >>= 1) {
        if (n & 1)
            result *= x;
        x *= x;
    }
    return result;
}
