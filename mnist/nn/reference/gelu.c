/*
 * gelu - x times the probability that a standard normal variable is below x (Hendrycks and Gimpel
 * 2016, arXiv 1606.08415); exact, as PyTorch's and Keras's default.
 *
 *     y = x P(x),  P(x) = erfc(-x / sqrt 2) / 2
 *     slope = P(x) + x exp(-x^2 / 2) / sqrt(2 pi)
 */
#include <math.h>

#include "mnist/nn/reference/activation.h"

static const double root_half = 0.70710678118654752, one_over_root_2_pi = 0.39894228040143268;

static double value(double x, const double *numbers)
{
    (void)numbers;
    return x * 0.5 * erfc(-x * root_half);
}

static double slope(double x, const double *numbers)
{
    (void)numbers;
    return 0.5 * erfc(-x * root_half) + x * exp(-0.5 * x * x) * one_over_root_2_pi;
}

static const struct activation_formulas formulas = {value, slope};

const struct layer_type layer_gelu = {
    .name = "gelu",
    .context = &formulas,
    .forward = activation_forward,
    .backward = activation_backward,
};
