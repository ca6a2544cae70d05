/*
 * groupnorm - groupnorm and layernorm as stages of the native engine (formulas:
 * reference/groupnorm.c).
 *
 * Sums of a block are floats, one for each channel; sums over the channels of a group are doubles,
 * in order. Layout: x, y, dy [n][C / 16][plane][16]; saved, of each image:
 *
 *     groupnorm   mean [C padded] | inverse [C padded], the same for all channels of a group
 *     layernorm   mean | inverse
 *
 * layernorm's scale and shift, and their gradients, have the layout of an image: padded channels
 * have scale and shift 0, so their output is 0.
 */
#include <math.h>
#include <string.h>

#include "mnist/nn/engine/norm.h"
#include "mnist/nn/native/native_stages.h"

/* Sizes of an image. */
struct image_sizes {
    int channels, padded, plane;
    int groups, size; /* groupnorm: number of groups, channels of a group */
};

static size_t block_at(const struct image_sizes *d, int image, int c)
{
    return ((size_t)image * (size_t)d->padded + (size_t)c) * (size_t)d->plane;
}

static double inverse_of(double squares, double count)
{
    return 1 / sqrt(squares / count + norm_epsilon);
}

static void describe(struct stage *stage, int first)
{
    struct image_sizes *d = native_detail(stage);
    struct shape in = network_layer(stage->network, first)->in;
    *d = (struct image_sizes){.channels = in.channels,
                              .padded = native_round(in.channels),
                              .plane = in.height * in.width};
    stage->in = stage->out = in;
}

/* ---- groupnorm ------------------------------------------------------------------------------- */

/* values [C] = the value of the channel's group. */
static void spread_group(const struct image_sizes *d, float *values, int group, double value)
{
    for (int c = group * d->size; c < (group + 1) * d->size; c++)
        values[c] = (float)value;
}

static double sum_group(const struct image_sizes *d, const float *values, int group)
{
    double sum = 0;
    for (int c = group * d->size; c < (group + 1) * d->size; c++)
        sum += (double)values[c];
    return sum;
}

/* Mean and inverse of each channel's group in one image. scratch: [C padded]. */
static void group_moments(const struct stage *stage, const float *x, float *mean, float *inverse,
                          float *scratch)
{
    const struct image_sizes *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    double count = (double)d->size * d->plane;
    memset(mean, 0, (size_t)d->padded * sizeof *mean);
    memset(inverse, 0, (size_t)d->padded * sizeof *inverse);
    for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
        k->group_sums(scratch + c, x + block_at(d, 0, c), d->plane);
    for (int group = 0; group < d->groups; group++)
        spread_group(d, mean, group, sum_group(d, scratch, group) / count);
    for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
        k->group_squares(scratch + c, x + block_at(d, 0, c), mean + c, d->plane);
    for (int group = 0; group < d->groups; group++)
        spread_group(d, inverse, group, inverse_of(sum_group(d, scratch, group), count));
}

/* Mean and inverse of an image: in saved, or in scratch without training. work_at: three more
   arrays [C padded] in scratch. */
static float *moments_at(const struct stage *stage, const struct slot *slot, int image)
{
    const struct image_sizes *d = native_detail(stage);
    float *moments = stage->saved_size > 0 ? slot->saved : slot->scratch;
    return moments + (stage->saved_size > 0 ? 2 * (size_t)image * (size_t)d->padded : 0);
}

static float *work_at(const struct stage *stage, const struct slot *slot, int index)
{
    const struct image_sizes *d = native_detail(stage);
    return (float *)slot->scratch + (size_t)(2 + index) * (size_t)d->padded;
}

static void group_forward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    const struct layer *layer = network_layer(stage->network, stage->first);
    const float *scale = slot->values + native_offset(stage, layer->weight);
    const float *shift = slot->values + native_offset(stage, layer->bias);
    float *factor = work_at(stage, slot, 0), *addend = work_at(stage, slot, 1);
    for (int i = 0; i < slot->images; i++) {
        float *mean = moments_at(stage, slot, i), *inverse = mean + d->padded;
        group_moments(stage, slot->x + block_at(d, i, 0), mean, inverse, factor);
        memset(factor, 0, 2 * (size_t)d->padded * sizeof *factor);
        for (int c = 0; c < d->channels; c++) {
            factor[c] = scale[c] * inverse[c];
            addend[c] = shift[c] - mean[c] * factor[c];
        }
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            stage->engine->kernels->norm_apply(slot->y + at, slot->x + at, factor + c, addend + c,
                                               false, d->plane);
        }
    }
}

/* The factors of dx = a dy + b (x - mean) + e, from each channel's sum of dy and of dy (x - mean).
   Adds the gradients of scale and shift, which are scale | shift. */
static void group_factors(const struct image_sizes *d, const float *scale, const float *inverse,
                          float *sum, float *product, float *a, float *gradients)
{
    double count = (double)d->size * d->plane;
    memset(a, 0, (size_t)d->padded * sizeof *a);
    for (int c = 0; c < d->channels; c++) {
        gradients[c] += product[c] * inverse[c];
        gradients[d->channels + c] += sum[c];
        a[c] = scale[c] * inverse[c];
        sum[c] *= scale[c];
        product[c] *= scale[c];
    }
    for (int group = 0; group < d->groups; group++) {
        double r = (double)inverse[group * d->size];
        spread_group(d, product, group, -r * r * r * (sum_group(d, product, group) / count));
        spread_group(d, sum, group, -r * (sum_group(d, sum, group) / count));
    }
    for (int c = d->channels; c < d->padded; c++)
        sum[c] = product[c] = 0;
}

static void group_backward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = network_layer(stage->network, stage->first);
    const float *scale = slot->values + native_offset(stage, layer->weight);
    float *sum = work_at(stage, slot, 0), *product = work_at(stage, slot, 1);
    float *a = work_at(stage, slot, 2);
    for (int i = 0; i < slot->images; i++) {
        const float *mean = moments_at(stage, slot, i), *inverse = mean + d->padded;
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
            k->group_gradient_sums(sum + c, product + c, slot->dy + block_at(d, i, c),
                                   slot->x + block_at(d, i, c), mean + c, d->plane);
        group_factors(d, scale, inverse, sum, product, a, slot->gradients);
        for (int c = 0; slot->dx != NULL && c < d->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            k->norm_backward(slot->dx + at, slot->dy + at, slot->x + at, mean + c, a + c,
                             product + c, sum + c, d->plane);
        }
    }
}

int native_stage_groupnorm(struct stage *stage, int first, int end, bool training)
{
    struct image_sizes *d = native_detail(stage);
    (void)end;
    describe(stage, first);
    d->groups = (int)network_layer(stage->network, first)->spec.numbers[0];
    d->size = d->channels / d->groups;
    stage->scratch_size = 5 * (size_t)d->padded * sizeof(float);
    stage->saved_size = SLOT_IMAGES * 2 * (size_t)d->padded * sizeof(float);
    stage->dx_in_place = training;
    stage->forward[0] = group_forward;
    stage->backward[0] = group_backward;
    return 1;
}

/* ---- layernorm ------------------------------------------------------------------------------- */

static size_t image_floats(const struct image_sizes *d)
{
    return (size_t)d->padded * (size_t)d->plane;
}

/* The sum over the real channels of sums [C padded]. */
static double sum_channels(const struct image_sizes *d, const float *sums)
{
    double sum = 0;
    for (int c = 0; c < d->channels; c++)
        sum += (double)sums[c];
    return sum;
}

/* Sets mean and inverse of an image. sums [C padded] and means [16] are working memory. */
static void layer_moments(const struct stage *stage, const float *x, float *moments, float *sums)
{
    const struct image_sizes *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    double count = (double)d->channels * d->plane;
    float means[NATIVE_BLOCK];
    for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
        k->group_sums(sums + c, x + block_at(d, 0, c), d->plane);
    moments[0] = (float)(sum_channels(d, sums) / count);
    for (int l = 0; l < NATIVE_BLOCK; l++)
        means[l] = moments[0];
    for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
        k->group_squares(sums + c, x + block_at(d, 0, c), means, d->plane);
    moments[1] = (float)inverse_of(sum_channels(d, sums), count);
}

/* The arguments of the kernels for the block of channel c. The prepared weights are scale | shift,
   as are the gradients. */
static struct native_layer_norm block_of(const struct stage *stage, const struct slot *slot,
                                         const float *moments, int c)
{
    const struct image_sizes *d = native_detail(stage);
    const float *prepared = stage->prepared;
    size_t at = block_at(d, 0, c);
    return (struct native_layer_norm){
        .scale = prepared + at,
        .shift = prepared + image_floats(d) + at,
        .dscale = slot->gradients != NULL ? slot->gradients + at : NULL,
        .dshift = slot->gradients != NULL ? slot->gradients + image_floats(d) + at : NULL,
        .mean = moments[0],
        .inverse = moments[1],
        .plane = d->plane,
    };
}

static void layer_forward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    float unsaved[2];
    for (int i = 0; i < slot->images; i++) {
        float *moments = stage->saved_size > 0 ? (float *)slot->saved + 2 * i : unsaved;
        layer_moments(stage, slot->x + block_at(d, i, 0), moments, slot->scratch);
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
            struct native_layer_norm norm = block_of(stage, slot, moments, c);
            size_t at = block_at(d, i, c);
            stage->engine->kernels->layer_apply(slot->y + at, slot->x + at, &norm);
        }
    }
}

/* dx of padded channels must be 0. */
static void clear_padding(const struct image_sizes *d, float *dx)
{
    for (int p = 0; p < d->plane; p++)
        for (int c = d->channels; c < d->padded; c++)
            dx[block_at(d, 0, d->padded - NATIVE_BLOCK) + (size_t)p * NATIVE_BLOCK +
               (size_t)(c % NATIVE_BLOCK)] = 0;
}

static void layer_backward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    float *sums = slot->scratch, *products = sums + d->padded;
    double count = (double)d->channels * d->plane;
    for (int i = 0; i < slot->images; i++) {
        const float *moments = (const float *)slot->saved + 2 * i;
        const float *x = slot->x + block_at(d, i, 0), *dy = slot->dy + block_at(d, i, 0);
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
            struct native_layer_norm norm = block_of(stage, slot, moments, c);
            size_t at = block_at(d, 0, c);
            k->layer_gradient_sums(sums + c, products + c, dy + at, x + at, &norm);
        }
        float sum = (float)(sum_channels(d, sums) / count);
        float product = (float)(sum_channels(d, products) / count);
        float *dx = slot->dx != NULL ? slot->dx + block_at(d, i, 0) : NULL;
        for (int c = 0; dx != NULL && c < d->padded; c += NATIVE_BLOCK) {
            struct native_layer_norm norm = block_of(stage, slot, moments, c);
            size_t at = block_at(d, 0, c);
            k->layer_backward(dx + at, dy + at, x + at, sum, product, &norm);
        }
        if (dx != NULL)
            clear_padding(d, dx);
    }
}

/* scale | shift, from the order C, H, W to blocked layout. */
static void layer_prepare(const struct stage *stage, const float *values, int part)
{
    const struct image_sizes *d = native_detail(stage);
    const struct layer *layer = network_layer(stage->network, stage->first);
    float *prepared = stage->prepared;
    (void)part;
    native_pack_image(prepared, values + native_offset(stage, layer->weight), stage->in, 0, 1);
    native_pack_image(prepared + image_floats(d), values + native_offset(stage, layer->bias),
                      stage->in, 0, 1);
}

static void layer_unpack_gradients(const struct stage *stage, float *network_gradients,
                                   const float *gradients, int part)
{
    const struct image_sizes *d = native_detail(stage);
    const struct layer *layer = network_layer(stage->network, stage->first);
    (void)part;
    native_unpack_image(network_gradients + native_offset(stage, layer->weight), gradients,
                        stage->in, 0, 1);
    native_unpack_image(network_gradients + native_offset(stage, layer->bias),
                        gradients + image_floats(d), stage->in, 0, 1);
}

int native_stage_layernorm(struct stage *stage, int first, int end, bool training)
{
    const struct image_sizes *d = native_detail(stage);
    (void)end;
    describe(stage, first);
    stage->scratch_size = 2 * (size_t)d->padded * sizeof(float);
    stage->saved_size = SLOT_IMAGES * 2 * sizeof(float);
    stage->dx_in_place = training;
    stage->prepared_size = 2 * image_floats(d) * sizeof(float);
    stage->prepare = layer_prepare;
    stage->gradient_count = 2 * image_floats(d);
    stage->unpack_gradients = layer_unpack_gradients;
    stage->forward[0] = layer_forward;
    stage->backward[0] = layer_backward;
    return 1;
}
