/*
 * add - a residual connection: adds the output of an earlier layer of the same shape, its source
 * (He, Zhang, Ren, Sun 2016, arXiv 1512.03385).
 *
 * The layers between the source and `add` then learn a correction of the source's output. plan.c
 * keeps the output, and carries the gradient back to the source. Element by element, so both
 * engines use the same stage, in place.
 */
#include <assert.h>
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static void forward(const struct stage *stage, const struct slot *slot)
{
    stage_copy(stage, slot);
    vector_add(slot->y, slot->source, stage_floats(stage, slot));
}

static void backward(const struct stage *stage, const struct slot *slot)
{
    size_t count = stage_floats(stage, slot);
    if (slot->dsource != NULL && slot->dsource_overwrite)
        memcpy(slot->dsource, slot->dy, count * sizeof *slot->dy);
    else if (slot->dsource != NULL)
        vector_add(slot->dsource, slot->dy, count);
    if (slot->dx != NULL && slot->dx != slot->dy)
        memcpy(slot->dx, slot->dy, count * sizeof *slot->dy);
}

int stage_add(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    (void)end, (void)training;
    assert(layer->source >= 0 && layer->source < first); /* its output exists in forward */
    stage->in = stage->out = layer->in;
    stage->in_place = true;
    stage->changes_sign = true;
    stage->forward[0] = forward;
    stage->backward[0] = backward;
    return 1;
}

const struct layer_type layer_add = {
    .name = "add",
    .parameter_count = 1,
    .parameters = {{"layer", LAYER_SOURCE, .positional = true}},
    .reference = stage_add,
};
