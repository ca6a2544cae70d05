/*
 * conv - running a convolution: borders, forward, both gradients, by the kernels that
 * conv.h tells.
 */
#include "mnist/nn/native/conv.h"

#include <assert.h>
#include <string.h>

/* ---- borders --------------------------------------------------------------------------------- */

struct padded_frame {
    int planes, unit; /* unit: floats of a pixel */
    int height, width, bordered_height, bordered_width, border;
};

static struct padded_frame x_frame(const struct stage *stage, const struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    int unit = d->planar ? 1 : NATIVE_BLOCK;
    return (struct padded_frame){d->planar ? 1 : d->forward.channels / NATIVE_BLOCK,
                                 unit,
                                 layer->in.height,
                                 layer->in.width,
                                 d->forward.height,
                                 d->forward.width,
                                 d->pad};
}

static struct padded_frame dy_frame(const struct stage *stage, const struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    return (struct padded_frame){d->input.channels / NATIVE_BLOCK,
                                 NATIVE_BLOCK,
                                 layer->out.height,
                                 layer->out.width,
                                 d->input.height,
                                 d->input.width,
                                 2 - d->pad};
}

static float *inner_row(const struct padded_frame *f, float *bordered, int plane, int row)
{
    return bordered +
           (((ptrdiff_t)plane * f->bordered_height + row + f->border) * f->bordered_width +
            f->border) *
               f->unit;
}

static void add_border(const struct padded_frame *f, float *to, const float *from)
{
    memset(to, 0,
           (size_t)(f->planes * f->bordered_height * f->bordered_width * f->unit) * sizeof *to);
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->height; i++)
            memcpy(inner_row(f, to, p, i),
                   from + ((ptrdiff_t)p * f->height + i) * f->width * f->unit,
                   (size_t)(f->width * f->unit) * sizeof *to);
}

/* The image as the batch-norm before the convolution gives it, with a border if there is one. */
static void add_norm(const struct stage *stage, const struct padded_frame *f, float *to,
                     const float *from, const float *factors)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const float *shift = factors + d->norm.filled;
    if (d->border)
        memset(to, 0, d->bordered * sizeof *to);
    for (int p = 0; p < f->planes; p++, factors += NATIVE_BLOCK, shift += NATIVE_BLOCK) {
        int rows = d->border ? f->height : 1, pixels = d->border ? f->width : f->height * f->width;
        for (int i = 0; i < rows; i++)
            k->norm_apply(inner_row(f, to, p, i),
                          from + ((ptrdiff_t)p * f->height + i) * f->width * f->unit, factors,
                          shift, d->norm.relu, pixels);
    }
}

static void take_border_off(const struct padded_frame *f, float *to, float *from)
{
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->height; i++)
            memcpy(to + ((ptrdiff_t)p * f->height + i) * f->width * f->unit,
                   inner_row(f, from, p, i), (size_t)(f->width * f->unit) * sizeof *to);
}

/* The batch-norm's, once take_factors has been called. */
static float *factors_of(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    bool training = stage->forward[1] != NULL;
    return training ? (float *)slot->scratch + d->factors_at
                    : (float *)stage->prepared + d->folded_at;
}

static void take_factors(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    if (d->normed && stage->forward[1] != NULL)
        native_norm_factors(stage, &d->norm, slot, factors_of(stage, slot));
}

/* Images of the group that begins with image first. */
static int group_at(const struct native_conv *d, const struct slot *slot, int first)
{
    int left = slot->images - first;
    return left < d->group ? left : d->group;
}

/* Images first .. first + count - 1 as the kernels want them. */
static struct native_images take_images(const struct stage *stage, const struct slot *slot,
                                        int first, int count)
{
    const struct native_conv *d = native_detail(stage);
    struct native_images images = {.count = count,
                                   .x = slot->x + (size_t)first * d->x_floats,
                                   .x_stride = d->x_floats,
                                   .y_stride = native_floats(stage->out)};
    if (!d->border && !d->normed)
        return images;
    struct padded_frame frame = x_frame(stage, d);
    float *copies = slot->scratch;
    for (int i = 0; i < count; i++) {
        float *copy = copies + (size_t)i * d->bordered;
        const float *x = images.x + (size_t)i * d->x_floats;
        if (d->normed)
            add_norm(stage, &frame, copy, x, factors_of(stage, slot));
        else
            add_border(&frame, copy, x);
    }
    images.x = copies;
    images.x_stride = d->bordered;
    return images;
}

/* ---- forward --------------------------------------------------------------------------------- */

static void prepare(const struct stage *stage, const float *values, int part)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = native_conv_layer(stage);
    const float *w = values + native_offset(stage, layer->weight);
    float *to = stage->prepared, *bias = to + d->bias_at, *input = to + d->input_at;
    (d->planar     ? k->pack_planar
     : d->winograd ? k->pack_winograd
                   : k->pack_direct)(to, w, &d->weights, part);
    if (part == 0) {
        memset(bias, 0, (size_t)d->forward.out_channels * sizeof *bias);
        memcpy(bias, values + native_offset(stage, layer->bias),
               (size_t)layer->spec.out * sizeof *bias);
        if (d->normed && stage->backward[0] == NULL)
            native_norm_fold(stage, &d->norm, values, to + d->folded_at);
    }
    struct native_weights rotated = native_rotated(d);
    if (stage->backward[0] != NULL && !d->planar)
        (d->sparse ? k->pack_sparse : k->pack_winograd)(input, w,
                                                        d->sparse ? &d->weights : &rotated, part);
}

static void forward(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const float *weights = stage->prepared, *bias = weights + d->bias_at;
    uint8_t *which = d->forward.pool && stage->saved_size > 0 ? slot->saved : NULL;
    take_factors(stage, slot);
    for (int first = 0; first < slot->images; first += d->group) {
        int count = group_at(d, slot, first);
        struct native_images images = take_images(stage, slot, first, count);
        size_t begin = (size_t)first * images.y_stride;
        images.y = slot->y + begin;
        images.which = which != NULL ? which + begin : NULL;
        if (d->winograd)
            k->winograd_forward(&d->forward, &images, weights, bias,
                                (float *)slot->scratch + d->work_at);
        else
            for (int i = 0; i < count; i++)
                (d->forward.few > 0 ? k->few_forward : k->conv_forward)(
                    &d->forward, images.y + (size_t)i * images.y_stride,
                    which != NULL ? images.which + (size_t)i * images.y_stride : NULL,
                    images.x + (size_t)i * images.x_stride, weights, bias);
    }
}

static void norm_sums(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    native_norm_sums(stage, &d->norm, slot);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* The gradient of the image's input is there: on to the batch-norm before it. */
static void input_done(const struct stage *stage, const struct slot *slot, int image)
{
    const struct native_conv *d = native_detail(stage);
    if (d->normed && slot->dx != NULL)
        native_norm_image_sums(stage, &d->norm, slot, image, slot->dx + (size_t)image * d->x_floats,
                               factors_of(stage, slot));
}

/* A band of rows of the result, from row i on: its geometry, and the places in in. */
static struct native_geometry band_at(const struct native_conv *d, int i,
                                      struct native_gradient *in)
{
    struct native_geometry g = d->forward;
    ptrdiff_t row = (ptrdiff_t)g.width * NATIVE_BLOCK * g.stride * (g.pool ? 2 : 1);
    ptrdiff_t at = (ptrdiff_t)i * g.out_columns * NATIVE_BLOCK;
    int left = g.result_rows - i;
    g.result_rows = left < d->band ? left : d->band;
    in->x += i * row;
    in->dy += at;
    if (in->which != NULL)
        in->which += at;
    return g;
}

static void sparse_weights(const struct stage *stage, const struct slot *slot,
                           const struct native_gradient *whole)
{
    const struct native_conv *d = native_detail(stage);
    void *work = (float *)slot->scratch + d->work_at;
    struct native_lists lists = {.capacity = d->band * d->forward.result_columns * d->together,
                                 .lives = work,
                                 .places = work};
    for (int i = 0; i < d->forward.result_rows; i += d->band) {
        struct native_gradient in = *whole;
        struct native_geometry g = band_at(d, i, &in);
        in.fresh = whole->fresh && i == 0;
        stage->engine->kernels->sparse_weights(&g, &in, &lists, slot->gradients);
    }
}

/* dx of one image. */
static void sparse_input(const struct stage *stage, const struct slot *slot,
                         const struct native_gradient *whole, float *dx)
{
    const struct native_conv *d = native_detail(stage);
    struct padded_frame frame = x_frame(stage, d);
    float *to = d->border ? (float *)slot->scratch + d->gradient_border_at : dx;
    void *work = (float *)slot->scratch + d->work_at;
    memset(to, 0, (d->border ? d->bordered : d->x_floats) * sizeof *to);
    for (int i = 0; i < d->forward.result_rows; i += d->band) {
        struct native_gradient in = *whole;
        struct native_geometry g = band_at(d, i, &in);
        stage->engine->kernels->sparse_input(&g, &in, (const float *)stage->prepared + d->input_at,
                                             to + (in.x - whole->x), work);
    }
    if (d->border)
        take_border_off(&frame, dx, to);
}

static void sparse_backward(const struct stage *stage, const struct slot *slot,
                            const struct native_images *images, int first)
{
    const struct native_conv *d = native_detail(stage);
    for (int i = 0; i < images->count; i += d->together) {
        int left = images->count - i, count = left < d->together ? left : d->together;
        size_t at = (size_t)i * images->y_stride;
        struct native_gradient in = {
            .x = images->x + (size_t)i * images->x_stride,
            .dy = images->y + at,
            .which = images->which != NULL ? images->which + at : NULL,
            .images = count,
            .x_stride = images->x_stride,
            .dy_stride = images->y_stride,
            .fresh = images->fresh && i == 0,
        };
        sparse_weights(stage, slot, &in);
        for (int one = 0; one < count && slot->dx != NULL; one++) {
            sparse_input(stage, slot, &in, slot->dx + (size_t)(first + i + one) * d->x_floats);
            input_done(stage, slot, first + i + one);
            in.x += in.x_stride;
            in.dy += in.dy_stride;
            if (in.which != NULL)
                in.which += in.dy_stride;
        }
    }
}

static void winograd_input(const struct stage *stage, const struct slot *slot, int first, int count)
{
    const struct native_conv *d = native_detail(stage);
    struct padded_frame frame = dy_frame(stage, d);
    float *copies = (float *)slot->scratch + d->gradient_border_at;
    size_t y_stride = native_floats(stage->out);
    for (int i = 0; i < count; i++)
        add_border(&frame, copies + (size_t)i * d->dy_bordered,
                   slot->dy + (size_t)(first + i) * y_stride);
    struct native_images gradients = {.count = count,
                                      .x = copies,
                                      .y = slot->dx + (size_t)first * d->x_floats,
                                      .x_stride = d->dy_bordered,
                                      .y_stride = d->x_floats};
    stage->engine->kernels->winograd_forward(&d->input, &gradients,
                                             (const float *)stage->prepared + d->input_at, NULL,
                                             (float *)slot->scratch + d->work_at);
    for (int i = 0; i < count; i++)
        input_done(stage, slot, first + i);
}

static void backward_group(const struct stage *stage, const struct slot *slot, int first, int count)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    struct native_images images = take_images(stage, slot, first, count);
    size_t begin = (size_t)first * images.y_stride;
    float *work = (float *)slot->scratch + d->work_at;
    images.y = slot->dy + begin;
    images.which = d->forward.pool ? (uint8_t *)slot->saved + begin : NULL;
    images.fresh = slot->fresh && first == 0;
    for (int i = 0; i < count; i++)
        k->bias_relu(&d->forward, slot->gradients + d->dbias_at,
                     images.y + (size_t)i * images.y_stride,
                     slot->y + begin + (size_t)i * images.y_stride);
    if (d->sparse) {
        sparse_backward(stage, slot, &images, first);
    } else if (d->winograd) {
        k->winograd_weights(&d->forward, &images, slot->gradients, work);
    } else {
        assert(slot->dx == NULL);
        for (int i = 0; i < count; i++)
            k->planar_weights(&d->forward, images.x + (size_t)i * images.x_stride,
                              images.y + (size_t)i * images.y_stride,
                              images.which != NULL ? images.which + (size_t)i * images.y_stride
                                                   : NULL,
                              slot->gradients, work);
    }
}

/* By Winograd, first the weights' gradient of all groups, then the input's: so that each finds its
   weights in the cache. */
static void backward(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    take_factors(stage, slot);
    if (d->normed)
        memset(slot->sums, 0, native_norm_sum_count(&d->norm) * sizeof *slot->sums);
    for (int first = 0; first < slot->images; first += d->group)
        backward_group(stage, slot, first, group_at(d, slot, first));
    if (!d->sparse && d->winograd && slot->dx != NULL)
        for (int first = 0; first < slot->images; first += d->group)
            winograd_input(stage, slot, first, group_at(d, slot, first));
    if (d->normed && slot->dx != NULL)
        native_norm_gradients(&d->norm, slot, slot->gradients + d->dnorm_at);
}

static void norm_backward(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    native_norm_backward(stage, &d->norm, slot, slot->dx);
}

static void reduce(const struct stage *stage, const struct slot_sums *sums)
{
    const struct native_conv *d = native_detail(stage);
    native_norm_reduce(stage, &d->norm, sums);
}

static void collect(const struct stage *stage, float *network_gradients, const float *gradients,
                    int part)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = native_conv_layer(stage);
    float *dw = network_gradients + native_offset(stage, layer->weight);
    (d->planar   ? k->unpack_planar
     : d->sparse ? k->unpack_sparse
                 : k->unpack_winograd)(dw, gradients, &d->weights, part);
    if (part > 0)
        return;
    memcpy(network_gradients + native_offset(stage, layer->bias), gradients + d->dbias_at,
           (size_t)layer->spec.out * sizeof *dw);
    if (d->normed)
        native_norm_collect(stage, &d->norm, network_gradients, gradients + d->dnorm_at);
}

int native_stage_conv(struct stage *stage, int first, int end, bool training)
{
    const struct native_conv *d = native_detail(stage);
    native_conv_describe(stage, first, end, training);
    stage->parts = d->weights.parts;
    stage->prepare = prepare;
    stage->work = native_conv_work;
    stage->forward[0] = forward;
    if (!training)
        return stage->count;
    stage->backward[0] = backward;
    stage->collect = collect;
    if (d->normed) {
        stage->forward[0] = norm_sums;
        stage->forward[1] = forward;
        stage->backward[1] = norm_backward;
        stage->reduce = reduce;
    }
    return stage->count;
}
