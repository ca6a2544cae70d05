/*
 * stage_conv - convolution as im2col and a matrix product, a few images at a time.
 *
 *     y [O, n H' W'] = W [O, C K K] col [C K K, n H' W'] + b
 *     dW += dy col^T        dcol = W^T dy, then col2im
 *
 * A block contains as many images as fit into the second-level cache with their col and y. If a
 * relu and a 2x2 maxpool follow, y stays in scratch: forward writes the pooled values, and saves
 * the index (0 to 3) of each maximum. Backward computes col again, which is cheaper than storing
 * it.
 */
#include <cblas.h>
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
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

static enum layer_kind kind_at(const struct network *network, int index)
{
    return network_layer(network, index)->spec.kind;
}

static bool is_maxpool2(const struct network *network, int index)
{
    const struct layer_spec *spec = &network_layer(network, index)->spec;
    return spec->kind == LAYER_MAXPOOL && spec->kernel == 2 && spec->stride == 2 && spec->pad == 0;
}

static struct conv conv_of(const struct stage *stage)
{
    const struct layer *layer = network_layer(stage->network, stage->first);
    int kernel = layer->spec.kernel;
    struct conv conv = {
        .layer = layer,
        .relu = stage->count > 1 && kind_at(stage->network, stage->first + 1) == LAYER_RELU,
        .pool = stage->count > 1 && is_maxpool2(stage->network, stage->first + stage->count - 1),
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
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, conv.channels, columns, conv.taps, 1,
                    weight, conv.taps, block.col, columns, 0, block.y, (int)block.y_stride);
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
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, conv->channels, conv->taps, columns, 1,
                block->y, (int)block->y_stride, block->col, columns, 1, dweight, conv->taps);
    for (int o = 0; o < conv->channels; o++)
        dbias[o] += (float)vector_sum(block->y + (size_t)o * block->y_stride, block->columns);
}

static void add_input_gradient(const struct stage *stage, const struct conv *conv,
                               const struct slot *slot, const struct image_block *block,
                               const struct im2col *shape)
{
    const float *weight = slot->values + stage_offset(stage, conv->layer->weight);
    int columns = (int)block->columns;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, conv->taps, columns, conv->channels, 1,
                weight, conv->taps, block->y, (int)block->y_stride, 0, block->col, columns);
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

int stage_conv(struct stage *stage, int first, int end)
{
    const struct network *network = stage->network;
    int next = first + 1;
    if (next < end && kind_at(network, next) == LAYER_RELU)
        next++;
    if (next < end && is_maxpool2(network, next))
        next++;
    stage->first = first;
    stage->count = next - first;
    struct conv conv = conv_of(stage);
    const struct layer *last = network_layer(network, next - 1);
    size_t columns = (size_t)conv.images * conv.plane;
    stage->in = conv.layer->in;
    stage->out = last->out;
    stage->scratch_size =
        ((size_t)conv.taps + (conv.pool ? (size_t)conv.channels : 0)) * columns * sizeof(float);
    stage->saved_size = conv.pool ? SLOT_IMAGES * shape_size(last->out) : 0;
    stage->forward[0] = conv_forward;
    stage->backward[0] = conv_backward;
    return stage->count;
}
