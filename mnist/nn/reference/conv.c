/*
 * conv - the convolution: its shapes, and im2col with a matrix product, a few images at a time.
 *
 *     y [O, n H' W'] = W [O, C K K] col [C K K, n H' W'] + b
 *     dW += dy col^T        dcol = W^T dy, then col2im
 *
 * A block contains as many images as fit into the second-level cache with their col and y. If a
 * relu and a 2x2 maxpool follow, y stays in scratch: forward writes the pooled values, and saves
 * the index (0 to 3) of each maximum. Backward computes col again, which is cheaper than storing
 * it.
 */
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/model/window.h"
#include "mnist/nn/reference/im2col.h"
#include "mnist/nn/reference/stages.h"

enum { BLOCK_SIZE = 384 * 1024 }; /* bytes of col and y together */

/* The sizes of the convolution, and the layers that the stage includes. */
struct conv {
    const struct layer *layer;
    bool relu, pool;
    int channels, taps, images; /* O, C K K, images of a block */
    size_t plane;               /* H' W'                       */
};

static struct conv conv_of(const struct stage *stage)
{
    const struct layer *layer = network_layer(stage->network, stage->first);
    int kernel = layer->spec.kernel;
    struct conv conv = {
        .layer = layer,
        .relu = stage->count > 1 && stage_layer_is(stage, stage->first + 1, &layer_relu),
        .pool = stage->count > 1 && stage_has_maxpool2(stage, stage->first + stage->count - 1),
        .channels = layer->spec.out,
        .taps = layer->in.channels * kernel * kernel,
        .plane = (size_t)layer->out.height * (size_t)layer->out.width,
    };
    size_t image = (size_t)(conv.taps + conv.channels) * conv.plane * sizeof(float);
    conv.images = image >= BLOCK_SIZE ? 1 : (int)(BLOCK_SIZE / image);
    if (conv.images > SLOT_IMAGES)
        conv.images = SLOT_IMAGES;
    return conv;
}

/* Images first .. first + images - 1 of the slot. */
struct image_block {
    int first, images;
    size_t columns; /* images * H' W'                                    */
    float *col;     /* [taps, columns] in scratch                        */
    float *y;       /* [O, columns] with stride: in scratch if pooled    */
    size_t y_stride;
};

static struct image_block block_at(const struct conv *conv, const struct slot *slot, int first,
                                   float *y)
{
    int left = slot->images - first;
    struct image_block block = {.first = first,
                                .images = left < conv->images ? left : conv->images};
    block.columns = (size_t)block.images * conv->plane;
    block.col = slot->scratch;
    if (conv->pool) {
        block.y = block.col + (size_t)conv->taps * (size_t)conv->images * conv->plane;
        block.y_stride = block.columns;
    } else {
        block.y = y + (size_t)first * conv->plane;
        block.y_stride = (size_t)slot->images * conv->plane;
    }
    return block;
}

static struct im2col im2col_of(const struct conv *conv, const struct slot *slot,
                               const struct image_block *block)
{
    const struct layer *layer = conv->layer;
    size_t plane = (size_t)layer->in.height * (size_t)layer->in.width;
    return (struct im2col){
        layer->in,       layer->out,    layer->spec.kernel,          layer->spec.stride,
        layer->spec.pad, block->images, (size_t)slot->images * plane};
}

static size_t in_offset(const struct conv *conv, const struct image_block *block)
{
    return (size_t)block->first * (size_t)conv->layer->in.height * (size_t)conv->layer->in.width;
}

/* ---- forward --------------------------------------------------------------------------------- */

/* Offset of the plane (channel o, image of the block) in the stage's output. */
static size_t pooled_offset(const struct stage *stage, const struct slot *slot,
                            const struct image_block *block, int o, int image)
{
    size_t plane = (size_t)stage->out.height * (size_t)stage->out.width;
    return ((size_t)o * (size_t)slot->images + (size_t)(block->first + image)) * plane;
}

/* Pools the block's y [O, images, H', W'] into the stage's output, and saves the indices. */
static void pool_block(const struct stage *stage, const struct conv *conv, const struct slot *slot,
                       const struct image_block *block)
{
    for (int o = 0; o < conv->channels; o++)
        for (int image = 0; image < block->images; image++) {
            const float *y = block->y + (size_t)o * block->y_stride + (size_t)image * conv->plane;
            size_t offset = pooled_offset(stage, slot, block, o, image);
            vector_maxpool2(slot->y + offset,
                            stage->saved_size > 0 ? (uint8_t *)slot->saved + offset : NULL, y,
                            stage->out.height, stage->out.width, conv->layer->out.width);
        }
}

/* Adds the bias and applies relu, before the pooling. */
static void add_bias(const struct conv *conv, const struct image_block *block, const float *bias)
{
    for (int o = 0; o < conv->channels; o++) {
        float *y = block->y + (size_t)o * block->y_stride;
        if (conv->relu)
            vector_scale_shift_relu(y, y, 1, bias[o], block->columns);
        else
            vector_add_value(y, bias[o], block->columns);
    }
}

static void conv_forward(const struct stage *stage, const struct slot *slot)
{
    struct conv conv = conv_of(stage);
    const float *weight = slot->values + stage_offset(stage, conv.layer->weight);
    const float *bias = slot->values + stage_offset(stage, conv.layer->bias);
    for (int first = 0; first < slot->images; first += conv.images) {
        struct image_block block = block_at(&conv, slot, first, slot->y);
        struct im2col shape = im2col_of(&conv, slot, &block);
        int columns = (int)block.columns;
        im2col(block.col, slot->x + in_offset(&conv, &block), &shape);
        stage->engine->product(
            conv.channels, columns, conv.taps, (struct matrix){weight, conv.taps, false},
            (struct matrix){block.col, columns, false}, false, block.y, (int)block.y_stride);
        add_bias(&conv, &block, bias);
        if (conv.pool)
            pool_block(stage, &conv, slot, &block);
    }
}

/* ---- backward -------------------------------------------------------------------------------- */

/* The gradient of the block's y [O, images, H', W'] from the gradient of the pooled values. */
static void unpool_block(const struct stage *stage, const struct conv *conv,
                         const struct slot *slot, const struct image_block *block)
{
    int height = conv->layer->out.height, width = conv->layer->out.width;
    if (height % 2 != 0 || width % 2 != 0)
        memset(block->y, 0, (size_t)conv->channels * block->columns * sizeof(float));
    for (int o = 0; o < conv->channels; o++)
        for (int image = 0; image < block->images; image++) {
            float *y = block->y + (size_t)o * block->y_stride + (size_t)image * conv->plane;
            size_t offset = pooled_offset(stage, slot, block, o, image);
            vector_maxpool2_backward(y, slot->dy + offset, (const uint8_t *)slot->saved + offset,
                                     stage->out.height, stage->out.width, width);
        }
}

/* dW += dy col^T, db += row sums of dy. */
static void add_weight_gradient(const struct stage *stage, const struct conv *conv,
                                const struct slot *slot, const struct image_block *block)
{
    float *dweight = slot->gradients + stage_gradient(stage, conv->layer->weight);
    float *dbias = slot->gradients + stage_gradient(stage, conv->layer->bias);
    int columns = (int)block->columns;
    stage->engine->product(conv->channels, conv->taps, columns,
                           (struct matrix){block->y, (int)block->y_stride, false},
                           (struct matrix){block->col, columns, true}, true, dweight, conv->taps);
    for (int o = 0; o < conv->channels; o++)
        dbias[o] += (float)vector_sum(block->y + (size_t)o * block->y_stride, block->columns);
}

static void add_input_gradient(const struct stage *stage, const struct conv *conv,
                               const struct slot *slot, const struct image_block *block,
                               const struct im2col *shape)
{
    const float *weight = slot->values + stage_offset(stage, conv->layer->weight);
    int columns = (int)block->columns;
    stage->engine->product(
        conv->taps, columns, conv->channels, (struct matrix){weight, conv->taps, true},
        (struct matrix){block->y, (int)block->y_stride, false}, false, block->col, columns);
    col2im(slot->dx + in_offset(conv, block), block->col, shape);
}

static void conv_backward(const struct stage *stage, const struct slot *slot)
{
    struct conv conv = conv_of(stage);
    size_t images = (size_t)slot->images;
    if (conv.relu)
        vector_relu_backward(slot->dy, slot->dy, slot->y, images * shape_size(stage->out));
    if (slot->dx != NULL)
        memset(slot->dx, 0, images * shape_size(stage->in) * sizeof *slot->dx);
    for (int first = 0; first < slot->images; first += conv.images) {
        struct image_block block = block_at(&conv, slot, first, slot->dy);
        struct im2col shape = im2col_of(&conv, slot, &block);
        if (conv.pool)
            unpool_block(stage, &conv, slot, &block);
        im2col(block.col, slot->x + in_offset(&conv, &block), &shape);
        add_weight_gradient(stage, &conv, slot, &block);
        if (slot->dx != NULL)
            add_input_gradient(stage, &conv, slot, &block, &shape);
    }
}

/* A stage of the convolution, a relu and a 2x2 maxpool that follow it. */
static int compile(struct stage *stage, int first, int end, bool training)
{
    int next = first + 1;
    (void)training;
    if (next < end && stage_layer_is(stage, next, &layer_relu))
        next++;
    if (next < end && stage_has_maxpool2(stage, next))
        next++;
    stage->first = first;
    stage->count = next - first;
    struct conv conv = conv_of(stage);
    const struct layer *last = network_layer(stage->network, next - 1);
    size_t columns = (size_t)conv.images * conv.plane;
    stage->in = conv.layer->in;
    stage->out = last->out;
    stage->reads_sign = conv.relu;
    stage->scratch_size =
        ((size_t)conv.taps + (conv.pool ? (size_t)conv.channels : 0)) * columns * sizeof(float);
    stage->saved_size = conv.pool ? SLOT_IMAGES * shape_size(last->out) : 0;
    stage->forward[0] = conv_forward;
    stage->backward[0] = conv_backward;
    return stage->count;
}

/* ---- the type -------------------------------------------------------------------------------- */

static bool resolve(struct layer *layer, struct error *error)
{
    struct layer_spec *spec = &layer->spec;
    struct shape in = layer->in;
    if (in.channels > LAYER_OUT_MAX)
        return layer_refuse(spec, error,
                            "the input has %d channels, but a convolution supports at most %d. "
                            "Remove the flatten layer before it",
                            in.channels, LAYER_OUT_MAX);
    if (spec->kernel >= 1 && spec->kernel <= LAYER_KERNEL_MAX && spec->kernel % 2 == 0)
        return layer_refuse(spec, error,
                            "the side of a filter must be odd (1x1, 3x3, 5x5...), not %dx%d",
                            spec->kernel, spec->kernel);
    if (!layer_check_out(spec, "the number of channels", error) ||
        !window_resolve(layer, "filter", 1, LAYER_KERNEL_MAX, error))
        return false;
    int kernel = spec->kernel;
    layer->out.channels = spec->out;
    layer_add_tensor(layer, TENSOR_WEIGHT, "weight",
                     (int[TENSOR_RANK_MAX]){spec->out, in.channels, kernel, kernel});
    layer_add_tensor(layer, TENSOR_BIAS, "bias", (int[TENSOR_RANK_MAX]){spec->out});
    layer->multiply_adds = (uint64_t)(in.channels * kernel * kernel) * shape_size(layer->out);
    return true;
}

const struct layer_type layer_conv = {
    .name = "conv",
    .parameter_count = 4,
    .parameters = {{"filters", LAYER_OUT, .positional = true},
                   {"size", LAYER_FILTER, .positional = true},
                   {"stride", LAYER_STRIDE, .fallback = 1},
                   {"pad", LAYER_PAD, .fallback = 0}},
    .resolve = resolve,
    .reference = compile,
};
