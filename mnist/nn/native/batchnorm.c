/*
 * batchnorm - batch normalisation as a stage of its own, with the relu after it. conv.c covers one
 * that leads to a convolution. norm.h has the functions of both.
 */
#include <string.h>

#include "mnist/nn/native/norm.h"

static void apply(const struct stage *stage, const struct slot *slot, const float *factors)
{
    const struct native_norm *norm = native_detail(stage);
    for (int i = 0; i < slot->images; i++)
        for (int c = 0; c < norm->padded; c += NATIVE_BLOCK) {
            size_t at = native_norm_block_at(norm, i, c);
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
        native_norm_image_sums(stage, norm, slot, i, slot->dy + native_norm_block_at(norm, i, 0),
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
