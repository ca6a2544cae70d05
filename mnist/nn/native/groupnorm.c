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

/* Moments of a set of values: their number, mean, and sum of squared deviations. */
struct value_moments {
    double count, mean, squares;
};

/* Of one channel of a block. Rounding errors may make the squares of equal values negative. */
static struct value_moments channel_moments(const struct native_moments *block, int lane, int plane)
{
    double sum = (double)block->sum[lane];
    double squares = (double)block->squares[lane] - sum * sum / plane;
    return (struct value_moments){plane, (double)block->sample[lane] + sum / plane,
                                  squares < 0 ? 0 : squares};
}

/* Of two sets together (Chan, Golub, LeVeque 1979). */
static struct value_moments combine(struct value_moments a, struct value_moments b)
{
    double count = a.count + b.count, delta = b.mean - a.mean;
    return (struct value_moments){count, a.mean + delta * (b.count / count),
                                  a.squares + b.squares +
                                      delta * delta * (a.count * b.count / count)};
}

static float inverse_of(struct value_moments m)
{
    return (float)(1 / sqrt(m.squares / m.count + norm_epsilon));
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

/* Mean and inverse of each channel's group in one image. */
static void group_moments(const struct stage *stage, const float *x, float *mean, float *inverse)
{
    const struct image_sizes *d = native_detail(stage);
    struct native_moments block;
    struct value_moments group = {0};
    memset(mean, 0, 2 * (size_t)d->padded * sizeof *mean);
    for (int c = 0; c < d->channels; c++) {
        if (c % NATIVE_BLOCK == 0)
            stage->engine->kernels->group_moments(&block, x + block_at(d, 0, c), d->plane);
        struct value_moments channel = channel_moments(&block, c % NATIVE_BLOCK, d->plane);
        group = c % d->size == 0 ? channel : combine(group, channel);
        if ((c + 1) % d->size == 0) {
            spread_group(d, mean, c / d->size, group.mean);
            spread_group(d, inverse, c / d->size, (double)inverse_of(group));
        }
    }
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
    memset(factor, 0, 2 * (size_t)d->padded * sizeof *factor);
    memcpy(addend, shift, (size_t)d->channels * sizeof *addend);
    for (int i = 0; i < slot->images; i++) {
        float *mean = moments_at(stage, slot, i), *inverse = mean + d->padded;
        group_moments(stage, slot->x + block_at(d, i, 0), mean, inverse);
        for (int c = 0; c < d->channels; c++)
            factor[c] = scale[c] * inverse[c];
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            stage->engine->kernels->group_apply(slot->y + at, slot->x + at, mean + c, factor + c,
                                                addend + c, d->plane);
        }
    }
}

/* Adds the gradients of scale and shift, which are scale | shift, from each channel's sum of dy and
   of dy (x - mean). Then sum and product become the group's (native_group_factors). */
static void group_factors(const struct image_sizes *d, const float *scale, const float *inverse,
                          float *sum, float *product, float *gradients)
{
    double count = (double)d->size * d->plane;
    for (int c = 0; c < d->channels; c++) {
        gradients[c] += product[c] * inverse[c];
        gradients[d->channels + c] += sum[c];
        sum[c] *= scale[c];
        product[c] *= scale[c];
    }
    for (int group = 0; group < d->groups; group++) {
        double r = (double)inverse[group * d->size];
        spread_group(d, product, group, -r * r * (sum_group(d, product, group) / count));
        spread_group(d, sum, group, sum_group(d, sum, group) / count);
    }
    for (int c = d->channels; c < d->padded; c++)
        sum[c] = product[c] = 0;
}

static void group_backward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = network_layer(stage->network, stage->first);
    float *sum = work_at(stage, slot, 0), *product = work_at(stage, slot, 1);
    float *scale = work_at(stage, slot, 2);
    memset(scale, 0, (size_t)d->padded * sizeof *scale);
    memcpy(scale, slot->values + native_offset(stage, layer->weight),
           (size_t)d->channels * sizeof *scale);
    for (int i = 0; i < slot->images; i++) {
        const float *mean = moments_at(stage, slot, i), *inverse = mean + d->padded;
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK)
            k->group_gradient_sums(sum + c, product + c, slot->dy + block_at(d, i, c),
                                   slot->x + block_at(d, i, c), mean + c, d->plane);
        group_factors(d, scale, inverse, sum, product, slot->gradients);
        for (int c = 0; slot->dx != NULL && c < d->padded; c += NATIVE_BLOCK) {
            const struct native_group_factors factors = {mean + c, inverse + c, scale + c, sum + c,
                                                         product + c};
            size_t at = block_at(d, i, c);
            k->group_backward(slot->dx + at, slot->dy + at, slot->x + at, &factors, d->plane);
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

/* Sets mean and inverse of an image. */
static void layer_moments(const struct stage *stage, const float *x, float moments[2])
{
    const struct image_sizes *d = native_detail(stage);
    struct native_moments block;
    struct value_moments image = {0};
    for (int c = 0; c < d->channels; c++) {
        if (c % NATIVE_BLOCK == 0)
            stage->engine->kernels->group_moments(&block, x + block_at(d, 0, c), d->plane);
        struct value_moments channel = channel_moments(&block, c % NATIVE_BLOCK, d->plane);
        image = c == 0 ? channel : combine(image, channel);
    }
    moments[0] = (float)image.mean;
    moments[1] = inverse_of(image);
}

static float *layer_moments_at(const struct slot *slot, int image)
{
    return (float *)slot->saved + (ptrdiff_t)2 * image;
}

/* The kernels' arguments for one or two images; moments: their means and inverses. */
static struct native_layer_norm layer_norm(const struct stage *stage, int images,
                                           const float *moments)
{
    const struct image_sizes *d = native_detail(stage);
    struct native_layer_norm norm = {
        .stride = image_floats(d), .images = images, .plane = d->plane};
    for (int i = 0; i < images; i++) {
        norm.image[i].mean = moments[2 * i];
        norm.image[i].inverse = moments[2 * i + 1];
    }
    return norm;
}

/* Sets the arrays of the block of channel c. The prepared weights are scale | shift, as are the
   gradients. */
static void select_block(struct native_layer_norm *norm, const struct stage *stage,
                         const struct slot *slot, int c)
{
    size_t at = block_at(native_detail(stage), 0, c);
    norm->scale = (const float *)stage->prepared + at;
    norm->shift = norm->scale + norm->stride;
    norm->dscale = slot->gradients != NULL ? slot->gradients + at : NULL;
    norm->dshift = slot->gradients != NULL ? norm->dscale + norm->stride : NULL;
}

/* Number of the images that are processed together from image i on. */
static int together(const struct slot *slot, int i)
{
    int left = slot->images - i;
    return left < NATIVE_NORM_IMAGES ? left : NATIVE_NORM_IMAGES;
}

static void layer_forward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    float unsaved[2 * NATIVE_NORM_IMAGES];
    for (int i = 0; i < slot->images; i += NATIVE_NORM_IMAGES) {
        float *moments = stage->saved_size > 0 ? layer_moments_at(slot, i) : unsaved;
        int images = together(slot, i);
        for (int n = 0; n < images; n++)
            layer_moments(stage, slot->x + block_at(d, i + n, 0), moments + (ptrdiff_t)2 * n);
        struct native_layer_norm norm = layer_norm(stage, images, moments);
        for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            select_block(&norm, stage, slot, c);
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

/* Adds the gradients of scale and shift; sets sum and product of each image. */
static void layer_sums(const struct stage *stage, const struct slot *slot, int first,
                       struct native_layer_norm *norm)
{
    const struct image_sizes *d = native_detail(stage);
    double count = (double)d->channels * d->plane;
    double g[NATIVE_NORM_IMAGES] = {0}, product[NATIVE_NORM_IMAGES] = {0};
    for (int c = 0; c < d->padded; c += NATIVE_BLOCK) {
        float sums[NATIVE_NORM_IMAGES][NATIVE_BLOCK], products[NATIVE_NORM_IMAGES][NATIVE_BLOCK];
        size_t at = block_at(d, first, c);
        select_block(norm, stage, slot, c);
        stage->engine->kernels->layer_gradient_sums(sums, products, slot->dy + at, slot->x + at,
                                                    norm);
        for (int i = 0; i < norm->images; i++)
            for (int l = 0; l < NATIVE_BLOCK && c + l < d->channels; l++) {
                g[i] += (double)sums[i][l];
                product[i] += (double)products[i][l];
            }
    }
    for (int i = 0; i < norm->images; i++) {
        norm->image[i].sum = (float)(g[i] / count);
        norm->image[i].product = (float)(-(product[i] / count) * (double)norm->image[i].inverse);
    }
}

static void layer_backward(const struct stage *stage, const struct slot *slot)
{
    const struct image_sizes *d = native_detail(stage);
    for (int i = 0; i < slot->images; i += NATIVE_NORM_IMAGES) {
        struct native_layer_norm norm =
            layer_norm(stage, together(slot, i), layer_moments_at(slot, i));
        layer_sums(stage, slot, i, &norm);
        for (int c = 0; slot->dx != NULL && c < d->padded; c += NATIVE_BLOCK) {
            size_t at = block_at(d, i, c);
            select_block(&norm, stage, slot, c);
            stage->engine->kernels->layer_backward(slot->dx + at, slot->dy + at, slot->x + at,
                                                   &norm);
        }
        for (int n = 0; slot->dx != NULL && n < norm.images; n++)
            clear_padding(d, slot->dx + block_at(d, i + n, 0));
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
