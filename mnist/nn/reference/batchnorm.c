/*
 * batchnorm - batch normalisation (engine/norm.h has the formulas), with a relu that follows.
 *
 * Training has two phases in each direction: every slot computes its sums, all slots' sums are
 * reduced to those of the batch, then every slot applies them. Prediction folds the running
 * statistics into one factor and one addend per channel.
 */
#include "mnist/nn/engine/norm.h"
#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static const struct layer *norm_layer(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

static struct norm norm_of(const struct stage *stage)
{
    return (struct norm){stage->in.channels, stage->in.channels,
                         stage->in.height * stage->in.width};
}

/* Number of values of one channel in a slot, which are contiguous. */
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
        float mean = (float)(vector_sum(x, size) / (double)size);
        slot->sums[c] = (double)mean;
        slot->sums[channels + c] = vector_squares(x, mean, size);
    }
}

static void reduce(const struct stage *stage, const struct slot_sums *sums)
{
    struct norm norm = norm_of(stage);
    norm_reduce(&norm, stage->network, stage->first, sums);
}

static void apply(const struct stage *stage, const struct slot *slot, int c,
                  struct norm_factor factor)
{
    size_t size = channel_size(stage, slot), begin = (size_t)c * size;
    if (with_relu(stage))
        vector_scale_shift_relu(slot->y + begin, slot->x + begin, factor.scale, factor.shift, size);
    else
        vector_scale_shift(slot->y + begin, slot->x + begin, factor.scale, factor.shift, size);
}

static void forward_apply(const struct stage *stage, const struct slot *slot)
{
    struct norm norm = norm_of(stage);
    for (int c = 0; c < norm.channels; c++)
        apply(stage, slot, c,
              norm_factor(&norm, stage->network, stage->first, slot->values, slot->totals, c));
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
        vector_relu_backward(slot->dy, slot->dy, slot->y, size * (size_t)channels);
    for (int c = 0; c < channels; c++) {
        const float *dy = slot->dy + (size_t)c * size;
        slot->sums[c] = vector_sum(dy, size);
        slot->sums[channels + c] =
            vector_covariance(dy, slot->x + (size_t)c * size, (float)slot->totals[c], size);
        dbias[c] += (float)slot->sums[c];
        dweight[c] += (float)(slot->sums[channels + c] * slot->totals[channels + c]);
    }
}

static void backward_apply(const struct stage *stage, const struct slot *slot)
{
    struct norm norm = norm_of(stage);
    size_t size = channel_size(stage, slot);
    if (slot->dx == NULL)
        return;
    for (int c = 0; c < norm.channels; c++) {
        struct norm_gradient g =
            norm_gradient(&norm, stage->network, stage->first, slot->values, slot->totals, c);
        float abc[3] = {g.a, g.b, g.c};
        vector_norm_backward(slot->dx + (size_t)c * size, slot->dy + (size_t)c * size,
                             slot->x + (size_t)c * size, g.mean, abc, size);
    }
}

/* ---- prediction ------------------------------------------------------------------------------ */

static void fold(const struct stage *stage, const float *values, int part)
{
    (void)part;
    struct norm_factor *factors = stage->prepared;
    for (int c = 0; c < stage->in.channels; c++)
        factors[c] = norm_folded(stage->network, stage->first, values, c);
}

static void predict_apply(const struct stage *stage, const struct slot *slot)
{
    const struct norm_factor *factors = stage->prepared;
    for (int c = 0; c < stage->in.channels; c++)
        apply(stage, slot, c, factors[c]);
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    size_t channels = (size_t)layer->in.channels;
    bool relu = first + 1 < end && stage_layer_is(stage, first + 1, &layer_relu);
    stage->in = layer->in;
    stage->reads_sign = relu;
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
        stage->changes_sign = true;
        stage->prepared_size = channels * sizeof(struct norm_factor);
        stage->prepare = fold;
        stage->forward[0] = predict_apply;
    }
    return relu ? 2 : 1;
}

/* ---- the type -------------------------------------------------------------------------------- */

static bool resolve(struct layer *layer, struct error *error)
{
    const int dims[TENSOR_RANK_MAX] = {layer->in.channels};
    (void)error;
    layer_add_tensor(layer, TENSOR_SCALE, "weight", dims);
    layer_add_tensor(layer, TENSOR_SHIFT, "bias", dims);
    layer_add_tensor(layer, TENSOR_RUNNING_MEAN, "running_mean", dims);
    layer_add_tensor(layer, TENSOR_RUNNING_VARIANCE, "running_var", dims);
    return true;
}

const struct layer_type layer_batchnorm = {
    .name = "batchnorm", .resolve = resolve, .reference = compile};
