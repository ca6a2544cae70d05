/*
 * stage_images - a layer computed one image at a time, on any engine: plugins, and the built-in
 * types that define forward and backward.
 *
 * Both functions are called once per image, with values in the order [C, H, W]. The stage converts
 * each image from and to the layout of the engine (engine.h). It keeps copies of x and y for
 * backward, since the next stage may overwrite y in place.
 *
 *     training    saved:    x [n][C, H, W]   y [n][C', H', W']
 *                 scratch:  dy [C', H', W']  dx [C, H, W]
 *     prediction  scratch:  x [C, H, W]      y [C', H', W']
 */
#include <string.h>

#include "mnist/nn/reference/stages.h"

static const struct layer *layer_of(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

/* The pass of image i, without gradients. */
static struct layer_pass pass_of(const struct stage *stage, const struct slot *slot, int i)
{
    const struct layer *layer = layer_of(stage);
    uint32_t layers = (uint32_t)network_layer_count(stage->network);
    uint32_t item = (slot->first_image + (uint32_t)i) * layers + (uint32_t)stage->first;
    return (struct layer_pass){
        .in = stage->in,
        .out = stage->out,
        .numbers = layer->spec.numbers,
        .weights = layer->weight >= 0 ? slot->values + stage_offset(stage, layer->weight) : NULL,
        .rng = rng_stream(slot->seed, RNG_LAYER, slot->epoch, item),
    };
}

static void run_forward(const struct stage *stage, const struct slot *slot, float *x, float *y,
                        bool training)
{
    const struct layer_type *type = layer_of(stage)->spec.type;
    size_t in = shape_size(stage->in), out = shape_size(stage->out);
    for (int i = 0; i < slot->images; i++) {
        struct layer_pass pass = pass_of(stage, slot, i);
        pass.training = training;
        stage->engine->unpack_image(x, slot->x, stage->in, i, slot->images);
        memset(y, 0, out * sizeof *y); /* values that forward does not write are reproducible */
        type->forward(type->context, &pass, x, y);
        stage->engine->pack_image(slot->y, y, stage->out, i, slot->images);
        if (training) {
            x += in;
            y += out;
        }
    }
}

static void forward_training(const struct stage *stage, const struct slot *slot)
{
    float *x = slot->saved;
    run_forward(stage, slot, x, x + SLOT_IMAGES * shape_size(stage->in), true);
}

static void forward(const struct stage *stage, const struct slot *slot)
{
    float *x = slot->scratch;
    run_forward(stage, slot, x, x + shape_size(stage->in), false);
}

static void backward(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = layer_of(stage);
    const struct layer_type *type = layer->spec.type;
    size_t in = shape_size(stage->in), out = shape_size(stage->out);
    const float *x = slot->saved, *y = x + SLOT_IMAGES * in;
    float *dy = slot->scratch, *dx = dy + out;
    if (slot->dx == NULL && layer->weight < 0)
        return;
    for (int i = 0; i < slot->images; i++, x += in, y += out) {
        struct layer_pass pass = pass_of(stage, slot, i);
        pass.training = true;
        if (layer->weight >= 0)
            pass.gradients = slot->gradients + stage_gradient(stage, layer->weight);
        stage->engine->unpack_image(dy, slot->dy, stage->out, i, slot->images);
        memset(dx, 0, in * sizeof *dx);
        type->backward(type->context, &pass, x, y, dy, dx);
        if (slot->dx != NULL)
            stage->engine->pack_image(slot->dx, dx, stage->in, i, slot->images);
    }
}

int stage_images(struct stage *stage, int first, int end, bool training)
{
    (void)end;
    const struct layer *layer = network_layer(stage->network, first);
    size_t values = shape_size(layer->in) + shape_size(layer->out);
    stage->in = layer->in;
    stage->out = layer->out;
    stage->saved_size = SLOT_IMAGES * values * sizeof(float);
    stage->scratch_size = values * sizeof(float);
    stage->forward[0] = training ? forward_training : forward;
    stage->backward[0] = backward;
    return 1;
}
