/*
 * globalpool - the largest value or the mean of each channel, [C, H, W] -> [C, 1, 1].
 *
 * Forward saves the index of each maximum in its plane for backward. The first of equal values is
 * the maximum; a NaN is larger than every number.
 */
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static size_t plane_size(const struct stage *stage)
{
    return (size_t)stage->in.height * (size_t)stage->in.width;
}

static void globalmax_forward(const struct stage *stage, const struct slot *slot)
{
    size_t size = plane_size(stage);
    const float *x = slot->x;
    uint32_t *argmax = slot->saved;
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++, x += size) {
        size_t best = 0;
        for (size_t i = 1; i < size; i++)
            if (x[i] > x[best] || x[i] != x[i])
                best = i;
        slot->y[plane] = x[best];
        if (stage->saved_size > 0)
            argmax[plane] = (uint32_t)best;
    }
}

static void globalmax_backward(const struct stage *stage, const struct slot *slot)
{
    size_t size = plane_size(stage), planes = stage_plane_count(stage, slot);
    const uint32_t *argmax = slot->saved;
    if (slot->dx == NULL)
        return;
    memset(slot->dx, 0, planes * size * sizeof *slot->dx);
    for (size_t plane = 0; plane < planes; plane++)
        slot->dx[plane * size + argmax[plane]] = slot->dy[plane];
}

static void globalavg_forward(const struct stage *stage, const struct slot *slot)
{
    size_t size = plane_size(stage);
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++)
        slot->y[plane] = (float)(vector_sum(slot->x + plane * size, size) / (double)size);
}

static void globalavg_backward(const struct stage *stage, const struct slot *slot)
{
    size_t size = plane_size(stage);
    if (slot->dx == NULL)
        return;
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++) {
        float share = slot->dy[plane] / (float)size;
        for (size_t i = 0; i < size; i++)
            slot->dx[plane * size + i] = share;
    }
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    bool max = layer->spec.maximum;
    (void)end, (void)training;
    stage->in = layer->in;
    stage->out = layer->out;
    stage->saved_size = max ? SLOT_IMAGES * shape_size(layer->out) * sizeof(uint32_t) : 0;
    stage->forward[0] = max ? globalmax_forward : globalavg_forward;
    stage->backward[0] = max ? globalmax_backward : globalavg_backward;
    return 1;
}

static bool resolve(struct layer *layer, struct error *error)
{
    (void)error;
    layer->out = (struct shape){layer->in.channels, 1, 1};
    return true;
}

const struct layer_type layer_globalpool = {
    .name = "globalpool",
    .parameter_count = 1,
    .parameters = {{"kind", LAYER_STATISTIC, .positional = true}},
    .resolve = resolve,
    .reference = compile,
};
