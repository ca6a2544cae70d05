/*
 * norm - batch normalisation: sums, factors, gradients.
 *
 * The formulas and the two phases are in engine/norm.h. Layout: x, y, dy [n][C / 16][plane][16].
 */
#include "mnist/nn/native/norm.h"

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
        const float *x = slot->x + native_norm_block_at(norm, i, c);
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
            .x = slot->x + native_norm_block_at(norm, image, c),
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
            size_t at = native_norm_block_at(norm, i, c);
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
