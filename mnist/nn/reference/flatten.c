/*
 * flatten - a vector of all values of an image, in the order C, H, W.
 */
#include "mnist/nn/reference/stages.h"

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

static int compile(struct stage *stage, int first, int end, bool training)
{
    (void)end, (void)training;
    stage->in = network_layer(stage->network, first)->in;
    stage->forward[0] = flatten_forward;
    stage->backward[0] = flatten_backward;
    return 1;
}

static bool resolve(struct layer *layer, struct error *error)
{
    (void)error;
    layer->out = (struct shape){(int)shape_size(layer->in), 1, 1};
    return true;
}

const struct layer_type layer_flatten = {
    .name = "flatten", .resolve = resolve, .reference = compile};
