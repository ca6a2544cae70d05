/*
 * pool - maximum and average pooling, plane by plane.
 *
 * Forward saves the index of each maximum in its window (u * K + v) for backward. The first of
 * equal values is the maximum; a NaN is larger than every number; padding is never the maximum. An
 * average includes the zeros of the padding (PyTorch's `count_include_pad`).
 */
#include <math.h>
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/model/window.h"
#include "mnist/nn/reference/stages.h"

/* The sizes of a plane, of its output, and of the window. */
struct pool_window {
    int height, width, out_height, out_width, kernel, stride, pad;
};

static struct pool_window window_of(const struct stage *stage)
{
    const struct layer *layer = network_layer(stage->network, stage->first);
    return (struct pool_window){layer->in.height, layer->in.width,    layer->out.height,
                                layer->out.width, layer->spec.kernel, layer->spec.stride,
                                layer->spec.pad};
}

struct index_range {
    int begin, end;
};

/* The elements of the window of output i that are inside the plane, in one dimension. */
static struct index_range taps(int i, int size, const struct pool_window *w)
{
    int start = i * w->stride - w->pad;
    struct index_range range = {start < 0 ? -start : 0,
                                size - start < w->kernel ? size - start : w->kernel};
    return range;
}

/* ---- maximum --------------------------------------------------------------------------------- */

static void max_window(float *y, uint16_t *argmax, const float *x, const struct pool_window *w,
                       int i, int j)
{
    struct index_range down = taps(i, w->height, w), along = taps(j, w->width, w);
    const float *corner = x + (i * w->stride - w->pad) * w->width + j * w->stride - w->pad;
    float best = -INFINITY;
    int index = down.begin * w->kernel + along.begin;
    for (int u = down.begin; u < down.end; u++)
        for (int v = along.begin; v < along.end; v++) {
            float value = corner[u * w->width + v];
            if (value > best || value != value) {
                best = value;
                index = u * w->kernel + v;
            }
        }
    *y = best;
    *argmax = (uint16_t)index;
}

static void max_forward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    int out = w.out_height * w.out_width;
    const float *x = slot->x;
    float *y = slot->y;
    uint16_t *argmax = slot->saved, unused;
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++, x += w.height * w.width)
        for (int i = 0; i < out; i++)
            max_window(y++, stage->saved_size > 0 ? argmax++ : &unused, x, &w, i / w.out_width,
                       i % w.out_width);
}

static void max_backward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    size_t planes = stage_plane_count(stage, slot);
    const uint16_t *argmax = slot->saved;
    const float *dy = slot->dy;
    float *dx = slot->dx;
    if (dx == NULL)
        return;
    memset(dx, 0, planes * (size_t)(w.height * w.width) * sizeof *dx);
    for (size_t plane = 0; plane < planes; plane++, dx += w.height * w.width)
        for (int i = 0; i < w.out_height; i++)
            for (int j = 0; j < w.out_width; j++, argmax++, dy++) {
                int row = i * w.stride - w.pad + *argmax / w.kernel;
                int column = j * w.stride - w.pad + *argmax % w.kernel;
                dx[row * w.width + column] += *dy;
            }
}

/* 2x2, stride 2, no padding: a plane at a time, indices 0 to 3. */
static void max2_forward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    size_t in = (size_t)(w.height * w.width), out = (size_t)(w.out_height * w.out_width);
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++)
        vector_maxpool2(slot->y + plane * out,
                        stage->saved_size > 0 ? (uint8_t *)slot->saved + plane * out : NULL,
                        slot->x + plane * in, w.out_height, w.out_width, w.width);
}

static void max2_backward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    size_t in = (size_t)(w.height * w.width), out = (size_t)(w.out_height * w.out_width);
    size_t planes = stage_plane_count(stage, slot);
    if (slot->dx == NULL)
        return;
    if (w.height % 2 != 0 || w.width % 2 != 0)
        memset(slot->dx, 0, planes * in * sizeof *slot->dx);
    for (size_t plane = 0; plane < planes; plane++)
        vector_maxpool2_backward(slot->dx + plane * in, slot->dy + plane * out,
                                 (const uint8_t *)slot->saved + plane * out, w.out_height,
                                 w.out_width, w.width);
}

/* ---- average --------------------------------------------------------------------------------- */

static void average_forward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    float scale = 1.0f / (float)(w.kernel * w.kernel);
    const float *x = slot->x;
    float *y = slot->y;
    for (size_t plane = 0; plane < stage_plane_count(stage, slot); plane++, x += w.height * w.width)
        for (int i = 0; i < w.out_height; i++)
            for (int j = 0; j < w.out_width; j++) {
                struct index_range down = taps(i, w.height, &w), along = taps(j, w.width, &w);
                int corner = (i * w.stride - w.pad) * w.width + j * w.stride - w.pad;
                float sum = 0;
                for (int u = down.begin; u < down.end; u++)
                    for (int v = along.begin; v < along.end; v++)
                        sum += x[corner + u * w.width + v];
                *y++ = sum * scale;
            }
}

static void average_backward(const struct stage *stage, const struct slot *slot)
{
    struct pool_window w = window_of(stage);
    float scale = 1.0f / (float)(w.kernel * w.kernel);
    size_t planes = stage_plane_count(stage, slot);
    const float *dy = slot->dy;
    float *dx = slot->dx;
    if (dx == NULL)
        return;
    memset(dx, 0, planes * (size_t)(w.height * w.width) * sizeof *dx);
    for (size_t plane = 0; plane < planes; plane++, dx += w.height * w.width)
        for (int i = 0; i < w.out_height; i++)
            for (int j = 0; j < w.out_width; j++, dy++) {
                struct index_range down = taps(i, w.height, &w), along = taps(j, w.width, &w);
                int corner = (i * w.stride - w.pad) * w.width + j * w.stride - w.pad;
                for (int u = down.begin; u < down.end; u++)
                    for (int v = along.begin; v < along.end; v++)
                        dx[corner + u * w.width + v] += *dy * scale;
            }
}

static void set_shapes(struct stage *stage, int first)
{
    const struct layer *layer = network_layer(stage->network, first);
    stage->in = layer->in;
    stage->out = layer->out;
}

static int compile_max(struct stage *stage, int first, int end, bool training)
{
    (void)end, (void)training;
    set_shapes(stage, first);
    const struct layer_spec *spec = &network_layer(stage->network, first)->spec;
    if (spec->kernel == 2 && spec->stride == 2 && spec->pad == 0) {
        stage->saved_size = SLOT_IMAGES * shape_size(stage->out);
        stage->forward[0] = max2_forward;
        stage->backward[0] = max2_backward;
    } else {
        stage->saved_size = SLOT_IMAGES * shape_size(stage->out) * sizeof(uint16_t);
        stage->forward[0] = max_forward;
        stage->backward[0] = max_backward;
    }
    return 1;
}

static int compile_average(struct stage *stage, int first, int end, bool training)
{
    (void)end, (void)training;
    set_shapes(stage, first);
    stage->forward[0] = average_forward;
    stage->backward[0] = average_backward;
    return 1;
}

/* ---- the types ------------------------------------------------------------------------------- */

static bool resolve(struct layer *layer, struct error *error)
{
    int side = layer->spec.kernel;
    return window_resolve(layer, "window", side, side / 2, error);
}

/* The designated initialisers of the members that maxpool and avgpool have in common. */
#define POOL_TYPE                                                                    \
    .parameter_count = 3,                                                            \
    .parameters = {[0] = {.name = "size", .kind = LAYER_WINDOW, .positional = true}, \
                   [1] = {.name = "stride", .kind = LAYER_STRIDE},                   \
                   [2] = {.name = "pad", .kind = LAYER_PAD}},                        \
    .resolve = resolve

const struct layer_type layer_maxpool = {
    .name = "maxpool",
    POOL_TYPE,
    .reference = compile_max,
};

const struct layer_type layer_avgpool = {
    .name = "avgpool",
    POOL_TYPE,
    .reference = compile_average,
};
