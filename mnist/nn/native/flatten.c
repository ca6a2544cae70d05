/*
 * flatten - as a stage of the native engine, where no dense layer follows (dense.c covers that).
 */
#include <string.h>

#include "mnist/nn/native/native_stages.h"

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

int native_stage_flatten(struct stage *stage, int first, int end, bool training)
{
    if (first + 1 < end && stage_layer_is(stage, first + 1, &layer_dense))
        return native_stage_dense(stage, first, end, training);
    stage->in = network_layer(stage->network, first)->in;
    stage->forward[0] = flatten_forward;
    stage->backward[0] = flatten_backward;
    return 1;
}
