/*
 * leakyrelu - x, or x times a small slope where x is negative (Maas, Hannun, Ng 2013).
 */
#include "mnist/nn/reference/activation.h"

static double value(double x, const double *numbers)
{
    return x > 0 ? x : x * numbers[0];
}

static double slope(double x, const double *numbers)
{
    return x > 0 ? 1 : numbers[0];
}

ACTIVATION(leakyrelu, {"slope", LAYER_NUMBER, .positional = true, .fallback = 0.01})
