/*
 * stage_simple - relu, dropout and flatten: stages that process each value separately.
 *
 * relu and dropout work in place. This is safe because the previous stage does not read its own
 * output in backward, except a relu, which reads only the sign, and neither relu nor dropout
 * changes the sign of a value that passes.
 */
#include <math.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static size_t value_count(const struct stage *stage, const struct slot *slot)
{
    return shape_size(stage->in) * (size_t)slot->images;
}

/* ---- relu ------------------------------------------------------------------------------------ */

static void relu_forward(const struct stage *stage, const struct slot *slot)
{
    vector_relu(slot->y, slot->x, value_count(stage, slot));
}

static void relu_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        vector_relu_backward(slot->dx, slot->dy, slot->y, value_count(stage, slot));
}

int stage_relu(struct stage *stage, int first)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->forward[0] = relu_forward;
    stage->backward[0] = relu_backward;
    return 1;
}

/* ---- dropout --------------------------------------------------------------------------------- */

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
    vector_mask(slot->y, slot->x, slot->saved, keep_scale(stage), value_count(stage, slot));
}

static void dropout_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        vector_mask(slot->dx, slot->dy, slot->saved, keep_scale(stage), value_count(stage, slot));
}

static void nothing(const struct stage *stage, const struct slot *slot)
{
    (void)stage;
    (void)slot;
}

int stage_dropout(struct stage *stage, int first, bool training)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->saved_size = SLOT_IMAGES * shape_size(stage->in);
    stage->scratch_size = (shape_size(stage->in) + RNG_DRAWS) * sizeof(uint16_t);
    stage->forward[0] = training ? dropout_forward : nothing;
    stage->backward[0] = dropout_backward;
    return 1;
}

/* ---- flatten --------------------------------------------------------------------------------- */

void flatten_rows(float *rows, const float *x, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width, row = shape_size(shape);
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++, x += plane)
            memcpy(rows + (size_t)i * row + (size_t)c * plane, x, plane * sizeof *x);
}

void unflatten_rows(float *x, const float *rows, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width, row = shape_size(shape);
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++, x += plane)
            memcpy(x, rows + (size_t)i * row + (size_t)c * plane, plane * sizeof *x);
}

/* [C, n, P] -> [C * P, n]: transposes the n x P matrix of each channel. */
static void flatten_forward(const struct stage *stage, const struct slot *slot)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width, n = (size_t)slot->images;
    for (size_t c = 0; c < (size_t)stage->in.channels; c++)
        for (size_t i = 0; i < n; i++)
            for (size_t p = 0; p < plane; p++)
                slot->y[(c * plane + p) * n + i] = slot->x[(c * n + i) * plane + p];
}

static void flatten_backward(const struct stage *stage, const struct slot *slot)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width, n = (size_t)slot->images;
    if (slot->dx == NULL)
        return;
    for (size_t c = 0; c < (size_t)stage->in.channels; c++)
        for (size_t i = 0; i < n; i++)
            for (size_t p = 0; p < plane; p++)
                slot->dx[(c * n + i) * plane + p] = slot->dy[(c * plane + p) * n + i];
}

int stage_flatten(struct stage *stage, int first)
{
    stage->in = network_layer(stage->network, first)->in;
    stage->forward[0] = flatten_forward;
    stage->backward[0] = flatten_backward;
    return 1;
}
