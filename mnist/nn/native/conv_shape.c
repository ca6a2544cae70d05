/*
 * conv_shape - selects the kernels of a convolution stage and computes its geometry and memory
 * sizes.
 *
 * Everything here depends on shapes only, never on the machine or on values: tile sizes, groups and
 * bands determine the order of sums and therefore the bits.
 */
#include "mnist/nn/native/conv.h"

#include <assert.h>

enum {
    BORDERED_FLOATS = 64 * 1024, /* copies with border of a group: they stay in L2 */
    LIST_POSITIONS = 512,        /* of a list; larger results are processed in bands */
    WGRAD_FLOATS = 8 * 1024,     /* floats of input and lists per call of sparse_wgrad */
    BAND_FLOATS = 6 * 1024,      /* input of a band: stays in L1 */
};

/* ---- shapes ---------------------------------------------------------------------------------- */

static double tile_products(int rows, int columns, int tile)
{
    return (double)native_tiling(rows, tile).products * native_tiling(columns, tile).products;
}

/* Selects the Winograd tile. Tiles of 4 have larger rounding errors (the entries of B, G and A are
   larger), so they are used only if they save at least a third of the products: not if many would
   extend past the edge. */
static int tile_of(int rows, int columns)
{
    return tile_products(rows, columns, 4) * 1.5 < tile_products(rows, columns, 2) ? 4 : 2;
}

struct extent {
    int rows, columns;
};

/* The number of rows (or columns) of an input of this size that a convolution reads to compute
   `out` outputs. Winograd reads whole tiles. The inputs past the last output cancel only in exact
   arithmetic, so they must be the true values. */
static int input_extent(const struct layer_spec *spec, int out, int tile, int size)
{
    int extent = (out - 1) * spec->stride + spec->kernel;
    if (spec->kernel == 3 && spec->stride == 1)
        extent = native_tiling(out, tile).outputs + 2;
    return extent < size ? extent : size;
}

/* The part of a result of this size that the layers from index on read. */
static struct extent needed_extent(const struct stage *stage, int index, int end,
                                   struct extent size)
{
    if (index >= end || !stage_layer_is(stage, index, &layer_conv))
        return size;
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    if (spec->pad != 0)
        return size;
    int next = index + 1;
    struct extent out = {(size.rows - spec->kernel) / spec->stride + 1,
                         (size.columns - spec->kernel) / spec->stride + 1};
    if (next < end && stage_layer_is(stage, next, &layer_relu))
        next++;
    if (next < end && stage_has_maxpool2(stage, next)) {
        out = needed_extent(stage, next + 1, end, (struct extent){out.rows / 2, out.columns / 2});
        out = (struct extent){2 * out.rows, 2 * out.columns};
    } else {
        out = needed_extent(stage, next, end, out);
    }
    int tile = tile_of(out.rows, out.columns);
    return (struct extent){input_extent(spec, out.rows, tile, size.rows),
                           input_extent(spec, out.columns, tile, size.columns)};
}

/* Whether the next layer is a maximum, so that most entries of the gradient are 0. */
static bool selects_maxima(const struct stage *stage, int index, int end)
{
    if (index >= end)
        return false;
    const struct layer_spec *spec = &network_layer(stage->network, index)->spec;
    return spec->type == &layer_maxpool || (spec->type == &layer_globalpool && spec->maximum);
}

/* Geometry of the forward kernels. */
static void describe_forward(const struct stage *stage, struct native_conv *d, int end)
{
    const struct layer *layer = native_conv_layer(stage);
    const struct layer *last = network_layer(stage->network, stage->first + stage->count - 1);
    struct native_geometry *g = &d->forward;
    int next = stage->first + stage->count, own = next - d->layer;
    struct extent result =
        needed_extent(stage, next, end, (struct extent){last->out.height, last->out.width});
    *g = (struct native_geometry){
        .channels = d->planar ? 1 : native_round(layer->in.channels),
        .real_channels = layer->in.channels,
        .in_rows = layer->in.height + 2 * d->pad,
        .in_columns = layer->in.width + 2 * d->pad,
        .out_channels = native_round(layer->spec.out),
        .out_rows = last->out.height,
        .out_columns = last->out.width,
        .result_rows = result.rows,
        .result_columns = result.columns,
        .filter = layer->spec.kernel,
        .stride = layer->spec.stride,
        .relu = own > 1 && stage_layer_is(stage, d->layer + 1, &layer_relu),
        .pool = own > 1 && stage_has_maxpool2(stage, next - 1),
    };
    g->sparse_dy = g->relu || selects_maxima(stage, next, end);
    g->rows = g->result_rows * (g->pool ? 2 : 1);
    g->columns = g->result_columns * (g->pool ? 2 : 1);
    d->border = d->pad > 0;
    if (d->winograd) {
        g->tile = d->weights.tile = tile_of(g->rows, g->columns);
        int in_rows = native_tiling(g->rows, g->tile).outputs + 2,
            in_columns = native_tiling(g->columns, g->tile).outputs + 2;
        d->border |= in_rows > g->in_rows || in_columns > g->in_columns;
        g->in_rows = in_rows > g->in_rows ? in_rows : g->in_rows;
        g->in_columns = in_columns > g->in_columns ? in_columns : g->in_columns;
    }
    d->x_floats = d->planar ? (size_t)native_round(layer->in.height * layer->in.width)
                            : native_floats(layer->in);
    if (d->planar && g->pool && g->stride == 1 && layer->spec.out <= NATIVE_FEW_CHANNELS)
        g->few_channels = layer->spec.out;
    d->bordered = (size_t)native_round(g->channels * g->in_rows * g->in_columns) +
                  (g->few_channels > 0 ? NATIVE_FEW_CHANNELS_SLACK : 0);
}

/* Geometry of the input gradient: dx is a convolution of dy, with a border of 2 - pad zeros, and
   the rotated weights. */
static void describe_input(const struct stage *stage, struct native_conv *d)
{
    const struct layer *layer = native_conv_layer(stage);
    struct native_geometry *g = &d->input;
    int tile = tile_of(layer->in.height, layer->in.width);
    *g = (struct native_geometry){
        .tile = tile,
        .channels = d->forward.out_channels,
        .real_channels = layer->spec.out,
        .in_rows = native_tiling(layer->in.height, tile).outputs + 2,
        .in_columns = native_tiling(layer->in.width, tile).outputs + 2,
        .out_channels = d->forward.channels,
        .rows = layer->in.height,
        .columns = layer->in.width,
        .out_rows = layer->in.height,
        .out_columns = layer->in.width,
        .result_rows = layer->in.height,
        .result_columns = layer->in.width,
        .filter = layer->spec.kernel,
        .stride = 1,
    };
    d->dy_bordered = (size_t)g->channels * (size_t)g->in_rows * (size_t)g->in_columns;
}

static void describe_kernels(const struct stage *stage, struct native_conv *d, int end)
{
    const struct layer *layer = native_conv_layer(stage);
    int last = stage->first + stage->count - 1;
    bool pooled = stage_has_maxpool2(stage, last) || selects_maxima(stage, last + 1, end);
    d->pad = layer->spec.pad;
    d->planar = stage->first == 0 && native_planar_input(stage->network);
    d->winograd =
        !d->planar && layer->spec.kernel == 3 && layer->spec.stride == 1 && layer->spec.pad <= 2;
    d->sparse = !d->planar && (pooled || !d->winograd);
    int out = layer->spec.out, in = layer->in.channels;
    d->weights = (struct native_weights){
        .out = out,
        .in = in,
        .filter = layer->spec.kernel,
        .parts = native_round(out > in ? out : in) / NATIVE_BLOCK,
    };
}

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t forward_floats(const struct native_conv *d)
{
    if (d->planar)
        return (size_t)(d->forward.out_channels * d->weights.filter * d->weights.filter);
    return d->winograd ? native_winograd_floats(&d->weights) : native_direct_floats(&d->weights);
}

/* Floats of the weight gradient in the kernel's layout. */
static size_t gradient_floats(const struct native_conv *d)
{
    return d->sparse ? native_direct_floats(&d->weights) : forward_floats(d);
}

/* Floats of the weights for the input gradient. */
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

/* Number of images per call of sparse_wgrad. Large planes are processed in bands, one image at a
   time. */
static int wgrad_images_of(const struct native_conv *d)
{
    const struct native_geometry *g = &d->forward;
    int positions = g->result_rows * g->result_columns, fits_list = LIST_POSITIONS / positions;
    int list = g->sparse_dy ? 0 : positions * (int)(sizeof(struct native_position) / sizeof(float));
    int fits_cache = WGRAD_FLOATS / (g->in_rows * g->in_columns * NATIVE_BLOCK + list);
    int images = fits_cache < fits_list ? fits_cache : fits_list;
    images = images < d->group ? images : d->group;
    return d->band < g->result_rows || images < 1 ? 1 : images;
}

/* Rows of the result per band: the fewest bands that fit, of equal size. */
static int band_rows(const struct native_geometry *g)
{
    int step = g->stride * (g->pool ? 2 : 1), window = g->filter + (g->pool ? g->stride : 0);
    int fits_cache = (BAND_FLOATS / (g->in_columns * NATIVE_BLOCK) - window) / step + 1;
    int fits_list = LIST_POSITIONS / g->result_columns;
    int rows = fits_cache < fits_list ? fits_cache : fits_list;
    rows = rows < 1 ? 1 : rows;
    int bands = (g->result_rows + rows - 1) / rows;
    return (g->result_rows + bands - 1) / bands;
}

static size_t work_floats(const struct native_conv *d, bool training)
{
    size_t floats = d->winograd ? winograd_scratch(d) : 0;
    size_t quads = (size_t)(4 * d->forward.in_rows * d->forward.in_columns);
    if (training && d->planar && quads > floats)
        floats = quads;
    size_t positions = (size_t)(d->band * d->forward.result_columns);
    size_t all =
        positions * (size_t)d->wgrad_images * sizeof(struct native_position) / sizeof(float);
    size_t pass = positions * sizeof(struct native_pass_position) / sizeof(float);
    size_t lists = all > pass ? all : pass;
    if (training && d->sparse && lists > floats)
        floats = lists;
    return floats;
}

/* Images per group: as many copies as fit, in groups of about equal size. */
static int group_of(size_t copy)
{
    int images_max = copy > 0 ? (int)(BORDERED_FLOATS / copy) : SLOT_IMAGES;
    images_max = images_max < 1 ? 1 : images_max > SLOT_IMAGES ? SLOT_IMAGES : images_max;
    int groups = (SLOT_IMAGES + images_max - 1) / images_max;
    return (SLOT_IMAGES + groups - 1) / groups;
}

static void measure_scratch(struct stage *stage, struct native_conv *d, bool training)
{
    size_t copy = d->border || d->has_norm ? d->bordered : 0;
    size_t gradient_copy = training && d->input_border ? d->dy_bordered : 0;
    bool shared_border = !d->sparse; /* images and gradients with border share memory */
    size_t larger = copy > gradient_copy ? copy : gradient_copy;
    d->group = group_of(shared_border ? larger : copy);
    d->wgrad_images = wgrad_images_of(d);
    d->gradient_border_at = shared_border ? 0 : (size_t)d->group * copy;
    d->work_at = shared_border ? (size_t)d->group * larger : d->gradient_border_at + gradient_copy;
    d->factors_at = d->work_at + (size_t)native_round((int)work_floats(d, training));
    stage->scratch_size =
        (d->factors_at + (d->has_norm ? native_norm_factor_count(&d->norm) : 0)) * sizeof(float);
    size_t means = SLOT_IMAGES * NATIVE_BLOCK * sizeof(float); /* scratch of native_norm_sums */
    if (d->has_norm && stage->scratch_size < means)
        stage->scratch_size = means;
}

static void measure(struct stage *stage, struct native_conv *d, bool training)
{
    size_t out = (size_t)d->forward.out_channels;
    d->bias_at = forward_floats(d);
    d->input_at = d->bias_at + out;
    d->dbias_at = gradient_floats(d);
    stage->prepared_size = (d->input_at + (training ? input_floats(d) : 0)) * sizeof(float);
    if (!training && d->has_norm) {
        d->folded_at = d->input_at;
        stage->prepared_size += native_norm_factor_count(&d->norm) * sizeof(float);
    }
    d->dnorm_at = d->dbias_at + out;
    stage->gradient_count = d->dnorm_at + (d->has_norm ? native_norm_gradient_count(&d->norm) : 0);
    stage->units = d->forward.out_channels / NATIVE_BLOCK;
    stage->unit_floats = d->dbias_at / (size_t)stage->units;
    stage->overwrite_count = d->planar ? 0 : d->dbias_at;
    stage->saved_size = d->forward.pool ? SLOT_IMAGES * native_floats(stage->out) : 0;

    d->band = band_rows(&d->forward);
    measure_scratch(stage, d, training);
    if (d->has_norm && training) {
        stage->sum_count = native_norm_sum_count(&d->norm);
        stage->total_count = native_norm_total_count(&d->norm);
    }
}

/* Invariants that the kernels rely on without testing them. */
static void check_geometry(const struct native_geometry *g, bool winograd)
{
    int padded = g->channels - g->real_channels;
    assert(g->channels == 1 || g->channels % NATIVE_BLOCK == 0);
    assert(padded >= 0 && padded < NATIVE_BLOCK && g->out_channels % NATIVE_BLOCK == 0);
    assert(g->result_rows <= g->out_rows && g->result_columns <= g->out_columns);
    /* The input holds every patch, and every tile with its two additional rows and columns. */
    assert((g->rows - 1) * g->stride + g->filter <= g->in_rows);
    assert((g->columns - 1) * g->stride + g->filter <= g->in_columns);
    if (winograd) {
        assert(g->channels > 1 && g->filter == 3 && g->stride == 1);
        assert(g->tile == 2 || g->tile == 4);
        assert(native_tiling(g->rows, g->tile).outputs + 2 <= g->in_rows);
        assert(native_tiling(g->columns, g->tile).outputs + 2 <= g->in_columns);
    }
    if (g->few_channels > 0)
        assert(g->channels == 1 && g->pool && g->stride == 1 &&
               g->few_channels <= NATIVE_FEW_CHANNELS);
}

/* The offsets of the sparse gradients' lists have 31 bits. */
static void check_offsets(const struct native_conv *d)
{
    const struct native_geometry *g = &d->forward;
    size_t stride = d->border || d->has_norm ? d->bordered : d->x_floats;
    size_t plane = (size_t)g->in_rows * (size_t)g->in_columns * NATIVE_BLOCK;
    assert((size_t)(d->wgrad_images - 1) * stride + plane <= INT32_MAX);
}

void native_conv_describe(struct stage *stage, int first, int end, bool training)
{
    struct native_conv *d = native_detail(stage);
    d->layer = first;
    d->has_norm = stage_layer_is(stage, first, &layer_batchnorm);
    if (d->has_norm) {
        native_norm_describe(&d->norm, stage, first, end);
        d->layer += d->norm.relu ? 2 : 1;
    }
    int next = d->layer + 1;
    if (next < end && stage_layer_is(stage, next, &layer_relu))
        next++;
    if (next < end && stage_has_maxpool2(stage, next))
        next++;
    stage->first = first;
    stage->count = next - first;
    stage->in = network_layer(stage->network, first)->in;
    stage->out = network_layer(stage->network, next - 1)->out;
    describe_kernels(stage, d, end);
    describe_forward(stage, d, end);
    if (!d->planar && d->sparse) {
        d->input_border = d->border;
        d->dy_bordered = d->bordered; /* dx has the border here */
    } else if (!d->planar) {
        d->input_border = true;
        describe_input(stage, d);
        check_geometry(&d->input, true);
    }
    check_geometry(&d->forward, d->winograd);
    measure(stage, d, training);
    check_offsets(d);
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
    if (g->few_channels > 0)
        return (double)g->rows * 2 * native_round(g->result_columns) * g->filter * g->filter *
               g->few_channels;
    return (double)g->rows * g->columns * g->filter * g->filter * g->real_channels *
           g->out_channels;
}

/* Number of nonzero gradients of the result, over all images of the slot. */
static double count_nonzero(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_geometry *g = &d->forward;
    int planes = slot->images * g->out_channels / NATIVE_BLOCK;
    double nonzero = 0;
    for (int p = 0; p < planes; p++)
        for (int i = 0; i < g->result_rows; i++) {
            const float *dy =
                slot->dy + ((ptrdiff_t)p * g->out_rows + i) * g->out_columns * NATIVE_BLOCK;
            for (int k = 0; k < g->result_columns * NATIVE_BLOCK; k++)
                nonzero += dy[k] != 0;
        }
    return nonzero;
}

static double backward_work(const struct stage *stage, const struct slot *slot)
{
    const struct native_conv *d = native_detail(stage);
    const struct native_geometry *g = &d->forward;
    double all = (double)slot->images * g->result_rows * g->result_columns * g->out_channels;
    double window = (double)g->filter * g->filter * g->channels;
    bool wanted = slot->dx != NULL;
    if (d->planar)
        return all * window;
    if (!d->sparse)
        return slot->images * (winograd_work(g, g->channels) +
                               (wanted ? winograd_work(&d->input, d->input.real_channels) : 0));
    double nonzero = count_nonzero(stage, slot);
    return ((g->sparse_dy ? nonzero : all) + (wanted ? nonzero : 0)) * window;
}

/* Padded lanes are counted, because the processor computes them. */
double native_conv_work(const struct stage *stage, const struct slot *slot, bool backward)
{
    const struct native_conv *d = native_detail(stage);
    return backward ? backward_work(stage, slot) : slot->images * forward_work(d);
}
