/*
 * ema - see ema.h.
 */
#include "mnist/nn/ema.h"

#include "mnist/nn/loops.h"

float ema_decay(float decay, uint64_t n)
{
    double ramp = (1 + (double)n) / (10 + (double)n);
    return ramp < (double)decay ? (float)ramp : decay;
}

void ema_update(float *average, const float *values, size_t count, float decay, uint64_t n)
{
    loop_average(average, values, ema_decay(decay, n), count);
}
