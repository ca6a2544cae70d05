/*
 * relu - as a stage of the native engine, in place, where no other stage covers it.
 */
#include "mnist/nn/native/native_stages.h"

static void relu_forward(const struct stage *stage, const struct slot *slot)
{
    stage->engine->kernels->relu(slot->y, slot->x, stage_floats(stage, slot));
}

static void relu_backward(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        stage->engine->kernels->relu_backward(slot->dx, slot->dy, slot->y,
                                              stage_floats(stage, slot));
}

int native_stage_relu(struct stage *stage, int first, int end, bool training)
{
    (void)end, (void)training;
    stage->in = stage->out = network_layer(stage->network, first)->in;
    stage->in_place = true;
    stage->reads_sign = true;
    stage->forward[0] = relu_forward;
    stage->backward[0] = relu_backward;
    return 1;
}
