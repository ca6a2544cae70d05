/*
 * dense - the fully connected layer as a stage of the native engine, with the flatten before it and
 * the relu after it.
 *
 * The network's weights index the inputs in the order C, H, W. The stage's weights and gradients
 * index them in blocked order (native.h), padded channels included:
 *
 *     prepared   w [out][in] | b [out]      gradients  the same
 */
#include <assert.h>
#include <string.h>

#include "mnist/nn/native/native_stages.h"
#include "mnist/nn/native/transpose4.h"

enum { PART_OUTPUTS = 4 }; /* maximum of outputs per part */

struct dense {
    int dense;           /* index of the dense layer: first, or after flatten */
    int in, real_in;     /* inputs with and without padded channels */
    int channels, plane; /* C and H * W of the input */
    bool relu;
};

static const struct layer *dense_layer(const struct stage *stage)
{
    const struct dense *d = native_detail(stage);
    return network_layer(stage->network, d->dense);
}

/* to [columns][rows] = transposed from [rows][columns]; to_step and from_step are row strides. */
static void transpose(float *to, int to_step, const float *from, int from_step, int rows,
                      int columns)
{
    int i = 0;
    for (; i + FLOAT4 <= rows; i += FLOAT4) {
        int j = 0;
        for (; j + FLOAT4 <= columns; j += FLOAT4) {
            float4 a[FLOAT4];
            for (int k = 0; k < FLOAT4; k++)
                a[k] = float4_load(from + (i + k) * from_step + j);
            transpose4(a);
            for (int k = 0; k < FLOAT4; k++)
                float4_store(to + (j + k) * to_step + i, a[k]);
        }
        for (; j < columns; j++)
            for (int k = i; k < i + FLOAT4; k++)
                to[j * to_step + k] = from[k * from_step + j];
    }
    for (; i < rows; i++)
        for (int j = 0; j < columns; j++)
            to[j * to_step + i] = from[i * from_step + j];
}

/* Converts the weights of one output from the order C, H, W to blocked order, and back. */
static void to_blocks(const struct dense *d, float *to, const float *w)
{
    if (d->in != d->real_in)
        memset(to, 0, (size_t)d->in * sizeof *to);
    for (int c = 0; c < d->channels; c += NATIVE_BLOCK) {
        int left = d->channels - c;
        transpose(to + c * d->plane, NATIVE_BLOCK, w + c * d->plane, d->plane,
                  left < NATIVE_BLOCK ? left : NATIVE_BLOCK, d->plane);
    }
}

static void from_blocks(const struct dense *d, float *w, const float *from)
{
    for (int c = 0; c < d->channels; c += NATIVE_BLOCK) {
        int left = d->channels - c;
        transpose(w + c * d->plane, d->plane, from + c * d->plane, NATIVE_BLOCK, d->plane,
                  left < NATIVE_BLOCK ? left : NATIVE_BLOCK);
    }
}

/* A unit is one output; the biases belong to part 0. */
static void prepare(const struct stage *stage, const float *values, int part)
{
    const struct dense *d = native_detail(stage);
    const struct layer *layer = dense_layer(stage);
    const float *weights = values + native_offset(stage, layer->weight);
    float *prepared = stage->prepared;
    int outputs = layer->spec.out;
    struct unit_range range = stage_units(stage, part);
    for (int o = range.begin; o < range.end; o++)
        to_blocks(d, prepared + (ptrdiff_t)o * d->in, weights + (ptrdiff_t)o * d->real_in);
    if (part == 0)
        memcpy(prepared + (ptrdiff_t)outputs * d->in, values + native_offset(stage, layer->bias),
               (size_t)outputs * sizeof *prepared);
}

static void unpack_gradients(const struct stage *stage, float *network_gradients,
                             const float *gradients, int part)
{
    const struct dense *d = native_detail(stage);
    const struct layer *layer = dense_layer(stage);
    float *dweights = network_gradients + native_offset(stage, layer->weight);
    int outputs = layer->spec.out;
    struct unit_range range = stage_units(stage, part);
    for (int o = range.begin; o < range.end; o++)
        from_blocks(d, dweights + (ptrdiff_t)o * d->real_in, gradients + (ptrdiff_t)o * d->in);
    if (part == 0)
        memcpy(network_gradients + native_offset(stage, layer->bias),
               gradients + (ptrdiff_t)outputs * d->in, (size_t)outputs * sizeof *dweights);
}

static struct native_product product_of(const struct stage *stage, const struct slot *slot)
{
    const struct dense *d = native_detail(stage);
    int out = dense_layer(stage)->spec.out;
    return (struct native_product){.images = slot->images,
                                   .in = d->in,
                                   .out = out,
                                   .out_stride = native_round(out),
                                   .relu = d->relu,
                                   .overwrite = slot->overwrite};
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
    k->dense_wgrad(&p, slot->gradients, slot->gradients + weights, slot->dy, slot->x);
    if (slot->dx != NULL)
        k->dense_dgrad(&p, slot->dx, slot->dy, stage->prepared);
}

int native_stage_dense(struct stage *stage, int first, int end, bool training)
{
    struct dense *d = native_detail(stage);
    struct shape in = network_layer(stage->network, first)->in;
    bool planar = first == 0 && native_planar_input(stage->network);
    d->dense = stage_layer_is(stage, first, &layer_flatten) ? first + 1 : first;
    if (planar)
        in = (struct shape){in.height * in.width, 1, 1};
    d->real_in = (int)shape_size(in);
    d->in = (int)native_floats(in);
    d->channels = in.channels;
    d->plane = in.height * in.width;
    assert(d->in % NATIVE_BLOCK == 0 && d->in >= d->real_in); /* kernels read whole vectors */
    d->relu = stage->reads_sign =
        d->dense + 1 < end && stage_layer_is(stage, d->dense + 1, &layer_relu);
    size_t out = (size_t)network_layer(stage->network, d->dense)->spec.out;
    stage->prepared_size = (out * (size_t)d->in + out) * sizeof(float);
    stage->gradient_count = out * (size_t)d->in + out;
    stage->overwrite_count = out * (size_t)d->in;
    stage->forward[0] = forward;
    stage->backward[0] = training ? backward : NULL;
    stage->units = (int)out;
    stage->unit_floats = (size_t)d->in;
    stage->parts = ((int)out + PART_OUTPUTS - 1) / PART_OUTPUTS;
    stage->prepare = prepare;
    stage->unpack_gradients = unpack_gradients;
    return d->dense + (d->relu ? 2 : 1) - first;
}
