/*
 * batchnorm - batch normalisation: sums, factors, gradients, and the stage of a batch-norm on its own.
 *
 * The formulas and the two phases are in engine/norm.h. Layout: x, y, dy [n][C / 16][plane][16].
 */
#include "mnist/nn/native/batchnorm.h"

#include <assert.h>
#include <string.h>

void native_norm_describe(struct native_norm *norm, const struct stage *stage, int layer, int end)
{
    struct shape shape = network_layer(stage->network, layer)->in;
    int padded = native_round(shape.channels);
    *norm = (struct native_norm){
        .layer = layer,
        .padded = padded,
        .of = {shape.channels, padded, shape.height * shape.width},
        .relu = layer + 1 < end && stage_layer_is(stage, layer + 1, &layer_relu),
    };
    assert(padded % NATIVE_BLOCK == 0 && padded - shape.channels < NATIVE_BLOCK);
}

/* Offset of the block that contains channel c of an image, in floats. */
static size_t block_at(const struct native_norm *norm, int image, int c)
{
    return ((size_t)image * (size_t)norm->padded + (size_t)c) * (size_t)norm->of.plane;
}

/* ---- training, forward ----------------------------------------------------------------------- */

/* Mean and sum of squared deviations of 16 channels, from channel c on, over the images of the
   slot. All images have the same size, so the mean is the mean of the images' means. */
static void block_moments(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, int c, double *mean, double *squares)
{
    const struct native_kernels *k = stage->engine->kernels;
    float(*means)[NATIVE_BLOCK] = slot->scratch, sum[NATIVE_BLOCK];
    memset(mean, 0, NATIVE_BLOCK * sizeof *mean);
    memset(squares, 0, NATIVE_BLOCK * sizeof *squares);
    for (int i = 0; i < slot->images; i++) {
        const float *x = slot->x + block_at(norm, i, c);
        k->norm_sums(means[i], x, norm->of.plane);
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            means[i][l] /= (float)norm->of.plane;
            mean[l] += (double)means[i][l];
        }
        k->norm_squares(sum, x, means[i], norm->of.plane);
        for (int l = 0; l < NATIVE_BLOCK; l++)
            squares[l] += (double)sum[l];
    }
    for (int l = 0; l < NATIVE_BLOCK; l++)
        mean[l] /= slot->images;
    for (int i = 0; i < slot->images; i++)
        for (int l = 0; l < NATIVE_BLOCK; l++) {
            double delta = (double)means[i][l] - mean[l];
            squares[l] += delta * delta * norm->of.plane;
        }
}

void native_norm_sums(const struct stage *stage, const struct native_norm *norm,
                      const struct slot *slot)
{
    for (int c = 0; c < norm->padded; c += NATIVE_BLOCK)
        block_moments(stage, norm, slot, c, slot->sums + c, slot->sums + norm->padded + c);
}

void native_norm_reduce(const struct stage *stage, const struct native_norm *norm,
                        const struct slot_sums *sums)
{
    norm_reduce(&norm->of, stage->network, norm->layer, sums);
}

void native_norm_factors(const struct stage *stage, const struct native_norm *norm,
                         const struct slot *slot, float *factors)
{
    memset(factors, 0, native_norm_factor_count(norm) * sizeof *factors);
    for (int c = 0; c < norm->of.channels; c++) {
        struct norm_factor factor =
            norm_factor(&norm->of, stage->network, norm->layer, slot->values, slot->totals, c);
        factors[c] = factor.scale;
        factors[norm->padded + c] = factor.shift;
    }
}

/* ---- training, backward ---------------------------------------------------------------------- */

void native_norm_image_sums(const struct stage *stage, const struct native_norm *norm,
                            const struct slot *slot, int image, float *dy, const float *factors)
{
    double *dy_sums = slot->sums, *product_sums = dy_sums + norm->padded;
    for (int c = 0; c < norm->padded; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK], sum[NATIVE_BLOCK], product[NATIVE_BLOCK];
        size_t at = (size_t)c * (size_t)norm->of.plane;
        struct native_norm_block block = {
            .x = slot->x + block_at(norm, image, c),
            .mean = mean,
            .scale = norm->relu ? factors + c : NULL,
            .shift = factors + norm->padded + c,
            .plane = norm->of.plane,
        };
        for (int l = 0; l < NATIVE_BLOCK; l++)
            mean[l] = c + l < norm->of.channels ? (float)slot->totals[c + l] : 0;
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
    const double *dy_sums = slot->sums, *product_sums = dy_sums + norm->padded;
    for (int c = 0; c < norm->of.channels; c++) {
        gradients[c] += (float)(product_sums[c] * slot->totals[norm->padded + c]);
        gradients[norm->of.channels + c] += (float)dy_sums[c];
    }
}

void native_norm_backward(const struct stage *stage, const struct native_norm *norm,
                          const struct slot *slot, const float *dy)
{
    if (slot->dx == NULL)
        return;
    for (int c = 0; c < norm->padded; c += NATIVE_BLOCK) {
        float mean[NATIVE_BLOCK] = {0}, a[NATIVE_BLOCK] = {0}, b[NATIVE_BLOCK] = {0},
              e[NATIVE_BLOCK] = {0};
        for (int l = 0; l < NATIVE_BLOCK && c + l < norm->of.channels; l++) {
            struct norm_gradient g = norm_gradient(&norm->of, stage->network, norm->layer,
                                                   slot->values, slot->totals, c + l);
            mean[l] = g.mean;
            a[l] = g.a;
            b[l] = g.b;
            e[l] = g.c;
        }
        for (int i = 0; i < slot->images; i++) {
            size_t at = block_at(norm, i, c);
            stage->engine->kernels->norm_backward(slot->dx + at, dy + at, slot->x + at, mean, a, b,
                                                  e, norm->of.plane);
        }
    }
}

void native_norm_unpack_gradients(const struct stage *stage, const struct native_norm *norm,
                                  float *network_gradients, const float *gradients)
{
    const struct layer *layer = network_layer(stage->network, norm->layer);
    size_t size = (size_t)norm->of.channels * sizeof *gradients;
    memcpy(network_gradients + native_offset(stage, layer->weight), gradients, size);
    memcpy(network_gradients + native_offset(stage, layer->bias), gradients + norm->of.channels,
           size);
}

/* ---- prediction ------------------------------------------------------------------------------ */

void native_norm_fold(const struct stage *stage, const struct native_norm *norm,
                      const float *values, float *factors)
{
    memset(factors, 0, native_norm_factor_count(norm) * sizeof *factors);
    for (int c = 0; c < norm->of.channels; c++) {
        struct norm_factor factor = norm_folded(stage->network, norm->layer, values, c);
        factors[c] = factor.scale;
        factors[norm->padded + c] = factor.shift;
    }
}

/* ---- the stage ------------------------------------------------------------------------------- */

static void apply(const struct stage *stage, const struct slot *slot, const float *factors)
{
    const struct native_norm *norm = native_detail(stage);
    for (int i = 0; i < slot->images; i++)
        for (int c = 0; c < norm->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(norm, i, c);
            stage->engine->kernels->norm_apply(slot->y + at, slot->x + at, factors + c,
                                               factors + norm->padded + c, norm->relu,
                                               norm->of.plane);
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

static void unpack_gradients(const struct stage *stage, float *network_gradients,
                             const float *gradients, int part)
{
    (void)part;
    native_norm_unpack_gradients(stage, native_detail(stage), network_gradients, gradients);
}

static void fold(const struct stage *stage, const float *values, int part)
{
    (void)part;
    native_norm_fold(stage, native_detail(stage), values, stage->prepared);
}

static void predict_apply(const struct stage *stage, const struct slot *slot)
{
    apply(stage, slot, stage->prepared);
}

/* Whether the batch-norm at first can be fused into a convolution: only a relu may be between them.
   The fused backward computes the batch-norm's gradients together with dx, which plan.c requests
   only if an earlier layer is trained. */
static bool leads_to_conv(const struct stage *stage, int first, int end)
{
    bool trains = false;
    for (int i = 0; i < first; i++)
        trains |= network_layer(stage->network, i)->parameters > 0;
    int next = first + 1;
    if (next < end && stage_layer_is(stage, next, &layer_relu))
        next++;
    return trains && next < end && stage_layer_is(stage, next, &layer_conv);
}

int native_stage_batchnorm(struct stage *stage, int first, int end, bool training)
{
    if (leads_to_conv(stage, first, end))
        return native_stage_conv(stage, first, end, training);
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
        stage->unpack_gradients = unpack_gradients;
    } else {
        stage->in_place = true;
        stage->changes_sign = true;
        stage->prepared_size = factors * sizeof(float);
        stage->prepare = fold;
        stage->forward[0] = predict_apply;
    }
    return norm->relu ? 2 : 1;
}
