/*
 * native_norm - the sums, the factors, the gradients; and the stage that has a batch-norm alone.
 */
#include "mnist/nn/native_norm.h"

#include <math.h>
#include <string.h>

static const double norm_epsilon = 1e-5, norm_momentum = 0.1;

void native_norm_describe(struct native_norm *norm, const struct stage *stage, int layer, int end)
{
    struct shape shape = network_layer(stage->network, layer)->in;
    *norm = (struct native_norm){
        .layer = layer,
        .channels = shape.channels,
        .filled = native_round(shape.channels),
        .plane = shape.height * shape.width,
        .relu = layer + 1 < end && native_kind(stage, layer + 1) == LAYER_RELU,
    };
}

static const struct layer *norm_layer(const struct stage *stage, const struct native_norm *norm)
{
    return network_layer(stage->network, norm->layer);
}

/* The block at channel c of an image, in floats. */
static size_t block_at(const struct native_norm *norm, int image, int c)
{
    return ((size_t)image * (size_t)norm->filled + (size_t)c) * (size_t)norm->plane;
}

/* ---- training, forward ----------------------------------------------------------------------- */

/* Of the slot's 16 channels from c on: their mean over all images, and the squares about it. Images
   are of one size, so the mean is the mean of their means. */
static void block_moments(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, int c, double *mean, double *squares)
{
    const struct native_kernels *k = stage->engine->kernels;
    float(*means)[NATIVE_BLOCK] = slot->scratch, sum[NATIVE_BLOCK];
    memset(mean, 0, NATIVE_BLOCK * sizeof *mean);
    memset(squares, 0, NATIVE_BLOCK * sizeof *squares);
    for (int i = 0; i < slot->images; i++) {
        const float *x = slot->x + block_at(norm, i, c);
        k->norm_sums(means[i], x, norm->plane);
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            means[i][l] /= (float)norm->plane;
            mean[l] += (double)means[i][l];
        }
        k->norm_squares(sum, x, means[i], norm->plane);
        for (int l = 0; l < NATIVE_BLOCK; l++)
            squares[l] += (double)sum[l];
    }
    for (int l = 0; l < NATIVE_BLOCK; l++)
        mean[l] /= slot->images;
    for (int i = 0; i < slot->images; i++)
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            double delta = (double)means[i][l] - mean[l];
            squares[l] += delta * delta * norm->plane;
        }
}

void native_norm_sums(const struct stage *stage, const struct native_norm *norm,
                      const struct slot *slot)
{
    for (int c = 0; c < norm->filled; c += NATIVE_BLOCK)
        block_moments(stage, norm, slot, c, slot->sums + c, slot->sums + norm->filled + c);
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

static void reduce_forward(const struct stage *stage, const struct native_norm *norm,
                           const struct slot_sums *sums)
{
    const struct layer *layer = norm_layer(stage, norm);
    float *running_mean = sums->values + native_offset(stage, layer->running_mean);
    float *running_variance = sums->values + native_offset(stage, layer->running_variance);
    for (int c = 0; c < norm->channels; c++) {
        struct moments all = {0};
        for (int i = 0; i < sums->slots; i++) {
            const double *slot = sums->sums + (size_t)i * sums->stride + c;
            struct moments part = {(double)norm->plane * sums->images[i], slot[0],
                                   slot[norm->filled]};
            all = i == 0 ? part : combine(all, part);
        }
        sums->totals[c] = all.mean;
        sums->totals[norm->filled + c] = 1 / sqrt(all.squares / all.count + norm_epsilon);
        move(&running_mean[c], all.mean);
        move(&running_variance[c], all.squares / (all.count > 1 ? all.count - 1 : 1));
    }
}

static void factors_of(const struct stage *stage, const struct native_norm *norm,
                       const float *values, int c, double mean, double inverse, float *factors)
{
    const struct layer *layer = norm_layer(stage, norm);
    double weight = (double)values[native_offset(stage, layer->weight) + (size_t)c];
    double bias = (double)values[native_offset(stage, layer->bias) + (size_t)c];
    double factor = weight * inverse;
    factors[c] = (float)factor;
    factors[norm->filled + c] = (float)(bias - mean * factor);
}

void native_norm_factors(const struct stage *stage, const struct native_norm *norm,
                         const struct slot *slot, float *factors)
{
    memset(factors, 0, native_norm_factor_count(norm) * sizeof *factors);
    for (int c = 0; c < norm->channels; c++)
        factors_of(stage, norm, slot->values, c, slot->totals[c], slot->totals[norm->filled + c],
                   factors);
}

/* ---- training, backward ---------------------------------------------------------------------- */

void native_norm_image_sums(const struct stage *stage, const struct native_norm *norm,
                            const struct slot *slot, int image, float *dy, const float *factors)
{
    double *dy_sums = slot->sums, *product_sums = dy_sums + norm->filled;
    for (int c = 0; c < norm->filled; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK], sum[NATIVE_BLOCK], product[NATIVE_BLOCK];
        size_t at = (size_t)c * (size_t)norm->plane;
        struct native_norm_block block = {
            .x = slot->x + block_at(norm, image, c),
            .mean = mean,
            .scale = norm->relu ? factors + c : NULL,
            .shift = factors + norm->filled + c,
            .plane = norm->plane,
        };
        for (int l = 0; l < NATIVE_BLOCK; l++)
            mean[l] = (float)slot->totals[c + l];
        stage->engine->kernels->norm_gradient_sums(sum, product, dy + at, &block);
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            dy_sums[c + l] += (double)sum[l];
            product_sums[c + l] += (double)product[l];
        }
    }
}

void native_norm_gradients(const struct native_norm *norm, const struct slot *slot,
                           float *gradients)
{
    const double *dy_sums = slot->sums, *product_sums = dy_sums + norm->filled;
    for (int c = 0; c < norm->channels; c++) {
        gradients[c] += (float)(product_sums[c] * slot->totals[norm->filled + c]);
        gradients[norm->channels + c] += (float)dy_sums[c];
    }
}

static void reduce_backward(const struct native_norm *norm, const struct slot_sums *sums)
{
    double count = 0;
    for (int i = 0; i < sums->slots; i++)
        count += (double)norm->plane * sums->images[i];
    for (int c = 0; c < norm->channels; c++) {
        double dy = 0, product = 0, inverse = sums->totals[norm->filled + c];
        for (int i = 0; i < sums->slots; i++) {
            dy += sums->sums[(size_t)i * sums->stride + (size_t)c];
            product += sums->sums[(size_t)i * sums->stride + (size_t)(norm->filled + c)];
        }
        sums->totals[2 * norm->filled + c] = dy / count;
        sums->totals[3 * norm->filled + c] = product / count * inverse * inverse;
    }
}

void native_norm_reduce(const struct stage *stage, const struct native_norm *norm,
                        const struct slot_sums *sums)
{
    if (sums->backward)
        reduce_backward(norm, sums);
    else
        reduce_forward(stage, norm, sums);
}

/* dx = factor (dy - mean of dy - (x - mean) mean of dy (x - mean) inverse^2), factor = scale
   inverse. */
void native_norm_backward(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, const float *dy)
{
    const float *weight = slot->values + native_offset(stage, norm_layer(stage, norm)->weight);
    if (slot->dx == NULL)
        return;
    for (int c = 0; c < norm->filled; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK] = {0}, a[NATIVE_BLOCK] = {0}, b[NATIVE_BLOCK] = {0},
              e[NATIVE_BLOCK] = {0};
        for (int l = 0; l < NATIVE_BLOCK && c + l < norm->channels; l++) {
            const double *totals = slot->totals + c + l;
            double factor = (double)weight[c + l] * totals[norm->filled];
            mean[l] = (float)totals[0];
            a[l] = (float)factor;
            b[l] = (float)(-factor * totals[3 * norm->filled]);
            e[l] = (float)(-factor * totals[2 * norm->filled]);
        }
        for (int i = 0; i < slot->images; i++) {
            size_t at = block_at(norm, i, c);
            stage->engine->kernels->norm_backward(slot->dx + at, dy + at, slot->x + at, mean, a, b,
                                                  e, norm->plane);
        }
    }
}

void native_norm_collect(const struct stage *stage, const struct native_norm *norm,
                         float *network_gradients, const float *gradients)
{
    const struct layer *layer = norm_layer(stage, norm);
    size_t size = (size_t)norm->channels * sizeof *gradients;
    memcpy(network_gradients + native_offset(stage, layer->weight), gradients, size);
    memcpy(network_gradients + native_offset(stage, layer->bias), gradients + norm->channels, size);
}

/* ---- prediction ------------------------------------------------------------------------------ */

void native_norm_fold(const struct stage *stage, const struct native_norm *norm,
                      const float *values, float *factors)
{
    const struct layer *layer = norm_layer(stage, norm);
    const float *mean = values + native_offset(stage, layer->running_mean);
    const float *variance = values + native_offset(stage, layer->running_variance);
    memset(factors, 0, native_norm_factor_count(norm) * sizeof *factors);
    for (int c = 0; c < norm->channels; c++)
        factors_of(stage, norm, values, c, (double)mean[c],
                   1 / sqrt((double)variance[c] + norm_epsilon), factors);
}

/* ---- the stage ------------------------------------------------------------------------------- */

static void apply(const struct stage *stage, const struct slot *slot, const float *factors)
{
    const struct native_norm *norm = native_detail(stage);
    for (int i = 0; i < slot->images; i++)
        for (int c = 0; c < norm->filled; c += NATIVE_BLOCK) {
            size_t at = block_at(norm, i, c);
            stage->engine->kernels->norm_apply(slot->y + at, slot->x + at, factors + c,
                                               factors + norm->filled + c, norm->relu, norm->plane);
        }
}

static void forward_sums(const struct stage *stage, const struct slot *slot)
{
    native_norm_sums(stage, native_detail(stage), slot);
}

static void forward_apply(const struct stage *stage, const struct slot *slot)
{
    native_norm_factors(stage, native_detail(stage), slot, slot->scratch);
    apply(stage, slot, slot->scratch);
}

static void backward_sums(const struct stage *stage, const struct slot *slot)
{
    const struct native_norm *norm = native_detail(stage);
    native_norm_factors(stage, norm, slot, slot->scratch);
    memset(slot->sums, 0, native_norm_sum_count(norm) * sizeof *slot->sums);
    for (int i = 0; i < slot->images; i++)
        native_norm_image_sums(stage, norm, slot, i, slot->dy + block_at(norm, i, 0),
                               slot->scratch);
    native_norm_gradients(norm, slot, slot->gradients);
}

static void backward_apply(const struct stage *stage, const struct slot *slot)
{
    native_norm_backward(stage, native_detail(stage), slot, slot->dy);
}

static void reduce(const struct stage *stage, const struct slot_sums *sums)
{
    native_norm_reduce(stage, native_detail(stage), sums);
}

static void collect(const struct stage *stage, float *network_gradients, const float *gradients)
{
    native_norm_collect(stage, native_detail(stage), network_gradients, gradients);
}

static void fold(const struct stage *stage, const float *values)
{
    native_norm_fold(stage, native_detail(stage), values, stage->prepared);
}

static void predict_apply(const struct stage *stage, const struct slot *slot)
{
    apply(stage, slot, stage->prepared);
}

int native_stage_norm(struct stage *stage, int first, int end, bool training)
{
    struct native_norm *norm = native_detail(stage);
    native_norm_describe(norm, stage, first, end);
    size_t factors = native_norm_factor_count(norm), means = SLOT_IMAGES * NATIVE_BLOCK;
    if (training) {
        stage->scratch_size = (means > factors ? means : factors) * sizeof(float);
        stage->sum_count = native_norm_sum_count(norm);
        stage->total_count = native_norm_total_count(norm);
        stage->gradient_count = native_norm_gradient_count(norm);
        stage->forward[0] = forward_sums;
        stage->forward[1] = forward_apply;
        stage->backward[0] = backward_sums;
        stage->backward[1] = backward_apply;
        stage->reduce = reduce;
        stage->dx_in_place = true;
        stage->collect = collect;
    } else {
        stage->in_place = true;
        stage->prepared_size = factors * sizeof(float);
        stage->prepare = fold;
        stage->forward[0] = predict_apply;
    }
    return norm->relu ? 2 : 1;
}
