/*
 * simple - relu, dropout and flatten as stages of the native engine.
 *
 * relu and dropout work in place. Dropout drops the same values as the reference engine
 * (stage_simple.c), because both use the same random numbers, in the order H, W, C.
 */
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/nn/native/native_stages.h"

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
        stage->engine->kernels->relu_backward(slot->dx, slot->dy, slot->y,
                                              value_count(stage, slot));
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

/* Random numbers of one image, in the order H, W, C, rounded up to whole groups. */
static size_t draw_count(struct shape shape)
{
    return (shape_size(shape) + RNG_DRAWS - 1) / RNG_DRAWS * RNG_DRAWS;
}

/* Dropout of one image: y = x scale where the random number is at least limit, otherwise 0. scale
   is the reciprocal of the exact probability of keeping a value. */
static void apply_draws(const struct stage *stage, float *y, const float *x, const uint16_t *draws,
                        uint32_t limit)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width;
    size_t channels = (size_t)stage->in.channels;
    float scale = (float)(1 << 16) / (float)((1 << 16) - limit);
    for (size_t c = 0; c < channels;
         c += NATIVE_BLOCK, x += plane * NATIVE_BLOCK, y += plane * NATIVE_BLOCK) {
        struct native_dropout d = {plane, channels, channels - c, limit, scale};
        stage->engine->kernels->dropout(&d, y, x, draws + c);
    }
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
    size_t floats = native_floats(stage->in), count = draw_count(stage->in);
    for (int i = 0; i < slot->images; i++) {
        uint32_t item = (slot->first_image + (uint32_t)i) * layers + (uint32_t)stage->first;
        uint16_t *draws = (uint16_t *)slot->saved + (size_t)i * count;
        struct rng stream = rng_stream(slot->seed, RNG_DROPOUT, slot->epoch, item);
        stage->engine->kernels->philox(draws, count / RNG_DRAWS, &stream);
        apply_draws(stage, slot->y + (size_t)i * floats, slot->x + (size_t)i * floats, draws,
                    limit);
    }
}

static void dropout_backward(const struct stage *stage, const struct slot *slot)
{
    size_t floats = native_floats(stage->in), count = draw_count(stage->in);
    for (int i = 0; slot->dx != NULL && i < slot->images; i++)
        apply_draws(stage, slot->dx + (size_t)i * floats, slot->dy + (size_t)i * floats,
                    (const uint16_t *)slot->saved + (size_t)i * count, threshold(stage));
}

static void do_nothing(const struct stage *stage, const struct slot *slot)
{
    (void)stage;
    (void)slot;
}

int native_stage_dropout(struct stage *stage, int first, bool training)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->saved_size = SLOT_IMAGES * draw_count(stage->in) * sizeof(uint16_t);
    stage->forward[0] = training ? dropout_forward : do_nothing;
    stage->backward[0] = dropout_backward;
    return 1;
}

/* ---- flatten --------------------------------------------------------------------------------- */

/* Offset of pixel p of channel c in blocked layout. */
static size_t blocked_offset(struct shape shape, size_t c, size_t p)
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
                slot->y[i * out + c * plane + p] =
                    slot->x[i * in + blocked_offset(stage->in, c, p)];
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
                slot->dx[i * in + blocked_offset(stage->in, c, p)] =
                    slot->dy[i * out + c * plane + p];
}

int native_stage_flatten(struct stage *stage, int first)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->forward[0] = flatten_forward;
    stage->backward[0] = flatten_backward;
    return 1;
}
