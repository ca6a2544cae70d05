/*
 * silu - x sigmoid(x), also called swish (Ramachandran, Zoph, Le 2017, arXiv 1710.05941).
 *
 *     slope = s + x s (1 - s),  s = sigmoid(x)
 */
#include <math.h>

#include "mnist/nn/reference/activation.h"

static double value(double x, const double *numbers)
{
    (void)numbers;
    return x / (1 + exp(-x));
}

static double slope(double x, const double *numbers)
{
    double s = 1 / (1 + exp(-x));
    (void)numbers;
    return s + x * s * (1 - s);
}

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_silu = {
    .name = "silu",
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
