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

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_leakyrelu = {
    .name = "leakyrelu",
    .parameter_count = 1,
    .parameters = {{"slope", LAYER_NUMBER, .positional = true, .fallback = 0.01}},
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
