/*
 * elu - x, or alpha (exp(x) - 1) where x is negative (Clevert, Unterthiner, Hochreiter 2016, arXiv
 * 1511.07289).
 */
#include <math.h>

#include "mnist/nn/reference/activation.h"

static double value(double x, const double *numbers)
{
    return x > 0 ? x : numbers[0] * expm1(x);
}

static double slope(double x, const double *numbers)
{
    return x > 0 ? 1 : numbers[0] * exp(x);
}

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_elu = {
    .name = "elu",
    .parameter_count = 1,
    .parameters = {{"alpha", LAYER_NUMBER, .positional = true, .fallback = 1}},
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
