/*
 * dropout - as a stage of the native engine, in place.
 *
 * It drops the same values as the reference engine (reference/dropout.c), because both use the same
 * random numbers, in the order H, W, C.
 */
#include "mnist/base/rng.h"
#include "mnist/nn/native/native_stages.h"

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

int native_stage_dropout(struct stage *stage, int first, int end, bool training)
{
    (void)end;
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->saved_size = SLOT_IMAGES * draw_count(stage->in) * sizeof(uint16_t);
    stage->forward[0] = training ? dropout_forward : stage_copy;
    stage->backward[0] = dropout_backward;
    return 1;
}
