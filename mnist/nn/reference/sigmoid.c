/*
 * sigmoid - the logistic function, 1 / (1 + exp(-x)).
 *
 *     slope = s (1 - s),  s = sigmoid(x)
 */
#include <math.h>

#include "mnist/nn/reference/activation.h"

static double value(double x, const double *numbers)
{
    (void)numbers;
    return 1 / (1 + exp(-x));
}

static double slope(double x, const double *numbers)
{
    double s = value(x, numbers);
    return s * (1 - s);
}

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_sigmoid = {
    .name = "sigmoid",
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
