/*
 * native_dense - the fully connected layer as a stage of the native engine, with the relu that may
 * follow and the flatten that may precede it.
 *
 * The network's weights count the inputs in the order C, H, W; here they are counted as they lie
 * (native.h), those that fill up a block included:
 *
 *     prepared   w [out][in] | b [out]      gradients  the same
 */
#include <string.h>

#include "mnist/nn/native_stages.h"

enum { PART_OUTPUTS = 4 };

struct detail {
    int dense;           /* index of its layer: first, or behind flatten */
    int in, real_in;     /* with those that fill up, without             */
    int channels, plane; /* C and H * W of what arrives               */
    bool relu;
};

static const struct layer *dense_layer(const struct stage *stage)
{
    const struct detail *d = native_detail(stage);
    return network_layer(stage->network, d->dense);
}

/* Where input (c, p) of the order C, H, W lies. */
static int place_of(const struct detail *d, int c, int p)
{
    return (c / NATIVE_BLOCK * d->plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK;
}

/* A part is the weights of PART_OUTPUTS outputs, fewer in the last; the biases go with the first. */
static int parts_of(int outputs)
{
    return (outputs + PART_OUTPUTS - 1) / PART_OUTPUTS;
}

static void prepare(const struct stage *stage, const float *values, int part)
{
    const struct detail *d = native_detail(stage);
    const struct layer *layer = dense_layer(stage);
    const float *weights = values + native_offset(stage, layer->weight);
    float *prepared = stage->prepared;
    int outputs = layer->spec.out, begin = part * PART_OUTPUTS;
    for (int o = begin; o < outputs && o < begin + PART_OUTPUTS; o++) {
        const float *w = weights + (ptrdiff_t)o * d->real_in;
        float *to = prepared + (ptrdiff_t)o * d->in;
        memset(to, 0, (size_t)d->in * sizeof *to);
        for (int c = 0, i = 0; c < d->channels; c++)
            for (int p = 0; p < d->plane; p++, i++)
                to[place_of(d, c, p)] = w[i];
    }
    if (part == 0)
        memcpy(prepared + (ptrdiff_t)outputs * d->in, values + native_offset(stage, layer->bias),
               (size_t)outputs * sizeof *prepared);
}

static void collect(const struct stage *stage, float *network_gradients, const float *gradients,
                    int part)
{
    const struct detail *d = native_detail(stage);
    const struct layer *layer = dense_layer(stage);
    float *dweights = network_gradients + native_offset(stage, layer->weight);
    int outputs = layer->spec.out, begin = part * PART_OUTPUTS;
    for (int o = begin; o < outputs && o < begin + PART_OUTPUTS; o++) {
        const float *from = gradients + (ptrdiff_t)o * d->in;
        float *dw = dweights + (ptrdiff_t)o * d->real_in;
        for (int c = 0, i = 0; c < d->channels; c++)
            for (int p = 0; p < d->plane; p++, i++)
                dw[i] = from[place_of(d, c, p)];
    }
    if (part == 0)
        memcpy(network_gradients + native_offset(stage, layer->bias),
               gradients + (ptrdiff_t)outputs * d->in, (size_t)outputs * sizeof *dweights);
}

static struct native_product product_of(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    int out = dense_layer(stage)->spec.out;
    return (struct native_product){.images = slot->images,
                                   .in = d->in,
                                   .out = out,
                                   .out_stride = native_round(out),
                                   .relu = d->relu,
                                   .fresh = slot->fresh};
}

static void forward(const struct stage *stage, const struct slot *slot)
{
    struct native_product p = product_of(stage, slot);
    const float *w = stage->prepared;
    stage->engine->kernels->dense_forward(&p, slot->y, slot->x, w,
                                          w + (size_t)p.out * (size_t)p.in);
}

static void backward(const struct stage *stage, const struct slot *slot)
{
    const struct native_kernels *k = stage->engine->kernels;
    struct native_product p = product_of(stage, slot);
    size_t weights = (size_t)p.out * (size_t)p.in;
    if (p.relu)
        k->relu_backward(slot->dy, slot->dy, slot->y, (size_t)p.images * (size_t)p.out_stride);
    k->dense_weights(&p, slot->gradients, slot->gradients + weights, slot->dy, slot->x);
    if (slot->dx != NULL)
        k->dense_input(&p, slot->dx, slot->dy, stage->prepared);
}

int native_stage_dense(struct stage *stage, int first, int end, bool training)
{
    struct detail *d = native_detail(stage);
    struct shape in = network_layer(stage->network, first)->in;
    bool planar = first == 0 && native_planar_input(stage->network);
    d->dense = native_kind(stage, first) == LAYER_FLATTEN ? first + 1 : first;
    if (planar)
        in = (struct shape){in.height * in.width, 1, 1};
    d->real_in = (int)shape_size(in);
    d->in = (int)native_floats(in);
    d->channels = in.channels;
    d->plane = in.height * in.width;
    d->relu = d->dense + 1 < end && native_kind(stage, d->dense + 1) == LAYER_RELU;
    size_t out = (size_t)network_layer(stage->network, d->dense)->spec.out;
    stage->prepared_size = (out * (size_t)d->in + out) * sizeof(float);
    stage->gradient_count = out * (size_t)d->in + out;
    stage->fresh_count = out * (size_t)d->in;
    stage->forward[0] = forward;
    stage->backward[0] = training ? backward : NULL;
    stage->parts = parts_of((int)out);
    stage->prepare = prepare;
    stage->collect = collect;
    return d->dense + (d->relu ? 2 : 1) - first;
}
