/*
 * conv - runs a convolution stage: zero borders, forward, weight gradient, input gradient.
 *
 * conv.h lists which kernel computes each of them. Images are processed in groups of d->group,
 * whose copies with border fit into scratch; the order of images never changes.
 */
#include "mnist/nn/native/conv.h"

#include <assert.h>
#include <string.h>

/* ---- borders --------------------------------------------------------------------------------- */

struct padded_frame {
    int planes, unit; /* unit: floats per pixel */
    int rows, columns, bordered_rows, bordered_columns, border;
};

static struct padded_frame x_frame(const struct stage *stage, const struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    int unit = d->planar ? 1 : NATIVE_BLOCK;
    return (struct padded_frame){d->planar ? 1 : d->forward.channels / NATIVE_BLOCK,
                                 unit,
                                 layer->in.height,
                                 layer->in.width,
                                 d->forward.in_rows,
                                 d->forward.in_columns,
                                 d->pad};
}

static struct padded_frame dy_frame(const struct stage *stage, const struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    return (struct padded_frame){d->input.channels / NATIVE_BLOCK,
                                 NATIVE_BLOCK,
                                 layer->out.height,
                                 layer->out.width,
                                 d->input.in_rows,
                                 d->input.in_columns,
                                 2 - d->pad};
}

static float *inner_row(const struct padded_frame *f, float *bordered, int plane, int row)
{
    return bordered +
           (((ptrdiff_t)plane * f->bordered_rows + row + f->border) * f->bordered_columns +
            f->border) *
               f->unit;
}

static void add_border(const struct padded_frame *f, float *to, const float *from)
{
    memset(to, 0,
           (size_t)(f->planes * f->bordered_rows * f->bordered_columns * f->unit) * sizeof *to);
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->rows; i++)
            memcpy(inner_row(f, to, p, i),
                   from + ((ptrdiff_t)p * f->rows + i) * f->columns * f->unit,
                   (size_t)(f->columns * f->unit) * sizeof *to);
}

/* Copies an image, applying the batch-norm before the convolution, with a border if d->border is
   set. */
static void copy_normed(const struct stage *stage, const struct padded_frame *f, float *to,
                        const float *from, const float *factors)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const float *shift = factors + d->norm.padded;
    if (d->border)
        memset(to, 0, d->bordered * sizeof *to);
    for (int p = 0; p < f->planes; p++, factors += NATIVE_BLOCK, shift += NATIVE_BLOCK) {
        int rows = d->border ? f->rows : 1, pixels = d->border ? f->columns : f->rows * f->columns;
        for (int i = 0; i < rows; i++)
            k->norm_apply(inner_row(f, to, p, i),
                          from + ((ptrdiff_t)p * f->rows + i) * f->columns * f->unit, factors,
                          shift, d->norm.relu, pixels);
    }
}

static void remove_border(const struct padded_frame *f, float *to, float *from)
{
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->rows; i++)
            memcpy(to + ((ptrdiff_t)p * f->rows + i) * f->columns * f->unit,
                   inner_row(f, from, p, i), (size_t)(f->columns * f->unit) * sizeof *to);
}

/* The batch-norm's factors, valid after compute_factors. */
static float *factors_of(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    bool training = stage->forward[1] != NULL;
    return training ? (float *)slot->scratch + d->factors_at
                    : (float *)stage->prepared + d->folded_at;
}

static void compute_factors(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    if (d->has_norm && stage->forward[1] != NULL)
        native_norm_factors(stage, &d->norm, slot, factors_of(stage, slot));
}

/* Number of images in the group that begins with image first. */
static int group_at(const struct native_conv *d, const struct slot *slot, int first)
{
    int left = slot->images - first;
    return left < d->group ? left : d->group;
}

/* Images first .. first + count - 1 as input of the kernels: copied to scratch if they need a
   border or a batch-norm, otherwise in place. */
static struct native_images prepare_images(const struct stage *stage, const struct slot *slot,
                                           int first, int count)
{
    const struct native_conv *d = native_detail(stage);
    struct native_images images = {.count = count,
                                   .x = slot->x + (size_t)first * d->x_floats,
                                   .x_stride = d->x_floats,
                                   .y_stride = native_floats(stage->out)};
    if (!d->border && !d->has_norm)
        return images;
    struct padded_frame frame = x_frame(stage, d);
    float *copies = slot->scratch;
    for (int i = 0; i < count; i++) {
        float *copy = copies + (size_t)i * d->bordered;
        const float *x = images.x + (size_t)i * d->x_floats;
        if (d->has_norm)
            copy_normed(stage, &frame, copy, x, factors_of(stage, slot));
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
        if (d->has_norm && stage->backward[0] == NULL)
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
    uint8_t *argmax = d->forward.pool && stage->saved_size > 0 ? slot->saved : NULL;
    compute_factors(stage, slot);
    for (int first = 0; first < slot->images; first += d->group) {
        int count = group_at(d, slot, first);
        struct native_images images = prepare_images(stage, slot, first, count);
        size_t begin = (size_t)first * images.y_stride;
        images.y = slot->y + begin;
        images.argmax = argmax != NULL ? argmax + begin : NULL;
        if (d->winograd)
            k->winograd_forward(&d->forward, &images, weights, bias,
                                (float *)slot->scratch + d->work_at);
        else
            for (int i = 0; i < count; i++)
                (d->forward.few_channels > 0 ? k->few_channels_forward : k->conv_forward)(
                    &d->forward, images.y + (size_t)i * images.y_stride,
                    argmax != NULL ? images.argmax + (size_t)i * images.y_stride : NULL,
                    images.x + (size_t)i * images.x_stride, weights, bias);
    }
}

static void norm_sums(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    native_norm_sums(stage, &d->norm, slot);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* Called when dx of an image is complete: adds it to the gradient sums of the batch-norm before the
   convolution. */
static void add_norm_sums(const struct stage *stage, const struct slot *slot, int image)
{
    const struct native_conv *d = native_detail(stage);
    if (d->has_norm && slot->dx != NULL)
        native_norm_image_sums(stage, &d->norm, slot, image, slot->dx + (size_t)image * d->x_floats,
                               factors_of(stage, slot));
}

/* The geometry of a band of rows of the result, from row i on; advances the pointers of *in to
   it. */
static struct native_geometry band_at(const struct native_conv *d, int i,
                                      struct native_gradient *in)
{
    struct native_geometry g = d->forward;
    ptrdiff_t row = (ptrdiff_t)g.in_columns * NATIVE_BLOCK * g.stride * (g.pool ? 2 : 1);
    ptrdiff_t at = (ptrdiff_t)i * g.out_columns * NATIVE_BLOCK;
    int left = g.result_rows - i;
    g.result_rows = left < d->band ? left : d->band;
    in->x += i * row;
    in->dy += at;
    if (in->argmax != NULL)
        in->argmax += at;
    return g;
}

static void sparse_wgrad(const struct stage *stage, const struct slot *slot,
                         const struct native_gradient *all)
{
    const struct native_conv *d = native_detail(stage);
    void *work = (float *)slot->scratch + d->work_at;
    struct native_lists lists = {.capacity = d->band * d->forward.result_columns * d->wgrad_images,
                                 .nonzeros = work,
                                 .positions = work};
    for (int i = 0; i < d->forward.result_rows; i += d->band) {
        struct native_gradient in = *all;
        struct native_geometry g = band_at(d, i, &in);
        in.overwrite = all->overwrite && i == 0;
        stage->engine->kernels->sparse_wgrad(&g, &in, &lists, slot->gradients);
    }
}

/* Computes dx of one image. */
static void sparse_dgrad(const struct stage *stage, const struct slot *slot,
                         const struct native_gradient *all, float *dx)
{
    const struct native_conv *d = native_detail(stage);
    struct padded_frame frame = x_frame(stage, d);
    float *to = d->border ? (float *)slot->scratch + d->gradient_border_at : dx;
    void *work = (float *)slot->scratch + d->work_at;
    memset(to, 0, (d->border ? d->bordered : d->x_floats) * sizeof *to);
    for (int i = 0; i < d->forward.result_rows; i += d->band) {
        struct native_gradient in = *all;
        struct native_geometry g = band_at(d, i, &in);
        stage->engine->kernels->sparse_dgrad(&g, &in, (const float *)stage->prepared + d->input_at,
                                             to + (in.x - all->x), work);
    }
    if (d->border)
        remove_border(&frame, dx, to);
}

static void sparse_backward(const struct stage *stage, const struct slot *slot,
                            const struct native_images *images, int first)
{
    const struct native_conv *d = native_detail(stage);
    for (int i = 0; i < images->count; i += d->wgrad_images) {
        int left = images->count - i, count = left < d->wgrad_images ? left : d->wgrad_images;
        size_t at = (size_t)i * images->y_stride;
        struct native_gradient in = {
            .x = images->x + (size_t)i * images->x_stride,
            .dy = images->y + at,
            .argmax = images->argmax != NULL ? images->argmax + at : NULL,
            .images = count,
            .x_stride = images->x_stride,
            .dy_stride = images->y_stride,
            .overwrite = images->overwrite && i == 0,
        };
        sparse_wgrad(stage, slot, &in);
        for (int k = 0; k < count && slot->dx != NULL; k++) {
            sparse_dgrad(stage, slot, &in, slot->dx + (size_t)(first + i + k) * d->x_floats);
            add_norm_sums(stage, slot, first + i + k);
            in.x += in.x_stride;
            in.dy += in.dy_stride;
            if (in.argmax != NULL)
                in.argmax += in.dy_stride;
        }
    }
}

static void winograd_dgrad(const struct stage *stage, const struct slot *slot, int first, int count)
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
        add_norm_sums(stage, slot, first + i);
}

static void backward_group(const struct stage *stage, const struct slot *slot, int first, int count)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    struct native_images images = prepare_images(stage, slot, first, count);
    size_t begin = (size_t)first * images.y_stride;
    float *work = (float *)slot->scratch + d->work_at;
    images.y = slot->dy + begin;
    images.argmax = d->forward.pool ? (uint8_t *)slot->saved + begin : NULL;
    images.overwrite = slot->overwrite && first == 0;
    for (int i = 0; i < count; i++)
        k->bias_relu(&d->forward, slot->gradients + d->dbias_at,
                     images.y + (size_t)i * images.y_stride,
                     slot->y + begin + (size_t)i * images.y_stride);
    if (d->sparse) {
        sparse_backward(stage, slot, &images, first);
    } else if (d->winograd) {
        k->winograd_wgrad(&d->forward, &images, slot->gradients, work);
    } else {
        assert(slot->dx == NULL);
        for (int i = 0; i < count; i++)
            k->grey_wgrad(&d->forward, images.x + (size_t)i * images.x_stride,
                          images.y + (size_t)i * images.y_stride,
                          images.argmax != NULL ? images.argmax + (size_t)i * images.y_stride
                                                : NULL,
                          slot->gradients, work);
    }
}

/* With Winograd, the weight gradients of all groups are computed before the input gradients, so
   that the weights of each stay in cache. */
static void backward(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    compute_factors(stage, slot);
    if (d->has_norm)
        memset(slot->sums, 0, native_norm_sum_count(&d->norm) * sizeof *slot->sums);
    for (int first = 0; first < slot->images; first += d->group)
        backward_group(stage, slot, first, group_at(d, slot, first));
    if (!d->sparse && d->winograd && slot->dx != NULL)
        for (int first = 0; first < slot->images; first += d->group)
            winograd_dgrad(stage, slot, first, group_at(d, slot, first));
    if (d->has_norm && slot->dx != NULL)
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

static void unpack_gradients(const struct stage *stage, float *network_gradients,
                             const float *gradients, int part)
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
    if (d->has_norm)
        native_norm_unpack_gradients(stage, &d->norm, network_gradients, gradients + d->dnorm_at);
}

int native_stage_conv(struct stage *stage, int first, int end, bool training)
{
    const struct native_conv *d = native_detail(stage);
    native_conv_describe(stage, first, end, training);
    stage->reads_sign = d->forward.relu;
    stage->parts = d->weights.parts;
    stage->prepare = prepare;
    stage->work = native_conv_work;
    stage->forward[0] = forward;
    if (!training)
        return stage->count;
    stage->backward[0] = backward;
    stage->unpack_gradients = unpack_gradients;
    if (d->has_norm) {
        stage->forward[0] = norm_sums;
        stage->forward[1] = forward;
        stage->backward[1] = norm_backward;
        stage->reduce = reduce;
    }
    return stage->count;
}
