/*
 * relu - max(0, x), in place: backward reads the sign of y alone.
 */
#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static void relu_forward(const struct stage *stage, const struct slot *slot)
{
    vector_relu(slot->y, slot->x, stage_value_count(stage, slot));
}

static void relu_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        vector_relu_backward(slot->dx, slot->dy, slot->y, stage_value_count(stage, slot));
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    (void)end, (void)training;
    stage->in = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->reads_sign = true;
    stage->forward[0] = relu_forward;
    stage->backward[0] = relu_backward;
    return 1;
}

const struct layer_type layer_relu = {.name = "relu", .reference = compile};
