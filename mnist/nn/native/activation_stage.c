/*
 * activation_stage - an activation function as a stage of the native engine, in place.
 *
 * backward uses y if the function has a backward of its own (activation.h). Otherwise forward saves
 * the slope of each value in training, and backward multiplies dy by it.
 */
#include <assert.h>

#include "mnist/nn/native/native_stages.h"

struct activation {
    const struct native_activation *function;
    const double *numbers;
    bool clear_padding; /* the function of 0 is not 0 */
};

static const struct layer_type *const types[NATIVE_ACTIVATION_COUNT] = {
#define ACTIVATION(id, name) [NATIVE_ACTIVATION_##name] = &layer_##name,
#include "mnist/language/layers.def"
};

static const struct native_activation *function_of(const struct stage *stage, int layer)
{
    int index = 0;
    while (index < NATIVE_ACTIVATION_COUNT && !stage_layer_is(stage, layer, types[index]))
        index++;
    assert(index < NATIVE_ACTIVATION_COUNT); /* layers.def names this stage without a function */
    return stage->engine->kernels->activations[index];
}

/* Sets the padded channels of the slot's output to 0, as all layers need them (native.h). */
static void clear_padding(const struct stage *stage, const struct slot *slot)
{
    size_t plane = (size_t)stage->in.height * (size_t)stage->in.width;
    size_t image = native_floats(stage->in), used = (size_t)stage->in.channels % NATIVE_BLOCK;
    for (int i = 0; used > 0 && i < slot->images; i++) {
        float *block = slot->y + (size_t)(i + 1) * image - plane * NATIVE_BLOCK;
        for (size_t p = 0; p < plane; p++)
            for (size_t lane = used; lane < NATIVE_BLOCK; lane++)
                block[p * NATIVE_BLOCK + lane] = 0;
    }
}

static void run(const struct stage *stage, const struct slot *slot, float *slope)
{
    const struct activation *d = native_detail(stage);
    d->function->forward(slot->y, slope, slot->x, stage_floats(stage, slot), d->numbers);
    if (d->clear_padding)
        clear_padding(stage, slot);
}

static void forward(const struct stage *stage, const struct slot *slot)
{
    run(stage, slot, NULL);
}

static void forward_training(const struct stage *stage, const struct slot *slot)
{
    run(stage, slot, slot->saved);
}

static void backward_of_y(const struct stage *stage, const struct slot *slot)
{
    const struct activation *d = native_detail(stage);
    if (slot->dx != NULL)
        d->function->backward(slot->dx, slot->dy, slot->y, stage_floats(stage, slot), d->numbers);
}

static void backward_of_slope(const struct stage *stage, const struct slot *slot)
{
    if (slot->dx != NULL)
        stage->engine->kernels->multiply(slot->dx, slot->dy, slot->saved,
                                         stage_floats(stage, slot));
}

int native_stage_activation(struct stage *stage, int first, int end, bool training)
{
    const float zeros[NATIVE_BLOCK] = {0};
    float values[NATIVE_BLOCK];
    struct activation *d = native_detail(stage);
    const struct layer *layer = network_layer(stage->network, first);
    (void)end;
    d->function = function_of(stage, first);
    d->numbers = layer->spec.numbers;
    d->function->forward(values, NULL, zeros, NATIVE_BLOCK, d->numbers);
    d->clear_padding = values[0] != 0;
    stage->in = stage->out = layer->in;
    stage->in_place = true;
    stage->changes_sign = true;
    stage->reads_y = d->function->backward != NULL;
    if (!stage->reads_y)
        stage->saved_size = SLOT_IMAGES * native_floats(layer->in) * sizeof(float);
    stage->forward[0] = training && !stage->reads_y ? forward_training : forward;
    stage->backward[0] = stage->reads_y ? backward_of_y : backward_of_slope;
    return 1;
}
