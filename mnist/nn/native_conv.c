/*
 * native_conv - convolution as a stage of the native engine, with the relu and the 2x2 maxpool that may
 * follow.
 *
 * Which kernels do the work follows from the shapes alone, so it is the same on every machine:
 *
 *                 forward                 gradient of the weights     of the input
 *     planar      direct                  planar                      not wanted
 *     3x3, pooled Winograd                sparse                      sparse     (or a maximum is next)
 *     3x3         Winograd                Winograd                    Winograd
 *     others      direct                  sparse                      sparse
 *
 * (3x3 with stride 1 and at most 2 zeros around.) Kernels know no padding: where there is some, the image is
 * copied into scratch with its border. What no later layer needs is not computed: behind a convolution of
 * 11 x 11 that is pooled to 5 x 5, nobody asks for the eleventh row, nor for what it is made of.
 *
 *     prepared   forward weights | bias | weights for the input's gradient
 *     gradients  weights, as the kernel adds them up | bias
 *     scratch    images with border | gradients with border | what the kernels work in
 */
#include <assert.h>
#include <string.h>

#include "mnist/nn/native_stages.h"

enum {
    BORDERED_FLOATS = 64 * 1024, /* of the copies that are made at a time */
    LIST_PLACES = 32 * 1024,     /* entries of the lists: images with more go band by band */
    FREQUENCIES = 16,
};

struct detail {
    struct native_geometry forward, input; /* input: the Winograd kernel that gives dx */
    struct native_weights weights;
    int pad, group; /* zeros around; images whose copies with border lie side by side */
    bool planar, winograd, sparse, border, input_border;
    int band;                               /* rows of the result that are listed at a time */
    size_t bias_at, input_at;               /* prepared, in floats */
    size_t dbias_at;                        /* gradients           */
    size_t gradient_border_at, work_at;     /* scratch             */
    size_t x_floats, bordered, dy_bordered; /* of one image        */
};

_Static_assert(sizeof(struct detail) <= STAGE_DETAIL_SIZE, "a stage's notes must fit");

static const struct layer *conv_layer(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

static bool is_maxpool2(const struct stage *stage, int index)
{
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    return spec->kind == LAYER_MAXPOOL && spec->kernel == 2 && spec->stride == 2 && spec->pad == 0;
}

/* ---- shapes ----------------------------------------------------------------------------------- */

/* Rows (or columns) of size that layer index and those after it look at. */
static int needed(const struct stage *stage, int index, int end, int size)
{
    if (index >= end || native_kind(stage, index) != LAYER_CONV)
        return size;
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    if (spec->pad != 0)
        return size;
    int out = (size - spec->kernel) / spec->stride + 1, next = index + 1;
    if (next < end && native_kind(stage, next) == LAYER_RELU)
        next++;
    if (next < end && is_maxpool2(stage, next))
        out = 2 * needed(stage, next + 1, end, out / 2);
    else
        out = needed(stage, next, end, out);
    int rows = (out - 1) * spec->stride + spec->kernel;
    return rows < size ? rows : size;
}

static int even(int count)
{
    return count + count % 2;
}

/* Whether the next layer is a maximum, behind which few places have a gradient. */
static bool picks_few(const struct stage *stage, int index, int end)
{
    return index < end && (native_kind(stage, index) == LAYER_GLOBALMAX ||
                           native_kind(stage, index) == LAYER_MAXPOOL);
}

/* What the forward kernels see. */
static void describe_forward(const struct stage *stage, struct detail *d, int end)
{
    const struct layer *layer = conv_layer(stage);
    const struct layer *last = network_layer(stage->network, stage->first + stage->count - 1);
    struct native_geometry *g = &d->forward;
    int next = stage->first + stage->count;
    *g = (struct native_geometry){
        .channels = d->planar ? 1 : native_round(layer->in.channels),
        .real_channels = layer->in.channels,
        .height = layer->in.height + 2 * d->pad,
        .width = layer->in.width + 2 * d->pad,
        .out_channels = native_round(layer->spec.out),
        .out_rows = last->out.height,
        .out_columns = last->out.width,
        .result_rows = needed(stage, next, end, last->out.height),
        .result_columns = needed(stage, next, end, last->out.width),
        .kernel = layer->spec.kernel,
        .stride = layer->spec.stride,
        .relu = stage->count > 1 && native_kind(stage, stage->first + 1) == LAYER_RELU,
        .pool = stage->count > 1 && is_maxpool2(stage, stage->first + stage->count - 1),
    };
    g->scattered = g->relu || picks_few(stage, next, end);
    g->rows = g->result_rows * (g->pool ? 2 : 1);
    g->columns = g->result_columns * (g->pool ? 2 : 1);
    d->border = d->pad > 0;
    if (d->winograd && (even(g->rows) + 2 > g->height || even(g->columns) + 2 > g->width)) {
        d->border = true;
        g->height = even(g->rows) + 2 > g->height ? even(g->rows) + 2 : g->height;
        g->width = even(g->columns) + 2 > g->width ? even(g->columns) + 2 : g->width;
    }
    d->x_floats = d->planar ? (size_t)native_round(layer->in.height * layer->in.width)
                            : native_floats(layer->in);
    d->bordered = (size_t)native_round(g->channels * g->height * g->width);
}

/* dx as a convolution of dy, which gets a border of 2 - pad zeros, with the rotated weights. */
static void describe_input(const struct stage *stage, struct detail *d)
{
    const struct layer *layer = conv_layer(stage);
    struct native_geometry *g = &d->input;
    *g = (struct native_geometry){
        .channels = d->forward.out_channels,
        .real_channels = layer->spec.out,
        .height = even(layer->in.height) + 2,
        .width = even(layer->in.width) + 2,
        .out_channels = d->forward.channels,
        .rows = layer->in.height,
        .columns = layer->in.width,
        .out_rows = layer->in.height,
        .out_columns = layer->in.width,
        .result_rows = layer->in.height,
        .result_columns = layer->in.width,
        .kernel = layer->spec.kernel,
        .stride = 1,
    };
    d->dy_bordered = (size_t)g->channels * (size_t)g->height * (size_t)g->width;
}

static void describe_kernels(const struct stage *stage, struct detail *d, int end)
{
    const struct layer *layer = conv_layer(stage);
    int last = stage->first + stage->count - 1;
    bool pooled = is_maxpool2(stage, last) || picks_few(stage, last + 1, end);
    d->pad = layer->spec.pad;
    d->planar = stage->first == 0 && native_planar_input(stage->network);
    d->winograd =
        !d->planar && layer->spec.kernel == 3 && layer->spec.stride == 1 && layer->spec.pad <= 2;
    d->sparse = !d->planar && (pooled || !d->winograd);
    d->weights =
        (struct native_weights){layer->spec.out, layer->in.channels, layer->spec.kernel, false};
}

/* ---- memory ----------------------------------------------------------------------------------- */

static size_t forward_floats(const struct detail *d)
{
    if (d->planar)
        return (size_t)(d->forward.out_channels * d->weights.kernel * d->weights.kernel);
    return d->winograd ? native_winograd_floats(&d->weights) : native_direct_floats(&d->weights);
}

/* Of the weights' gradient as the kernel adds it up, and of the weights for the input's. */
static size_t backward_floats(const struct detail *d)
{
    if (d->planar)
        return forward_floats(d);
    return d->sparse ? native_direct_floats(&d->weights) : native_winograd_floats(&d->weights);
}

static size_t winograd_scratch(const struct detail *d)
{
    size_t channels = (size_t)(d->forward.channels + d->forward.out_channels + 2 * NATIVE_BLOCK);
    return FREQUENCIES * NATIVE_TILES * channels;
}

/* The lists' parts, one after the other. */
static size_t list_size(const struct native_geometry *g, int places)
{
    size_t O = (size_t)g->out_channels;
    return O * ((size_t)places * sizeof(struct native_live) + sizeof(int32_t));
}

static struct native_lists lists_in(float *work, const struct native_geometry *g, int places)
{
    struct native_lists lists = {.capacity = places, .lives = (void *)work};
    lists.counts = (void *)(lists.lives + (ptrdiff_t)g->out_channels * places);
    return lists;
}

static size_t work_floats(const struct detail *d, bool training)
{
    size_t floats = d->winograd ? winograd_scratch(d) : 0;
    size_t quads = (size_t)(4 * d->forward.height * d->forward.width);
    if (training && d->planar && quads > floats)
        floats = quads;
    size_t lists = list_size(&d->forward, d->band * d->forward.result_columns) / sizeof(float) + 1;
    if (training && d->sparse && lists > floats)
        floats = lists;
    return floats;
}

static void measure(struct stage *stage, struct detail *d, bool training)
{
    size_t out = (size_t)d->forward.out_channels;
    d->bias_at = forward_floats(d);
    d->input_at = d->bias_at + out;
    d->dbias_at = backward_floats(d);
    stage->prepared_size =
        (d->input_at + (training && !d->planar ? backward_floats(d) : 0)) * sizeof(float);
    stage->gradient_count = d->dbias_at + out;
    stage->saved_size = d->forward.pool ? SLOT_IMAGES * native_floats(stage->out) : 0;

    int entries = d->forward.result_columns * d->forward.out_channels;
    d->band = LIST_PLACES / entries < 1 ? 1 : LIST_PLACES / entries;
    d->band = d->band < d->forward.result_rows ? d->band : d->forward.result_rows;
    size_t copies = d->bordered + d->dy_bordered;
    d->group = !d->border && !d->input_border ? SLOT_IMAGES : (int)(BORDERED_FLOATS / copies);
    d->group = d->group < 1 ? 1 : d->group > SLOT_IMAGES ? SLOT_IMAGES : d->group;
    d->gradient_border_at = d->border ? (size_t)d->group * d->bordered : 0;
    d->work_at = d->gradient_border_at;
    if (training && d->input_border)
        d->work_at += (size_t)d->group * d->dy_bordered;
    stage->scratch_size = (d->work_at + work_floats(d, training)) * sizeof(float);
}

/* ---- borders ---------------------------------------------------------------------------------- */

struct frame {
    int planes, unit; /* unit: floats of a pixel */
    int height, width, bordered_height, bordered_width, border;
};

static struct frame x_frame(const struct stage *stage, const struct detail *d)
{
    const struct layer *layer = conv_layer(stage);
    int unit = d->planar ? 1 : NATIVE_BLOCK;
    return (struct frame){d->planar ? 1 : d->forward.channels / NATIVE_BLOCK,
                          unit,
                          layer->in.height,
                          layer->in.width,
                          d->forward.height,
                          d->forward.width,
                          d->pad};
}

static struct frame dy_frame(const struct stage *stage, const struct detail *d)
{
    const struct layer *layer = conv_layer(stage);
    return (struct frame){d->input.channels / NATIVE_BLOCK,
                          NATIVE_BLOCK,
                          layer->out.height,
                          layer->out.width,
                          d->input.height,
                          d->input.width,
                          2 - d->pad};
}

static float *inner_row(const struct frame *f, float *bordered, int plane, int row)
{
    return bordered +
           (((ptrdiff_t)plane * f->bordered_height + row + f->border) * f->bordered_width +
            f->border) *
               f->unit;
}

static void add_border(const struct frame *f, float *to, const float *from)
{
    memset(to, 0,
           (size_t)(f->planes * f->bordered_height * f->bordered_width * f->unit) * sizeof *to);
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->height; i++)
            memcpy(inner_row(f, to, p, i),
                   from + ((ptrdiff_t)p * f->height + i) * f->width * f->unit,
                   (size_t)(f->width * f->unit) * sizeof *to);
}

static void take_border_off(const struct frame *f, float *to, float *from)
{
    for (int p = 0; p < f->planes; p++)
        for (int i = 0; i < f->height; i++)
            memcpy(to + ((ptrdiff_t)p * f->height + i) * f->width * f->unit,
                   inner_row(f, from, p, i), (size_t)(f->width * f->unit) * sizeof *to);
}

/* Images first .. first + count - 1 as the kernels want them. */
static struct native_images take_images(const struct stage *stage, const struct slot *slot,
                                        int first, int count)
{
    const struct detail *d = native_detail(stage);
    struct native_images images = {.count = count,
                                   .x = slot->x + (size_t)first * d->x_floats,
                                   .x_stride = d->x_floats,
                                   .y_stride = native_floats(stage->out)};
    if (!d->border)
        return images;
    struct frame frame = x_frame(stage, d);
    float *copies = slot->scratch;
    for (int i = 0; i < count; i++)
        add_border(&frame, copies + (size_t)i * d->bordered, images.x + (size_t)i * d->x_floats);
    images.x = copies;
    images.x_stride = d->bordered;
    return images;
}

/* ---- forward ---------------------------------------------------------------------------------- */

static void prepare(const struct stage *stage, const float *values)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = conv_layer(stage);
    const float *w = values + native_offset(stage, layer->weight);
    float *to = stage->prepared, *bias = to + d->bias_at, *input = to + d->input_at;
    (d->planar     ? k->pack_planar
     : d->winograd ? k->pack_winograd
                   : k->pack_direct)(to, w, &d->weights);
    memset(bias, 0, (size_t)d->forward.out_channels * sizeof *bias);
    memcpy(bias, values + native_offset(stage, layer->bias),
           (size_t)layer->spec.out * sizeof *bias);
    struct native_weights rotated = d->weights;
    rotated.rotated = true;
    if (stage->backward[0] == NULL || d->planar)
        return;
    if (d->sparse)
        k->pack_sparse(input, w, &d->weights);
    else
        k->pack_winograd(input, w, &rotated);
}

static void forward(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const float *weights = stage->prepared, *bias = weights + d->bias_at;
    uint8_t *which = d->forward.pool && stage->saved_size > 0 ? slot->saved : NULL;
    for (int first = 0; first < slot->images; first += d->group) {
        int left = slot->images - first, count = left < d->group ? left : d->group;
        struct native_images images = take_images(stage, slot, first, count);
        size_t begin = (size_t)first * images.y_stride;
        images.y = slot->y + begin;
        images.which = which != NULL ? which + begin : NULL;
        if (d->winograd)
            k->winograd_forward(&d->forward, &images, weights, bias,
                                (float *)slot->scratch + d->work_at);
        else
            for (int i = 0; i < count; i++)
                k->conv_forward(&d->forward, images.y + (size_t)i * images.y_stride,
                                which != NULL ? images.which + (size_t)i * images.y_stride : NULL,
                                images.x + (size_t)i * images.x_stride, weights, bias);
    }
}

/* ---- backward --------------------------------------------------------------------------------- */

/* Both gradients of one image, a band of rows at a time. */
static void sparse_image(const struct stage *stage, const struct slot *slot, const float *x,
                         const float *dy, const uint8_t *which, float *dx)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    struct native_geometry g = d->forward;
    struct native_lists lists = lists_in((float *)slot->scratch + d->work_at, &d->forward,
                                         d->band * d->forward.result_columns);
    ptrdiff_t row = (ptrdiff_t)g.width * NATIVE_BLOCK * g.stride * (g.pool ? 2 : 1);
    for (int i = 0; i < d->forward.result_rows; i += d->band) {
        ptrdiff_t at = (ptrdiff_t)i * g.out_columns * NATIVE_BLOCK;
        int left = d->forward.result_rows - i;
        g.result_rows = left < d->band ? left : d->band;
        struct native_gradient in = {x + i * row, dy + at, which != NULL ? which + at : NULL};
        k->sparse_weights(&g, &in, &lists, slot->gradients);
        if (dx != NULL)
            k->sparse_input(&g, &in, (const float *)stage->prepared + d->input_at, dx + i * row);
    }
}

static void sparse_backward(const struct stage *stage, const struct slot *slot,
                            const struct native_images *images, int first)
{
    const struct detail *d = native_detail(stage);
    struct frame frame = x_frame(stage, d);
    float *bordered = (float *)slot->scratch + d->gradient_border_at;
    for (int i = 0; i < images->count; i++) {
        size_t at = (size_t)i * images->y_stride;
        float *dx = slot->dx != NULL ? slot->dx + (size_t)(first + i) * d->x_floats : NULL;
        float *to = dx != NULL && d->border ? bordered : dx;
        if (to != NULL)
            memset(to, 0, (d->border ? d->bordered : d->x_floats) * sizeof *to);
        sparse_image(stage, slot, images->x + (size_t)i * images->x_stride, images->y + at,
                     images->which != NULL ? images->which + at : NULL, to);
        if (to != dx)
            take_border_off(&frame, dx, to);
    }
}

static void winograd_backward(const struct stage *stage, const struct slot *slot,
                              const struct native_images *images, int first)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    float *scratch = slot->scratch;
    k->winograd_weights(&d->forward, images, slot->gradients, scratch + d->work_at);
    if (slot->dx == NULL)
        return;
    struct frame frame = dy_frame(stage, d);
    float *copies = scratch + d->gradient_border_at;
    for (int i = 0; i < images->count; i++)
        add_border(&frame, copies + (size_t)i * d->dy_bordered,
                   images->y + (size_t)i * images->y_stride);
    struct native_images gradients = {.count = images->count,
                                      .x = copies,
                                      .y = slot->dx + (size_t)first * d->x_floats,
                                      .x_stride = d->dy_bordered,
                                      .y_stride = d->x_floats};
    const float *weights = (const float *)stage->prepared + d->input_at;
    static const float no_bias[LAYER_OUT_MAX + NATIVE_BLOCK];
    k->winograd_forward(&d->input, &gradients, weights, no_bias, scratch + d->work_at);
}

static void backward(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    for (int first = 0; first < slot->images; first += d->group) {
        int left = slot->images - first, count = left < d->group ? left : d->group;
        struct native_images images = take_images(stage, slot, first, count);
        size_t begin = (size_t)first * images.y_stride;
        images.y = slot->dy + begin;
        images.which = d->forward.pool ? (uint8_t *)slot->saved + begin : NULL;
        for (int i = 0; i < count; i++)
            k->bias_relu(&d->forward, slot->gradients + d->dbias_at,
                         images.y + (size_t)i * images.y_stride,
                         slot->y + begin + (size_t)i * images.y_stride);
        if (d->sparse) {
            sparse_backward(stage, slot, &images, first);
        } else if (d->winograd) {
            winograd_backward(stage, slot, &images, first);
        } else {
            assert(slot->dx == NULL);
            for (int i = 0; i < count; i++)
                k->planar_weights(&d->forward, images.x + (size_t)i * images.x_stride,
                                  images.y + (size_t)i * images.y_stride,
                                  images.which != NULL ? images.which + (size_t)i * images.y_stride
                                                       : NULL,
                                  slot->gradients, (float *)slot->scratch + d->work_at);
        }
    }
}

static void collect(const struct stage *stage, float *network_gradients, const float *gradients)
{
    const struct detail *d = native_detail(stage);
    const struct native_kernels *k = stage->engine->kernels;
    const struct layer *layer = conv_layer(stage);
    float *dw = network_gradients + native_offset(stage, layer->weight);
    (d->planar   ? k->unpack_planar
     : d->sparse ? k->unpack_sparse
                 : k->unpack_winograd)(dw, gradients, &d->weights);
    memcpy(network_gradients + native_offset(stage, layer->bias), gradients + d->dbias_at,
           (size_t)layer->spec.out * sizeof *dw);
}

/* ---- work ------------------------------------------------------------------------------------- */

static double winograd_work(const struct native_geometry *g, int in)
{
    double tiles = (double)((g->rows + 1) / 2) * ((g->columns + 1) / 2);
    return tiles * FREQUENCIES * in * g->out_channels;
}

static double forward_work(const struct detail *d)
{
    const struct native_geometry *g = &d->forward;
    if (d->winograd)
        return winograd_work(g, g->real_channels);
    return (double)g->rows * g->columns * g->kernel * g->kernel * g->real_channels *
           g->out_channels;
}

/* Places of the result whose gradient is not 0, of all images of the slot. */
static double live_places(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const struct native_geometry *g = &d->forward;
    int planes = slot->images * g->out_channels / NATIVE_BLOCK;
    double live = 0;
    for (int p = 0; p < planes; p++)
        for (int i = 0; i < g->result_rows; i++) {
            const float *dy =
                slot->dy + ((ptrdiff_t)p * g->out_rows + i) * g->out_columns * NATIVE_BLOCK;
            for (int k = 0; k < g->result_columns * NATIVE_BLOCK; k++)
                live += dy[k] != 0;
        }
    return live;
}

static double backward_work(const struct stage *stage, const struct slot *slot)
{
    const struct detail *d = native_detail(stage);
    const struct native_geometry *g = &d->forward;
    double all = (double)slot->images * g->result_rows * g->result_columns * g->out_channels;
    double window = (double)g->kernel * g->kernel * g->channels;
    bool wanted = slot->dx != NULL;
    if (d->planar)
        return all * window;
    if (!d->sparse)
        return slot->images * (winograd_work(g, g->channels) +
                               (wanted ? winograd_work(&d->input, d->input.real_channels) : 0));
    double live = live_places(stage, slot);
    return ((g->scattered ? live : all) + (wanted ? live : 0)) * window;
}

/* What fills up the vectors is counted, for the processor does it. */
static double work(const struct stage *stage, const struct slot *slot, bool backward)
{
    const struct detail *d = native_detail(stage);
    return backward ? backward_work(stage, slot) : slot->images * forward_work(d);
}

int native_stage_conv(struct stage *stage, int first, int end, bool training)
{
    struct detail *d = native_detail(stage);
    int next = first + 1;
    if (next < end && native_kind(stage, next) == LAYER_RELU)
        next++;
    if (next < end && is_maxpool2(stage, next))
        next++;
    stage->first = first;
    stage->count = next - first;
    stage->in = network_layer(stage->network, first)->in;
    stage->out = network_layer(stage->network, next - 1)->out;
    describe_kernels(stage, d, end);
    describe_forward(stage, d, end);
    if (!d->planar && d->sparse) {
        d->input_border = d->border;
        d->dy_bordered = d->bordered; /* here it is dx that gets a border */
    } else if (!d->planar) {
        d->input_border = true;
        describe_input(stage, d);
    }
    measure(stage, d, training);
    stage->forward[0] = forward;
    stage->backward[0] = training ? backward : NULL;
    stage->prepare = prepare;
    stage->collect = collect;
    stage->work = work;
    return stage->count;
}
