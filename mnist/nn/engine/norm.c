/*
 * norm - the formulas of norm.h, one channel at a time, in double precision.
 */
#include "mnist/nn/engine/norm.h"

#include <math.h>

static const double norm_momentum = 0.1;

struct batch_moments {
    double count, mean, squares;
};

/* Combines two groups of values. The slot means are rounded to floats, so squares refer to a
   slightly different mean: the error is of second order. */
static struct batch_moments combine(struct batch_moments a, struct batch_moments b)
{
    double count = a.count + b.count, delta = b.mean - a.mean;
    return (struct batch_moments){count, a.mean + delta * (b.count / count),
                                  a.squares + b.squares +
                                      delta * delta * (a.count * b.count / count)};
}

static void update_running(float *running, double value)
{
    *running = (float)((1 - norm_momentum) * (double)*running + norm_momentum * value);
}

static size_t offset_of(const struct network *network, int tensor)
{
    return network_tensor(network, tensor)->offset;
}

static void reduce_forward(const struct norm *norm, const struct network *network, int layer,
                           const struct slot_sums *sums)
{
    const struct layer *info = network_layer(network, layer);
    float *running_mean = sums->values + offset_of(network, info->running_mean);
    float *running_variance = sums->values + offset_of(network, info->running_variance);
    for (int c = 0; c < norm->channels; c++) {
        struct batch_moments all = {0};
        for (int i = 0; i < sums->slots; i++) {
            const double *slot = sums->sums + (size_t)i * sums->stride + c;
            struct batch_moments part = {(double)norm->plane * sums->images[i], slot[0],
                                         slot[norm->stride]};
            all = i == 0 ? part : combine(all, part);
        }
        sums->totals[c] = all.mean;
        sums->totals[norm->stride + c] = 1 / sqrt(all.squares / all.count + norm_epsilon);
        update_running(&running_mean[c], all.mean);
        update_running(&running_variance[c], all.squares / (all.count > 1 ? all.count - 1 : 1));
    }
}

static void reduce_backward(const struct norm *norm, const struct slot_sums *sums)
{
    double count = 0;
    for (int i = 0; i < sums->slots; i++)
        count += (double)norm->plane * sums->images[i];
    for (int c = 0; c < norm->channels; c++) {
        double dy = 0, product = 0, inverse = sums->totals[norm->stride + c];
        for (int i = 0; i < sums->slots; i++) {
            dy += sums->sums[(size_t)i * sums->stride + (size_t)c];
            product += sums->sums[(size_t)i * sums->stride + (size_t)(norm->stride + c)];
        }
        sums->totals[2 * norm->stride + c] = dy / count;
        sums->totals[3 * norm->stride + c] = product / count * inverse * inverse;
    }
}

void norm_reduce(const struct norm *norm, const struct network *network, int layer,
                 const struct slot_sums *sums)
{
    if (sums->backward)
        reduce_backward(norm, sums);
    else
        reduce_forward(norm, network, layer, sums);
}

static struct norm_factor factor_of(const struct network *network, int layer, const float *values,
                                    int channel, double mean, double inverse)
{
    const struct layer *info = network_layer(network, layer);
    double factor = (double)values[offset_of(network, info->weight) + (size_t)channel] * inverse;
    double bias = (double)values[offset_of(network, info->bias) + (size_t)channel];
    return (struct norm_factor){(float)factor, (float)(bias - mean * factor)};
}

struct norm_factor norm_factor(const struct norm *norm, const struct network *network, int layer,
                               const float *values, const double *totals, int channel)
{
    return factor_of(network, layer, values, channel, totals[channel],
                     totals[norm->stride + channel]);
}

struct norm_factor norm_folded(const struct network *network, int layer, const float *values,
                               int channel)
{
    const struct layer *info = network_layer(network, layer);
    float mean = values[offset_of(network, info->running_mean) + (size_t)channel];
    float variance = values[offset_of(network, info->running_variance) + (size_t)channel];
    return factor_of(network, layer, values, channel, (double)mean,
                     1 / sqrt((double)variance + norm_epsilon));
}

struct norm_gradient norm_gradient(const struct norm *norm, const struct network *network,
                                   int layer, const float *values, const double *totals,
                                   int channel)
{
    const float *weight = values + offset_of(network, network_layer(network, layer)->weight);
    totals += channel;
    double factor = (double)weight[channel] * totals[norm->stride];
    return (struct norm_gradient){(float)totals[0], (float)factor,
                                  (float)(-factor * totals[3 * norm->stride]),
                                  (float)(-factor * totals[2 * norm->stride])};
}
