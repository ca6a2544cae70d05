/*
 * pool - pooling stages of the native engine: windows of any size, and global pooling, whose window
 * is the whole plane.
 *
 * A 2x2 maxpool after a convolution is part of the convolution stage (conv.c). The first maximum
 * wins a tie.
 */
#include "mnist/nn/native/native_stages.h"

#include <assert.h>

/* Number of blocks of all images of the slot. */
static size_t block_count(const struct stage *stage, const struct slot *slot)
{
    return (size_t)slot->images * (size_t)native_round(stage->in.channels) / NATIVE_BLOCK;
}

static size_t block_floats(struct shape shape)
{
    return (size_t)shape.height * (size_t)shape.width * NATIVE_BLOCK;
}

static void max_forward(const struct stage *stage, const struct slot *slot)
{
    size_t in = block_floats(stage->in), out = block_floats(stage->out);
    for (size_t b = 0; b < block_count(stage, slot); b++)
        stage->engine->kernels->maxpool(
            native_detail(stage), slot->y + b * out,
            stage->saved_size > 0 ? (uint32_t *)slot->saved + b * out : NULL, slot->x + b * in);
}

static void max_backward(const struct stage *stage, const struct slot *slot)
{
    size_t in = block_floats(stage->in), out = block_floats(stage->out);
    for (size_t b = 0; slot->dx != NULL && b < block_count(stage, slot); b++)
        stage->engine->kernels->maxpool_backward(native_detail(stage), slot->dx + b * in,
                                                 slot->dy + b * out,
                                                 (const uint32_t *)slot->saved + b * out);
}

static void average_forward(const struct stage *stage, const struct slot *slot)
{
    size_t in = block_floats(stage->in), out = block_floats(stage->out);
    for (size_t b = 0; b < block_count(stage, slot); b++)
        stage->engine->kernels->avgpool(native_detail(stage), slot->y + b * out, slot->x + b * in);
}

static void average_backward(const struct stage *stage, const struct slot *slot)
{
    size_t in = block_floats(stage->in), out = block_floats(stage->out);
    for (size_t b = 0; slot->dx != NULL && b < block_count(stage, slot); b++)
        stage->engine->kernels->avgpool_backward(native_detail(stage), slot->dx + b * in,
                                                 slot->dy + b * out);
}

int native_stage_pool(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    const struct layer_spec *spec = &layer->spec;
    struct native_pool *pool = native_detail(stage);
    bool global = spec->type == &layer_globalpool;
    bool max = spec->type == &layer_maxpool || (global && spec->maximum);
    (void)end, (void)training;
    *pool = (struct native_pool){
        .in_rows = layer->in.height,
        .in_columns = layer->in.width,
        .out_rows = layer->out.height,
        .out_columns = layer->out.width,
        .window_rows = global ? layer->in.height : spec->kernel,
        .window_columns = global ? layer->in.width : spec->kernel,
        .stride = global ? 1 : spec->stride,
        .pad = global ? 0 : spec->pad,
    };
    assert(pool->pad < pool->window_rows && pool->pad < pool->window_columns); /* no empty window */
    pool->share = 1.0f / (float)(pool->window_rows * pool->window_columns);
    stage->saved_size = max ? SLOT_IMAGES * native_floats(layer->out) * sizeof(uint32_t) : 0;
    stage->forward[0] = max ? max_forward : average_forward;
    stage->backward[0] = max ? max_backward : average_backward;
    return 1;
}
