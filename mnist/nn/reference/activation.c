/*
 * activation - the loops over the values of an image, in double precision.
 */
#include "mnist/nn/reference/activation.h"

void activation_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    const struct activation_formulas *formulas = context;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = (float)formulas->value((double)x[i], pass->numbers);
}

void activation_backward(const void *context, struct layer_pass *pass, const float *x,
                         const float *y, const float *dy, float *dx)
{
    const struct activation_formulas *formulas = context;
    (void)y;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        dx[i] = (float)((double)dy[i] * formulas->slope((double)x[i], pass->numbers));
}
