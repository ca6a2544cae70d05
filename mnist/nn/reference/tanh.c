/*
 * tanh - the hyperbolic tangent.
 *
 *     slope = 1 - tanh(x)^2
 */
#include <math.h>

#include "mnist/nn/reference/activation.h"

static double value(double x, const double *numbers)
{
    (void)numbers;
    return tanh(x);
}

static double slope(double x, const double *numbers)
{
    (void)numbers;
    return 1 - tanh(x) * tanh(x);
}

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_tanh = {
    .name = "tanh",
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
