/*
 * dropout - sets random values to 0 in training, and divides the others by the fraction kept.
 *
 * The random numbers depend on seed, epoch, image and layer, and are in the order H, W, C. The
 * native engine drops the same values.
 */
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

/* A value is dropped when its 16 random bits are below the threshold. Kept values are divided by
   exactly the fraction of kept values. */
enum { DROPOUT_ONE = 1 << 16 };

static uint32_t threshold(const struct stage *stage)
{
    float rate = network_layer(stage->network, stage->first)->spec.rate;
    uint32_t limit = (uint32_t)(rate * DROPOUT_ONE + 0.5f);
    return limit < DROPOUT_ONE ? limit : DROPOUT_ONE - 1;
}

static float keep_scale(const struct stage *stage)
{
    return (float)DROPOUT_ONE / (float)(DROPOUT_ONE - threshold(stage));
}

/* keep [C, n, P], for one image. The random numbers of its stream are in the order H, W, C. */
static void keep_image(uint8_t *keep, const uint16_t *random, uint32_t limit,
                       const struct stage *stage, int image, int n)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width;
    for (size_t p = 0; p < plane; p++)
        for (size_t c = 0; c < (size_t)stage->in.channels; c++)
            keep[(c * (size_t)n + (size_t)image) * plane + p] = *random++ >= limit;
}

static void dropout_forward(const struct stage *stage, const struct slot *slot)
{
    uint32_t layers = (uint32_t)network_layer_count(stage->network);
    for (int i = 0; i < slot->images; i++) {
        uint32_t item = (slot->first_image + (uint32_t)i) * layers + (uint32_t)stage->first;
        rng_draws(slot->scratch, shape_size(stage->in), slot->seed, RNG_DROPOUT, slot->epoch, item);
        keep_image(slot->saved, slot->scratch, threshold(stage), stage, i, slot->images);
    }
    vector_mask(slot->y, slot->x, slot->saved, keep_scale(stage), stage_value_count(stage, slot));
}

static void dropout_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        vector_mask(slot->dx, slot->dy, slot->saved, keep_scale(stage),
                    stage_value_count(stage, slot));
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    (void)end;
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->saved_size = SLOT_IMAGES * shape_size(stage->in);
    stage->scratch_size = (shape_size(stage->in) + RNG_DRAWS) * sizeof(uint16_t);
    stage->forward[0] = training ? dropout_forward : stage_copy;
    stage->backward[0] = dropout_backward;
    return 1;
}

static bool resolve(struct layer *layer, struct error *error)
{
    float rate = layer->spec.rate;
    return (rate >= 0 && rate < 1) ||
           layer_refuse(&layer->spec, error, "the rate must be at least 0 and below 1, not %g",
                        (double)rate);
}

const struct layer_type layer_dropout = {
    .name = "dropout",
    .parameter_count = 1,
    .parameters = {{"share", LAYER_RATE, .positional = true, .fallback = 0.5}},
    .resolve = resolve,
    .reference = compile,
};
