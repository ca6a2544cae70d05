/*
 * stage - functions that the stages of all engines share.
 */
#include <string.h>

#include "mnist/nn/engine/engine.h"

size_t stage_floats(const struct stage *stage, const struct slot *slot)
{
    return stage->engine->value_floats(stage->out) * (size_t)slot->images;
}

bool stage_has_maxpool2(const struct stage *stage, int layer)
{
    const struct layer_spec *spec = &network_layer(stage->network, layer)->spec;
    return spec->type == &layer_maxpool && spec->kernel == 2 && spec->stride == 2 && spec->pad == 0;
}

void stage_copy(const struct stage *stage, const struct slot *slot)
{
    if (slot->y != slot->x)
        memcpy(slot->y, slot->x, stage_floats(stage, slot) * sizeof *slot->y);
}
