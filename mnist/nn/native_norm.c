/*
 * native_norm - batch normalisation as a stage of the native engine, with the relu that may follow.
 *
 * The formulas, the two phases and the running statistics are those of stage_norm.c. Sums are made
 * over one image in floats, over images and slots in doubles, in order.
 *
 *     totals     mean | inverse | mean of dy | mean of dy (x - mean), times inverse^2
 *                each [C filled up]
 *     gradients  scale | shift
 *
 * What fills up the last block has scale 0 and stays 0.
 */
#include <math.h>
#include <string.h>

#include "mnist/nn/native_stages.h"

static const double norm_epsilon = 1e-5, norm_momentum = 0.1;

struct detail {
    int channels, filled, plane;
    bool relu;
};

static const struct layer *norm_layer(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

/* The block at channel c of an image, in floats. */
static size_t block_at(const struct detail *d, int image, int c)
{
    return ((size_t)image * (size_t)d->filled + (size_t)c) * (size_t)d->plane;
}

/* ---- training, forward ----------------------------------------------------------------------- */

/* Of the slot's 16 channels from c on: their mean over all images, and the squares about it. Images
   are of one size, so the mean is the mean of their means. */
static void block_moments(const struct stage *stage, const struct slot *slot, int c, double *mean,
                          double *squares)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    float(*means)[NATIVE_BLOCK] = slot->scratch, sum[NATIVE_BLOCK];
    memset(mean, 0, NATIVE_BLOCK * sizeof *mean);
    memset(squares, 0, NATIVE_BLOCK * sizeof *squares);
    for (int i = 0; i < slot->images; i++) {
        const float *x = slot->x + block_at(d, i, c);
        k->norm_sums(means[i], x, d->plane);
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            means[i][l] /= (float)d->plane;
            mean[l] += (double)means[i][l];
        }
        k->norm_squares(sum, x, means[i], d->plane);
        for (int l = 0; l < NATIVE_BLOCK; l++)
            squares[l] += (double)sum[l];
    }
    for (int l = 0; l < NATIVE_BLOCK; l++)
        mean[l] /= slot->images;
    for (int i = 0; i < slot->images; i++)
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            double delta = (double)means[i][l] - mean[l];
            squares[l] += delta * delta * d->plane;
        }
}

static void forward_sums(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    for (int c = 0; c < d->filled; c += NATIVE_BLOCK)
        block_moments(stage, slot, c, slot->sums + c, slot->sums + d->filled + c);
}

struct moments {
    double count, mean, squares;
};

/* Both groups as one (Chan, Golub, LeVeque 1979). */
static struct moments combine(struct moments a, struct moments b)
{
    double count = a.count + b.count, delta = b.mean - a.mean;
    return (struct moments){count, a.mean + delta * (b.count / count),
                            a.squares + b.squares + delta * delta * (a.count * b.count / count)};
}

static void move(float *running, double value)
{
    *running = (float)((1 - norm_momentum) * (double)*running + norm_momentum * value);
}

static void reduce_forward(const struct stage *stage, const struct slot_sums *sums)
{
    const struct detail *d = native_detail(stage);
    const struct layer *layer = norm_layer(stage);
    float *running_mean = sums->values + native_offset(stage, layer->running_mean);
    float *running_variance = sums->values + native_offset(stage, layer->running_variance);
    for (int c = 0; c < d->channels; c++) {
        struct moments all = {0};
        for (int i = 0; i < sums->slots; i++) {
            const double *slot = sums->sums + (size_t)i * sums->stride + c;
            struct moments part = {(double)d->plane * sums->images[i], slot[0], slot[d->filled]};
            all = i == 0 ? part : combine(all, part);
        }
        sums->totals[c] = all.mean;
        sums->totals[d->filled + c] = 1 / sqrt(all.squares / all.count + norm_epsilon);
        move(&running_mean[c], all.mean);
        move(&running_variance[c], all.squares / (all.count > 1 ? all.count - 1 : 1));
    }
}

/* scale and shift [filled] so that y = x scale + shift. */
static void factors_of(const struct detail *d, const float *weight, const float *bias,
                       const double *mean, const double *inverse, float *scale, float *shift)
{
    memset(scale, 0, (size_t)d->filled * sizeof *scale);
    memset(shift, 0, (size_t)d->filled * sizeof *shift);
    for (int c = 0; c < d->channels; c++) {
        double factor = (double)weight[c] * inverse[c];
        scale[c] = (float)factor;
        shift[c] = (float)((double)bias[c] - mean[c] * factor);
    }
}

static void apply(const struct stage *stage, const struct slot *slot, const float *scale,
                  const float *shift)
{
    const struct detail *d = native_detail(stage);
    for (int i = 0; i < slot->images; i++)
        for (int c = 0; c < d->filled; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            stage->engine->kernels->norm_apply(slot->y + at, slot->x + at, scale + c, shift + c,
                                               d->relu, d->plane);
        }
}

static void forward_apply(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const struct layer *layer = norm_layer(stage);
    float *scale = slot->scratch, *shift = scale + d->filled;
    factors_of(d, slot->values + native_offset(stage, layer->weight),
               slot->values + native_offset(stage, layer->bias), slot->totals,
               slot->totals + d->filled, scale, shift);
    apply(stage, slot, scale, shift);
}

/* ---- training, backward ---------------------------------------------------------------------- */

static void backward_sums(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    double *dy_sums = slot->sums, *product_sums = dy_sums + d->filled;
    memset(slot->sums, 0, 2 * (size_t)d->filled * sizeof *slot->sums);
    for (int c = 0; c < d->filled; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK], sum[NATIVE_BLOCK], product[NATIVE_BLOCK];
        for (int l = 0; l < NATIVE_BLOCK; l++)
            mean[l] = (float)slot->totals[c + l];
        for (int i = 0; i < slot->images; i++) {
            size_t at = block_at(d, i, c);
            stage->engine->kernels->norm_gradient_sums(sum, product, slot->dy + at, slot->x + at,
                                                       d->relu ? slot->y + at : NULL, mean,
                                                       d->plane);
            for (int l = 0; l < NATIVE_BLOCK; l++) {
                dy_sums[c + l] += (double)sum[l];
                product_sums[c + l] += (double)product[l];
            }
        }
    }
    for (int c = 0; c < d->channels; c++) {
        slot->gradients[c] += (float)(product_sums[c] * slot->totals[d->filled + c]);
        slot->gradients[d->channels + c] += (float)dy_sums[c];
    }
}

static void reduce_backward(const struct stage *stage, const struct slot_sums *sums)
{
    const struct detail *d = native_detail(stage);
    double count = 0;
    for (int i = 0; i < sums->slots; i++)
        count += (double)d->plane * sums->images[i];
    for (int c = 0; c < d->channels; c++) {
        double dy = 0, product = 0, inverse = sums->totals[d->filled + c];
        for (int i = 0; i < sums->slots; i++) {
            dy += sums->sums[(size_t)i * sums->stride + (size_t)c];
            product += sums->sums[(size_t)i * sums->stride + (size_t)(d->filled + c)];
        }
        sums->totals[2 * d->filled + c] = dy / count;
        sums->totals[3 * d->filled + c] = product / count * inverse * inverse;
    }
}

static void reduce(const struct stage *stage, const struct slot_sums *sums)
{
    if (sums->backward)
        reduce_backward(stage, sums);
    else
        reduce_forward(stage, sums);
}

/* dx = factor (dy - mean of dy - (x - mean) mean of dy (x - mean) inverse^2), factor = scale
   inverse. */
static void backward_apply(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const float *weight = slot->values + native_offset(stage, norm_layer(stage)->weight);
    if (slot->dx == NULL)
        return;
    for (int c = 0; c < d->filled; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK] = {0}, a[NATIVE_BLOCK] = {0}, b[NATIVE_BLOCK] = {0},
              e[NATIVE_BLOCK] = {0};
        for (int l = 0; l < NATIVE_BLOCK && c + l < d->channels; l++) {
            const double *totals = slot->totals + c + l;
            double factor = (double)weight[c + l] * totals[d->filled];
            mean[l] = (float)totals[0];
            a[l] = (float)factor;
            b[l] = (float)(-factor * totals[3 * d->filled]);
            e[l] = (float)(-factor * totals[2 * d->filled]);
        }
        for (int i = 0; i < slot->images; i++) {
            size_t at = block_at(d, i, c);
            stage->engine->kernels->norm_backward(slot->dx + at, slot->dy + at, slot->x + at, mean,
                                                  a, b, e, d->plane);
        }
    }
}

static void collect(const struct stage *stage, float *network_gradients, const float *gradients)
{
    const struct layer *layer = norm_layer(stage);
    size_t size = (size_t)stage->in.channels * sizeof *gradients;
    memcpy(network_gradients + native_offset(stage, layer->weight), gradients, size);
    memcpy(network_gradients + native_offset(stage, layer->bias), gradients + stage->in.channels,
           size);
}

/* ---- prediction ------------------------------------------------------------------------------ */

static void fold(const struct stage *stage, const float *values)
{
    const struct detail *d = native_detail(stage);
    const struct layer *layer = norm_layer(stage);
    const float *mean = values + native_offset(stage, layer->running_mean);
    const float *variance = values + native_offset(stage, layer->running_variance);
    double *means = stage->prepared, *inverse = means + d->filled;
    float *scale = (float *)(void *)(inverse + d->filled);
    for (int c = 0; c < d->channels; c++) {
        means[c] = (double)mean[c];
        inverse[c] = 1 / sqrt((double)variance[c] + norm_epsilon);
    }
    factors_of(d, values + native_offset(stage, layer->weight),
               values + native_offset(stage, layer->bias), means, inverse, scale,
               scale + d->filled);
}

static void predict_apply(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const double *means = stage->prepared;
    const float *scale = (const float *)(const void *)(means + 2 * d->filled);
    apply(stage, slot, scale, scale + d->filled);
}

int native_stage_norm(struct stage *stage, int first, int end, bool training)
{
    struct detail *d = native_detail(stage);
    stage->in = network_layer(stage->network, first)->in;
    *d = (struct detail){
        .channels = stage->in.channels,
        .filled = native_round(stage->in.channels),
        .plane = stage->in.height * stage->in.width,
        .relu = first + 1 < end && native_kind(stage, first + 1) == LAYER_RELU,
    };
    size_t filled = (size_t)d->filled;
    if (training) {
        size_t means = SLOT_IMAGES * NATIVE_BLOCK, factors = 2 * filled;
        stage->scratch_size = (means > factors ? means : factors) * sizeof(float);
        stage->sum_count = 2 * filled;
        stage->total_count = 4 * filled;
        stage->gradient_count = 2 * (size_t)d->channels;
        stage->forward[0] = forward_sums;
        stage->forward[1] = forward_apply;
        stage->backward[0] = backward_sums;
        stage->backward[1] = backward_apply;
        stage->reduce = reduce;
        stage->collect = collect;
    } else {
        stage->in_place = true;
        stage->prepared_size = 2 * filled * (sizeof(double) + sizeof(float));
        stage->prepare = fold;
        stage->forward[0] = predict_apply;
    }
    return d->relu ? 2 : 1;
}
