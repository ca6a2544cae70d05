/*
 * conv_shape - which kernels a convolution stage uses, what these see, and the memory it
 * takes.
 */
#include "mnist/nn/native/conv.h"

enum {
    BORDERED_FLOATS = 64 * 1024, /* of the copies that are made at a time */
    LIST_PLACES = 512,           /* of the lists: images with more go band by band */
    TOGETHER_FLOATS = 8 * 1024,  /* of a block of inputs, and lists, of images that go together */
    BAND_FLOATS = 6 * 1024,      /* of a block of the input that a band looks at, to lie in L1 */
};

static bool is_maxpool2(const struct stage *stage, int index)
{
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    return spec->kind == LAYER_MAXPOOL && spec->kernel == 2 && spec->stride == 2 && spec->pad == 0;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static double tile_products(int rows, int columns, int tile)
{
    return (double)native_tiling(rows, tile).products * native_tiling(columns, tile).products;
}

/* Which tiles a Winograd convolution has. The large ones round more (their B, G and A are larger
   numbers), and so are taken only where they save a third of the products and more: not where many
   would stick out. */
static int tile_of(int rows, int columns)
{
    return tile_products(rows, columns, 4) * 1.5 < tile_products(rows, columns, 2) ? 4 : 2;
}

struct extent {
    int rows, columns;
};

/* The rows (or columns), of size, that a convolution needs for out of its own. Winograd takes whole
   tiles: what is beyond the last output cancels only in exact arithmetic, so it must be there. */
static int looked_at(const struct layer_spec *spec, int out, int tile, int size)
{
    int seen = (out - 1) * spec->stride + spec->kernel;
    if (spec->kernel == 3 && spec->stride == 1)
        seen = native_tiling(out, tile).outputs + 2;
    return seen < size ? seen : size;
}

/* The part of size that layer index and those after it look at. */
static struct extent needed(const struct stage *stage, int index, int end, struct extent size)
{
    if (index >= end || native_kind(stage, index) != LAYER_CONV)
        return size;
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    if (spec->pad != 0)
        return size;
    int next = index + 1;
    struct extent out = {(size.rows - spec->kernel) / spec->stride + 1,
                         (size.columns - spec->kernel) / spec->stride + 1};
    if (next < end && native_kind(stage, next) == LAYER_RELU)
        next++;
    if (next < end && is_maxpool2(stage, next)) {
        out = needed(stage, next + 1, end, (struct extent){out.rows / 2, out.columns / 2});
        out = (struct extent){2 * out.rows, 2 * out.columns};
    } else {
        out = needed(stage, next, end, out);
    }
    int tile = tile_of(out.rows, out.columns);
    return (struct extent){looked_at(spec, out.rows, tile, size.rows),
                           looked_at(spec, out.columns, tile, size.columns)};
}

/* Whether the next layer is a maximum, behind which few places have a gradient. */
static bool picks_few(const struct stage *stage, int index, int end)
{
    return index < end && (native_kind(stage, index) == LAYER_GLOBALMAX ||
                           native_kind(stage, index) == LAYER_MAXPOOL);
}

/* What the forward kernels see. */
static void describe_forward(const struct stage *stage, struct native_conv *d, int end)
{
    const struct layer *layer = native_conv_layer(stage);
    const struct layer *last = network_layer(stage->network, stage->first + stage->count - 1);
    struct native_geometry *g = &d->forward;
    int next = stage->first + stage->count, own = next - d->layer;
    struct extent result =
        needed(stage, next, end, (struct extent){last->out.height, last->out.width});
    *g = (struct native_geometry){
        .channels = d->planar ? 1 : native_round(layer->in.channels),
        .real_channels = layer->in.channels,
        .height = layer->in.height + 2 * d->pad,
        .width = layer->in.width + 2 * d->pad,
        .out_channels = native_round(layer->spec.out),
        .out_rows = last->out.height,
        .out_columns = last->out.width,
        .result_rows = result.rows,
        .result_columns = result.columns,
        .kernel = layer->spec.kernel,
        .stride = layer->spec.stride,
        .relu = own > 1 && native_kind(stage, d->layer + 1) == LAYER_RELU,
        .pool = own > 1 && is_maxpool2(stage, next - 1),
    };
    g->scattered = g->relu || picks_few(stage, next, end);
    g->rows = g->result_rows * (g->pool ? 2 : 1);
    g->columns = g->result_columns * (g->pool ? 2 : 1);
    d->border = d->pad > 0;
    if (d->winograd) {
        g->tile = d->weights.tile = tile_of(g->rows, g->columns);
        int height = native_tiling(g->rows, g->tile).outputs + 2,
            width = native_tiling(g->columns, g->tile).outputs + 2;
        d->border |= height > g->height || width > g->width;
        g->height = height > g->height ? height : g->height;
        g->width = width > g->width ? width : g->width;
    }
    d->x_floats = d->planar ? (size_t)native_round(layer->in.height * layer->in.width)
                            : native_floats(layer->in);
    if (d->planar && g->pool && g->stride == 1 && layer->spec.out <= NATIVE_FEW)
        g->few = layer->spec.out;
    d->bordered = (size_t)native_round(g->channels * g->height * g->width) +
                  (g->few > 0 ? NATIVE_FEW_SLACK : 0);
}

/* dx as a convolution of dy, which gets a border of 2 - pad zeros, with the rotated weights. */
static void describe_input(const struct stage *stage, struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    struct native_geometry *g = &d->input;
    int tile = tile_of(layer->in.height, layer->in.width);
    *g = (struct native_geometry){
        .tile = tile,
        .channels = d->forward.out_channels,
        .real_channels = layer->spec.out,
        .height = native_tiling(layer->in.height, tile).outputs + 2,
        .width = native_tiling(layer->in.width, tile).outputs + 2,
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

static void describe_kernels(const struct stage *stage, struct native_conv *d, int end)
{
    const struct layer *layer = native_conv_layer(stage);
    int last = stage->first + stage->count - 1;
    bool pooled = is_maxpool2(stage, last) || picks_few(stage, last + 1, end);
    d->pad = layer->spec.pad;
    d->planar = stage->first == 0 && native_planar_input(stage->network);
    d->winograd =
        !d->planar && layer->spec.kernel == 3 && layer->spec.stride == 1 && layer->spec.pad <= 2;
    d->sparse = !d->planar && (pooled || !d->winograd);
    int out = layer->spec.out, in = layer->in.channels;
    d->weights = (struct native_weights){
        .out = out,
        .in = in,
        .kernel = layer->spec.kernel,
        .parts = native_round(out > in ? out : in) / NATIVE_BLOCK,
    };
}

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t forward_floats(const struct native_conv *d)
{
    if (d->planar)
        return (size_t)(d->forward.out_channels * d->weights.kernel * d->weights.kernel);
    return d->winograd ? native_winograd_floats(&d->weights) : native_direct_floats(&d->weights);
}

/* Of the weights' gradient as the kernel adds it up. */
static size_t gradient_floats(const struct native_conv *d)
{
    return d->sparse ? native_direct_floats(&d->weights) : forward_floats(d);
}

/* Of the weights for the input's gradient. */
static size_t input_floats(const struct native_conv *d)
{
    struct native_weights rotated = native_rotated(d);
    if (d->planar)
        return 0;
    return d->sparse ? native_direct_floats(&d->weights) : native_winograd_floats(&rotated);
}

static size_t winograd_scratch(const struct native_conv *d)
{
    size_t channels = (size_t)(d->forward.channels + d->forward.out_channels + 2 * NATIVE_BLOCK);
    int tile = d->input.tile > d->forward.tile ? d->input.tile : d->forward.tile;
    return (size_t)native_frequencies(tile) * (NATIVE_TILES + 1) * channels;
}

/* Images whose gradients of the weights go at a time. Large planes go band by band, alone. */
static int images_together(const struct native_conv *d)
{
    const struct native_geometry *g = &d->forward;
    int places = g->result_rows * g->result_columns, listed = LIST_PLACES / places;
    int list = g->scattered ? 0 : places * (int)(sizeof(struct native_place) / sizeof(float));
    int seen = TOGETHER_FLOATS / (g->height * g->width * NATIVE_BLOCK + list);
    int images = seen < listed ? seen : listed;
    images = images < d->group ? images : d->group;
    return d->band < g->result_rows || images < 1 ? 1 : images;
}

/* Rows of the result whose gradient goes at a time: of equal bands, as few as fit. */
static int band_rows(const struct native_geometry *g)
{
    int step = g->stride * (g->pool ? 2 : 1), window = g->kernel + (g->pool ? g->stride : 0);
    int seen = (BAND_FLOATS / (g->width * NATIVE_BLOCK) - window) / step + 1;
    int listed = LIST_PLACES / g->result_columns;
    int rows = seen < listed ? seen : listed;
    rows = rows < 1 ? 1 : rows;
    int bands = (g->result_rows + rows - 1) / rows;
    return (g->result_rows + bands - 1) / bands;
}

static size_t work_floats(const struct native_conv *d, bool training)
{
    size_t floats = d->winograd ? winograd_scratch(d) : 0;
    size_t quads = (size_t)(4 * d->forward.height * d->forward.width);
    if (training && d->planar && quads > floats)
        floats = quads;
    size_t places = (size_t)(d->band * d->forward.result_columns);
    size_t all = places * (size_t)d->together * sizeof(struct native_place) / sizeof(float);
    size_t pass = places * sizeof(struct native_pass_place) / sizeof(float);
    size_t lists = all > pass ? all : pass;
    if (training && d->sparse && lists > floats)
        floats = lists;
    return floats;
}

/* Images of a group: as many as may be copied at a time, but groups of about one size. */
static int group_of(size_t copy)
{
    int most = copy > 0 ? (int)(BORDERED_FLOATS / copy) : SLOT_IMAGES;
    most = most < 1 ? 1 : most > SLOT_IMAGES ? SLOT_IMAGES : most;
    int groups = (SLOT_IMAGES + most - 1) / most;
    return (SLOT_IMAGES + groups - 1) / groups;
}

static void measure_scratch(struct stage *stage, struct native_conv *d, bool training)
{
    size_t copy = d->border || d->normed ? d->bordered : 0;
    size_t gradient_copy = training && d->input_border ? d->dy_bordered : 0;
    bool apart = !d->sparse; /* images and gradients are copied one after the other */
    size_t larger = copy > gradient_copy ? copy : gradient_copy;
    d->group = group_of(apart ? larger : copy);
    d->together = images_together(d);
    d->gradient_border_at = apart ? 0 : (size_t)d->group * copy;
    d->work_at = apart ? (size_t)d->group * larger : d->gradient_border_at + gradient_copy;
    d->factors_at = d->work_at + (size_t)native_round((int)work_floats(d, training));
    stage->scratch_size =
        (d->factors_at + (d->normed ? native_norm_factor_count(&d->norm) : 0)) * sizeof(float);
    size_t means = SLOT_IMAGES * NATIVE_BLOCK * sizeof(float); /* native_norm_sums */
    if (d->normed && stage->scratch_size < means)
        stage->scratch_size = means;
}

static void measure(struct stage *stage, struct native_conv *d, bool training)
{
    size_t out = (size_t)d->forward.out_channels;
    d->bias_at = forward_floats(d);
    d->input_at = d->bias_at + out;
    d->dbias_at = gradient_floats(d);
    stage->prepared_size = (d->input_at + (training ? input_floats(d) : 0)) * sizeof(float);
    if (!training && d->normed) {
        d->folded_at = d->input_at;
        stage->prepared_size += native_norm_factor_count(&d->norm) * sizeof(float);
    }
    d->dnorm_at = d->dbias_at + out;
    stage->gradient_count = d->dnorm_at + (d->normed ? native_norm_gradient_count(&d->norm) : 0);
    stage->units = d->forward.out_channels / NATIVE_BLOCK;
    stage->unit_count = d->dbias_at / (size_t)stage->units;
    stage->fresh_count = d->planar ? 0 : d->dbias_at;
    stage->saved_size = d->forward.pool ? SLOT_IMAGES * native_floats(stage->out) : 0;

    d->band = band_rows(&d->forward);
    measure_scratch(stage, d, training);
    if (d->normed && training) {
        stage->sum_count = native_norm_sum_count(&d->norm);
        stage->total_count = native_norm_total_count(&d->norm);
    }
}

void native_conv_describe(struct stage *stage, int first, int end, bool training)
{
    struct native_conv *d = native_detail(stage);
    d->layer = first;
    d->normed = native_kind(stage, first) == LAYER_BATCHNORM;
    if (d->normed) {
        native_norm_describe(&d->norm, stage, first, end);
        d->layer += d->norm.relu ? 2 : 1;
    }
    int next = d->layer + 1;
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
}

/* ---- work ------------------------------------------------------------------------------------ */

static double winograd_work(const struct native_geometry *g, int in)
{
    return tile_products(g->rows, g->columns, g->tile) * in * g->out_channels;
}

static double forward_work(const struct native_conv *d)
{
    const struct native_geometry *g = &d->forward;
    if (d->winograd)
        return winograd_work(g, g->real_channels);
    if (g->few > 0)
        return (double)g->rows * 2 * native_round(g->result_columns) * g->kernel * g->kernel *
               g->few;
    return (double)g->rows * g->columns * g->kernel * g->kernel * g->real_channels *
           g->out_channels;
}

/* Places of the result whose gradient is not 0, of all images of the slot. */
static double live_places(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
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
    const struct native_conv *d = native_detail(stage);
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
double native_conv_work(const struct stage *stage, const struct slot *slot, bool backward)
{
    const struct native_conv *d = native_detail(stage);
    return backward ? backward_work(stage, slot) : slot->images * forward_work(d);
}
