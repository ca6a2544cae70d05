/*
 * norm - what batch normalisation is in every engine (Ioffe and Szegedy 2015, arXiv 1502.03167).
 *
 * Training, over the m = batch * H * W values of a channel, with a barrier each way:
 *
 *     forward   phase 0: mean and squared deviations of each slot, combined by norm_reduce (Chan,
 *                        Golub, LeVeque 1979)
 *               phase 1: y = (x - mean) inverse scale + shift,
 *                        inverse = 1 / sqrt(variance + epsilon)
 *     backward  phase 0: sum of dy, sum of dy (x - mean) of each slot; dshift and dscale from them
 *               phase 1: dx = scale inverse (dy - mean of dy
 *                                            - (x - mean) inverse^2 (mean of dy (x - mean)))
 *
 * Running statistics move by a tenth towards the batch's (variance: m / (m - 1) of it, as PyTorch
 * does). Prediction uses them, folded into one multiplication and one addition.
 *
 *     sums    of a slot: mean | squares about it; backward: of dy | of dy (x - mean)
 *     totals  mean | inverse | mean of dy | mean of dy (x - mean), times inverse^2
 */
#ifndef MNIST_NN_ENGINE_NORM_H
#define MNIST_NN_ENGINE_NORM_H

#include "mnist/nn/engine/engine.h"

struct norm {
    int channels, stride; /* stride: from one part of sums and totals to the next */
    int plane;            /* values of a channel in one image */
};

/* Sums of all slots into totals; forward also moves the running statistics of the network's layer.
 */
void norm_reduce(const struct norm *norm, const struct network *network, int layer,
                 const struct slot_sums *sums);

/* y = x scale + shift: by the totals of a batch, or by the running statistics. values are the
   network's. */
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
