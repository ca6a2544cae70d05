/*
 * native_simple - relu, dropout and flatten as stages of the native engine.
 *
 * relu and dropout work in place, as those of stage_simple.c do, and dropout drops the same values.
 */
#include <string.h>

#include "mnist/nn/native_stages.h"
#include "mnist/rng.h"

static size_t value_count(const struct stage *stage, const struct slot *slot)
{
    return native_floats(stage->in) * (size_t)slot->images;
}

/* ---- relu ------------------------------------------------------------------------------------ */

static void relu_forward(const struct stage *stage, const struct slot *slot)
{
    stage->engine->kernels->relu(slot->y, slot->x, value_count(stage, slot));
}

static void relu_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        stage->engine->kernels->relu_backward(slot->dx, slot->dy, slot->y, value_count(stage, slot));
}

int native_stage_relu(struct stage *stage, int first)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->forward[0] = relu_forward;
    stage->backward[0] = relu_backward;
    return 1;
}

/* ---- dropout --------------------------------------------------------------------------------- */

/* factors [H * W * C]: 0 or the scale, for the values of one image in the order H, W, C. Value i has half i %
   2 of number i / 2 of the stream. */
static void draw_factors(float *factors, size_t count, struct rng rng, uint32_t limit)
{
    float scale = (float)(1 << 16) / (float)((1 << 16) - limit);
    for (size_t i = 0; i < count; i += 2) {
        uint32_t bits = rng_u32(&rng);
        factors[i] = (bits & 0xffff) >= limit ? scale : 0;
        factors[i + 1] = bits >> 16 >= limit ? scale : 0;
    }
}

/* y = x times the factors, one image. */
static void apply_factors(float *y, const float *x, const float *factors, struct shape shape)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width, channels = (size_t)shape.channels;
    for (size_t c = 0; c < channels; c += NATIVE_BLOCK)
        for (size_t p = 0; p < plane; p++, x += NATIVE_BLOCK, y += NATIVE_BLOCK)
            for (size_t lane = 0; lane < NATIVE_BLOCK; lane++) {
                bool there = c + lane < channels;
                y[lane] = there ? x[lane] * factors[p * channels + c + lane] : 0;
            }
}

static size_t factor_count(struct shape shape)
{
    return (shape_size(shape) + 1) / 2 * 2;
}

static uint32_t threshold(const struct stage *stage)
{
    float rate = network_layer(stage->network, stage->first)->spec.rate;
    uint32_t limit = (uint32_t)(rate * (1 << 16) + 0.5f);
    return limit < (1 << 16) ? limit : (1 << 16) - 1;
}

static void dropout_forward(const struct stage *stage, const struct slot *slot)
{
    uint32_t layers = (uint32_t)network_layer_count(stage->network), limit = threshold(stage);
    size_t floats = native_floats(stage->in), count = factor_count(stage->in);
    for (int i = 0; i < slot->images; i++) {
        uint32_t item = (slot->first_image + (uint32_t)i) * layers + (uint32_t)stage->first;
        float *factors = (float *)slot->saved + (size_t)i * count;
        draw_factors(factors, count, rng_stream(slot->seed, RNG_DROPOUT, slot->epoch, item), limit);
        apply_factors(slot->y + (size_t)i * floats, slot->x + (size_t)i * floats, factors, stage->in);
    }
}

static void dropout_backward(const struct stage *stage, const struct slot *slot)
{
    size_t floats = native_floats(stage->in), count = factor_count(stage->in);
    for (int i = 0; slot->dx != NULL && i < slot->images; i++)
        apply_factors(slot->dx + (size_t)i * floats, slot->dy + (size_t)i * floats,
                      (const float *)slot->saved + (size_t)i * count, stage->in);
}

static void nothing(const struct stage *stage, const struct slot *slot)
{
    (void)stage;
    (void)slot;
}

int native_stage_dropout(struct stage *stage, int first, bool training)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->saved_size = SLOT_IMAGES * factor_count(stage->in) * sizeof(float);
    stage->forward[0] = training ? dropout_forward : nothing;
    stage->backward[0] = dropout_backward;
    return 1;
}

/* ---- flatten --------------------------------------------------------------------------------- */

/* Where value (c, p) of the order C, H, W lies before and after. */
static size_t place_before(struct shape shape, size_t c, size_t p)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    return (c / NATIVE_BLOCK * plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK;
}

static void flatten_forward(const struct stage *stage, const struct slot *slot)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width;
    size_t in = native_floats(stage->in), out = native_floats(stage->out);
    if (stage->first == 0 && native_planar_input(stage->network)) {
        memcpy(slot->y, slot->x, (size_t)slot->images * out * sizeof(float));
        return;
    }
    memset(slot->y, 0, (size_t)slot->images * out * sizeof(float));
    for (size_t i = 0; i < (size_t)slot->images; i++)
        for (size_t c = 0; c < (size_t)stage->in.channels; c++)
            for (size_t p = 0; p < plane; p++)
                slot->y[i * out + c * plane + p] = slot->x[i * in + place_before(stage->in, c, p)];
}

static void flatten_backward(const struct stage *stage, const struct slot *slot)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width;
    size_t in = native_floats(stage->in), out = native_floats(stage->out);
    if (slot->dx == NULL)
        return;
    memset(slot->dx, 0, (size_t)slot->images * in * sizeof(float));
    for (size_t i = 0; i < (size_t)slot->images; i++)
        for (size_t c = 0; c < (size_t)stage->in.channels; c++)
            for (size_t p = 0; p < plane; p++)
                slot->dx[i * in + place_before(stage->in, c, p)] = slot->dy[i * out + c * plane + p];
}

int native_stage_flatten(struct stage *stage, int first)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->forward[0] = flatten_forward;
    stage->backward[0] = flatten_backward;
    return 1;
}
