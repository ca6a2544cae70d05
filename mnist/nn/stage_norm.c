/*
 * stage_norm - batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167), with the relu that
 * may follow.
 *
 * Training, over the m = batch * H * W values of a channel, with a barrier each way:
 *
 *     forward   phase 0: mean and squared deviations of each slot, combined by reduce (Chan, Golub,
 *                        LeVeque 1979)
 *               phase 1: y = (x - mean) inverse scale + shift,
 *                        inverse = 1 / sqrt(variance + epsilon)
 *     backward  phase 0: sum of dy, sum of dy (x - mean) of each slot; dshift and dscale from them
 *               phase 1: dx = scale inverse (dy - mean of dy
 *                                            - (x - mean) inverse^2 (mean of dy (x - mean)))
 *
 * Running statistics move by a tenth towards the batch's (variance: m / (m - 1) of it, as PyTorch
 * does). Prediction uses them, folded into one multiplication and one addition.
 *
 * Totals: [mean C | inverse C | mean of dy C | mean of dy (x - mean), times inverse^2 C].
 */
#include <math.h>

#include "mnist/nn/loops.h"
#include "mnist/nn/stages.h"

static const double norm_epsilon = 1e-5, norm_momentum = 0.1;

static const struct layer *norm_layer(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

/* Values of a slot's channel, which lie together. */
static size_t channel_size(const struct stage *stage, const struct slot *slot)
{
    return (size_t)stage->in.height * (size_t)stage->in.width * (size_t)slot->images;
}

static bool with_relu(const struct stage *stage)
{
    return stage->count == 2;
}

/* ---- training, forward ----------------------------------------------------------------------- */

static void forward_sums(const struct stage *stage, const struct slot *slot)
{
    size_t size = channel_size(stage, slot);
    int channels = stage->in.channels;
    for (int c = 0; c < channels; c++) {
        const float *x = slot->x + (size_t)c * size;
        float mean = (float)(loop_sum(x, size) / (double)size);
        slot->sums[c] = (double)mean;
        slot->sums[channels + c] = loop_squares(x, mean, size);
    }
}

struct moments {
    double count, mean, squares;
};

/* Both groups as one. The means are rounded to floats, so squares are about nearly the mean: the
   error is of second order. */
static struct moments combine(struct moments a, struct moments b)
{
    double count = a.count + b.count, delta = b.mean - a.mean;
    return (struct moments){count, a.mean + delta * (b.count / count),
                            a.squares + b.squares + delta * delta * (a.count * b.count / count)};
}

static void reduce_forward(const struct stage *stage, const struct slot_sums *sums)
{
    const struct layer *layer = norm_layer(stage);
    int channels = stage->in.channels;
    float *running_mean = sums->values + stage_offset(stage, layer->running_mean);
    float *running_variance = sums->values + stage_offset(stage, layer->running_variance);
    double plane = (double)stage->in.height * stage->in.width;
    for (int c = 0; c < channels; c++) {
        struct moments all = {plane * sums->images[0], sums->sums[c], sums->sums[channels + c]};
        for (int i = 1; i < sums->slots; i++) {
            const double *slot = sums->sums + (size_t)i * sums->stride;
            all = combine(all,
                          (struct moments){plane * sums->images[i], slot[c], slot[channels + c]});
        }
        double variance = all.squares / all.count;
        double unbiased = all.squares / (all.count > 1 ? all.count - 1 : 1);
        sums->totals[c] = all.mean;
        sums->totals[channels + c] = 1 / sqrt(variance + norm_epsilon);
        running_mean[c] =
            (float)((1 - norm_momentum) * (double)running_mean[c] + norm_momentum * all.mean);
        running_variance[c] =
            (float)((1 - norm_momentum) * (double)running_variance[c] + norm_momentum * unbiased);
    }
}

static void apply(const struct stage *stage, const struct slot *slot, int c, float scale,
                  float shift)
{
    size_t size = channel_size(stage, slot), begin = (size_t)c * size;
    if (with_relu(stage))
        loop_scale_shift_relu(slot->y + begin, slot->x + begin, scale, shift, size);
    else
        loop_scale_shift(slot->y + begin, slot->x + begin, scale, shift, size);
}

static void forward_apply(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = norm_layer(stage);
    const float *weight = slot->values + stage_offset(stage, layer->weight);
    const float *bias = slot->values + stage_offset(stage, layer->bias);
    int channels = stage->in.channels;
    for (int c = 0; c < channels; c++) {
        double scale = (double)weight[c] * slot->totals[channels + c];
        apply(stage, slot, c, (float)scale, (float)((double)bias[c] - slot->totals[c] * scale));
    }
}

/* ---- training, backward ---------------------------------------------------------------------- */

static void backward_sums(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = norm_layer(stage);
    float *dweight = slot->gradients + stage_gradient(stage, layer->weight);
    float *dbias = slot->gradients + stage_gradient(stage, layer->bias);
    size_t size = channel_size(stage, slot);
    int channels = stage->in.channels;
    if (with_relu(stage))
        loop_relu_backward(slot->dy, slot->dy, slot->y, size * (size_t)channels);
    for (int c = 0; c < channels; c++) {
        const float *dy = slot->dy + (size_t)c * size;
        slot->sums[c] = loop_sum(dy, size);
        slot->sums[channels + c] =
            loop_covariance(dy, slot->x + (size_t)c * size, (float)slot->totals[c], size);
        dbias[c] += (float)slot->sums[c];
        dweight[c] += (float)(slot->sums[channels + c] * slot->totals[channels + c]);
    }
}

static void reduce_backward(const struct stage *stage, const struct slot_sums *sums)
{
    int channels = stage->in.channels;
    double plane = (double)stage->in.height * stage->in.width, count = 0;
    for (int i = 0; i < sums->slots; i++)
        count += plane * sums->images[i];
    for (int c = 0; c < channels; c++) {
        double dy = 0, dy_x = 0, inverse = sums->totals[channels + c];
        for (int i = 0; i < sums->slots; i++) {
            dy += sums->sums[(size_t)i * sums->stride + (size_t)c];
            dy_x += sums->sums[(size_t)i * sums->stride + (size_t)(channels + c)];
        }
        sums->totals[2 * channels + c] = dy / count;
        sums->totals[3 * channels + c] = dy_x / count * inverse * inverse;
    }
}

static void reduce(const struct stage *stage, const struct slot_sums *sums)
{
    if (sums->backward)
        reduce_backward(stage, sums);
    else
        reduce_forward(stage, sums);
}

static void backward_apply(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = norm_layer(stage);
    const float *weight = slot->values + stage_offset(stage, layer->weight);
    size_t size = channel_size(stage, slot);
    int channels = stage->in.channels;
    if (slot->dx == NULL)
        return;
    for (int c = 0; c < channels; c++) {
        const double *totals = slot->totals + c;
        double factor = (double)weight[c] * totals[channels];
        float abc[3] = {(float)factor, (float)(-factor * totals[3 * channels]),
                        (float)(-factor * totals[2 * channels])};
        loop_norm_backward(slot->dx + (size_t)c * size, slot->dy + (size_t)c * size,
                           slot->x + (size_t)c * size, (float)totals[0], abc, size);
    }
}

/* ---- prediction ------------------------------------------------------------------------------ */

static void fold(const struct stage *stage, const float *values)
{
    const struct layer *layer = norm_layer(stage);
    const float *weight = values + stage_offset(stage, layer->weight);
    const float *bias = values + stage_offset(stage, layer->bias);
    const float *mean = values + stage_offset(stage, layer->running_mean);
    const float *variance = values + stage_offset(stage, layer->running_variance);
    float *scale = stage->prepared, *shift = scale + stage->in.channels;
    for (int c = 0; c < stage->in.channels; c++) {
        double factor = (double)weight[c] / sqrt((double)variance[c] + norm_epsilon);
        scale[c] = (float)factor;
        shift[c] = (float)((double)bias[c] - (double)mean[c] * factor);
    }
}

static void predict_apply(const struct stage *stage, const struct slot *slot)
{
    const float *scale = stage->prepared, *shift = scale + stage->in.channels;
    for (int c = 0; c < stage->in.channels; c++)
        apply(stage, slot, c, scale[c], shift[c]);
}

int stage_norm(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    size_t channels = (size_t)layer->in.channels;
    bool relu =
        first + 1 < end && network_layer(stage->network, first + 1)->spec.kind == LAYER_RELU;
    stage->in = layer->in;
    if (training) {
        stage->sum_count = 2 * channels;
        stage->total_count = 4 * channels;
        stage->forward[0] = forward_sums;
        stage->forward[1] = forward_apply;
        stage->backward[0] = backward_sums;
        stage->backward[1] = backward_apply;
        stage->reduce = reduce;
    } else {
        stage->in_place = true;
        stage->prepared_size = 2 * channels * sizeof(float);
        stage->prepare = fold;
        stage->forward[0] = predict_apply;
    }
    return relu ? 2 : 1;
}
