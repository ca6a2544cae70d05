/*
 * norm - batch normalisation, shared by all engines (Ioffe and Szegedy 2015, arXiv 1502.03167).
 *
 * In training, over the m = batch * H * W values of a channel, with a barrier in each direction:
 *
 *     forward   phase 0: mean and sum of squared deviations of each slot; norm_reduce combines them
 *                        (Chan, Golub, LeVeque 1979)
 *               phase 1: y = (x - mean) inverse scale + shift,
 *                        inverse = 1 / sqrt(variance + epsilon)
 *     backward  phase 0: sum of dy and sum of dy (x - mean) of each slot; dshift and dscale
 *               phase 1: dx = scale inverse (dy - mean of dy
 *                                            - (x - mean) inverse^2 (mean of dy (x - mean)))
 *
 * The running statistics are exponential averages: 0.9 old + 0.1 of the batch (the variance times m
 * / (m - 1), as in PyTorch). Prediction uses them, folded into one multiplication and one addition.
 *
 *     sums    of a slot: mean | squared deviations; backward: sum of dy | sum of dy (x - mean)
 *     totals  mean | inverse | mean of dy | mean of dy (x - mean), times inverse^2
 */
#ifndef MNIST_NN_ENGINE_NORM_H
#define MNIST_NN_ENGINE_NORM_H

#include "mnist/nn/engine/engine.h"

/* Added to every variance, as in PyTorch; also by groupnorm and layernorm. */
static const double norm_epsilon = 1e-5;

struct norm {
    int channels, stride; /* stride: doubles between the sections of sums and totals, >= channels */
    int plane;            /* H * W, the values of a channel in one image */
};

/* Combines the sums of all slots into totals. Forward also updates the running statistics of the
   layer. */
void norm_reduce(const struct norm *norm, const struct network *network, int layer,
                 const struct slot_sums *sums);

/* y = x scale + shift. norm_factor uses the totals of a batch, norm_folded the running statistics.
   values are the network's. */
struct norm_factor {
    float scale, shift;
};
struct norm_factor norm_factor(const struct norm *norm, const struct network *network, int layer,
                               const float *values, const double *totals, int channel);
struct norm_factor norm_folded(const struct network *network, int layer, const float *values,
                               int channel);

/* dx = a dy + b (x - mean) + c */
struct norm_gradient {
    float mean, a, b, c;
};
struct norm_gradient norm_gradient(const struct norm *norm, const struct network *network,
                                   int layer, const float *values, const double *totals,
                                   int channel);

#endif
