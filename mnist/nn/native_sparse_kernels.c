/*
 * native_sparse_kernels - gradients of a convolution that walk only the places where its output
 * has one.
 *
 * Behind a 2x2 maxpool at most one place of four has a gradient, and relu silences some of these:
 *
 *     dw[o,c,u,v] += dy * x[c, window + u, v]     by channel o: the sums of a window stay in
 *                                                 registers
 *     dx[c, window + u, v] += dy * w[o,c,u,v]     by place: a window of dx stays in registers while
 *                                                 the channels that chose the same of four pass
 *
 * 16 input channels c are the lanes. Orders of the chains: dw by place; dx by 32 output channels,
 * by place, by number of the window's largest, by channel. Where the places are scattered, dw lists
 * each channel's first.
 */
#include "mnist/nn/native_kernels.h"

enum { CORNERS = 4, TAPS_MAX = 25, PATCH = 4 };

/* Places of the convolution between neighbours of the result. */
INLINED int place_step(const struct native_geometry *g)
{
    return g->stride * (g->pool ? 2 : 1);
}

/* From a place's window to that of corner k of four, in floats of the input. */
INLINED int corner_at(const struct native_geometry *g, int k)
{
    return (k / 2 * g->width + k % 2) * g->stride * BLOCK;
}

/* ---- gradient of the weights ----------------------------------------------------------------- */

/* Adds the places of one image to the lists of a block of channels. */
static void list_image(const struct native_geometry *g, const struct native_gradient *in, int image,
                       struct native_lists *lists, int block)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = place_step(g) * BLOCK, corners[CORNERS];
    struct native_live *lives = lists->lives + (ptrdiff_t)block * BLOCK * lists->capacity;
    int32_t *counts = lists->counts + block * BLOCK;
    for (int k = 0; k < CORNERS; k++)
        corners[k] = (int)((size_t)image * in->x_stride) + corner_at(g, k);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t at = first + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            const float *dy = in->dy + at;
            const uint8_t *which = g->pool ? in->which + at : NULL;
            int window = (i * g->width + j) * step;
            for (uint32_t bits = block_nonzero(dy); bits != 0; bits &= bits - 1) {
                int o = __builtin_ctz(bits);
                struct native_live *live = &lives[(ptrdiff_t)o * lists->capacity + counts[o]++];
                live->value = dy[o];
                live->at = window + corners[which != NULL ? which[o] : 0];
            }
        }
}

static void list_places(const struct native_geometry *g, const struct native_gradient *in,
                        struct native_lists *lists)
{
    memset(lists->counts, 0, (size_t)g->out_channels * sizeof *lists->counts);
    for (int image = 0; image < in->images; image++)
        for (int block = 0; block < g->out_channels / BLOCK; block++)
            list_image(g, in, image, lists, block);
}

/* All places of all images, into the memory of the lists, which are not made then. Returns how many.
   One list for all channels: loops over rows and columns would be short, and end in a wrong guess
   each time. */
static int all_places(const struct native_geometry *g, const struct native_gradient *in,
                      struct native_place *places)
{
    int step = place_step(g) * BLOCK, count = 0;
    for (int image = 0; image < in->images; image++)
        for (int i = 0; i < g->result_rows; i++)
            for (int j = 0; j < g->result_columns; j++)
                places[count++] = (struct native_place){
                    image * (int)in->dy_stride + (i * g->out_columns + j) * BLOCK,
                    image * (int)in->x_stride + (i * g->width + j) * step,
                };
    return count;
}

/* What one channel's gradient walks: its list, or all places of its lane. */
struct channel {
    const struct native_geometry *g;
    const float *x;                 /* of the block and lane */
    const struct native_live *list; /* or NULL */
    const struct native_place *places;
    int count;       /* of either */
    const float *dy; /* these two of the lane, without a list */
    const uint8_t *which;
};

INLINED void add_window(vec *sums, float value, const float *window, int row, int rows, int K)
{
    vec v = vec_set(value);
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_fma(v, vec_load(window + t / K * row + t % K * BLOCK), sums[t]);
}

INLINED void add_all_places(vec *sums, const struct channel *c, int first, int rows, int K)
{
    const struct native_geometry *g = c->g;
    int row = g->width * BLOCK, corners[CORNERS];
    for (int k = 0; k < CORNERS; k++)
        corners[k] = corner_at(g, k) + first * row;
    for (int p = 0; p < c->count; p++) {
        int dy = c->places[p].dy, corner = corners[g->pool ? c->which[dy] : 0];
        add_window(sums, c->dy[dy], c->x + c->places[p].x + corner, row, rows, K);
    }
}

/* Rows of the window from first on. */
INLINED void walk_weights(float *dw, const struct channel *c, int first, int rows, int K)
{
    int row = c->g->width * BLOCK;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dw + (first * K + t) * BLOCK);
    if (c->list != NULL)
        for (int i = 0; i < c->count; i++)
            add_window(sums, c->list[i].value, c->x + c->list[i].at + first * row, row, rows, K);
    else
        add_all_places(sums, c, first, rows, K);
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dw + (first * K + t) * BLOCK, sums[t]);
}

/* A window of any size, one value of it after the other. */
INLINED void walk_weights_any(float *dw, const struct channel *c)
{
    int K = c->g->kernel;
    for (int t = 0; t < K * K; t++) {
        struct channel one = *c;
        one.x += (t / K * c->g->width + t % K) * BLOCK;
        walk_weights(dw + t * BLOCK, &one, 0, 1, 1);
    }
}

INLINED void walk_weights_kinds(float *dw, const struct channel *c)
{
    int K = c->g->kernel;
    if (c->count == 0)
        return;
    if (K == 3) {
        walk_weights(dw, c, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_weights(dw, c, 0, 5, 5);
    } else if (K == 5) {
        walk_weights(dw, c, 0, 2, 5);
        walk_weights(dw, c, 2, 2, 5);
        walk_weights(dw, c, 4, 1, 5);
    } else {
        walk_weights_any(dw, c);
    }
}

void NATIVE(native_sparse_weights)(const struct native_geometry *g,
                                   const struct native_gradient *in, struct native_lists *lists,
                                   float *dweights)
{
    ptrdiff_t in_plane = (ptrdiff_t)g->height * g->width * BLOCK,
              size = g->kernel * g->kernel * BLOCK;
    ptrdiff_t out_plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    struct channel c = {.g = g, .places = lists->places};
    if (g->scattered)
        list_places(g, in, lists);
    else
        c.count = all_places(g, in, lists->places);
    for (int b = 0; b < g->channels / BLOCK; b++)
        for (int o = 0; o < g->out_channels; o++)
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                ptrdiff_t at = o / BLOCK * out_plane + o % BLOCK;
                c.x = in->x + b * in_plane + lane;
                if (g->scattered) {
                    c.list = lists->lives + (ptrdiff_t)o * lists->capacity;
                    c.count = lists->counts[o];
                } else {
                    c.dy = in->dy + at;
                    c.which = g->pool ? in->which + at : NULL;
                }
                walk_weights_kinds(dweights + ((ptrdiff_t)b * g->out_channels + o) * size + lane,
                                   &c);
            }
}

/* ---- gradient of the input ------------------------------------------------------------------- */

/* The gradient at one place, of 32 output channels. */
struct place {
    float values[NATIVE_PASS];
    uint32_t corners[CORNERS]; /* bit o: channel o lives and its window is this one */
};

INLINED void read_place(struct place *place, const struct native_geometry *g, const float *dy,
                        const uint8_t *which, int blocks, ptrdiff_t plane)
{
    uint8_t number[NATIVE_PASS] = {0};
    uint32_t live = 0;
    for (int b = 0; b < blocks; b++) {
        live |= block_nonzero(dy + b * plane) << (b * BLOCK);
        memcpy(place->values + b * BLOCK, dy + b * plane, BLOCK * sizeof *dy);
        if (g->pool)
            memcpy(number + b * BLOCK, which + b * plane, BLOCK);
    }
    for (int k = 0; k < CORNERS; k++)
        place->corners[k] = live & bytes_equal(number, (uint8_t)k);
}

/* What the windows of one vector of input channels get from 32 output channels. */
struct pass {
    const struct native_geometry *g;
    const float *weights; /* of the first output channel, of the vector's block and lane */
    int row;              /* floats of the input */
};

/* All four windows of a 3x3 convolution with stride 1 in one patch of 4 x 4. */
INLINED void walk_patch(const struct pass *pass, const struct place *place, float *dx)
{
    vec sums[PATCH * PATCH];
    UNROLLED
    for (int i = 0; i < PATCH * PATCH; i++)
        sums[i] = vec_load(dx + i / PATCH * pass->row + i % PATCH * BLOCK);
    UNROLLED
    for (int k = 0; k < CORNERS; k++)
        for (uint32_t bits = place->corners[k]; bits != 0; bits &= bits - 1) {
            int o = __builtin_ctz(bits);
            const float *w = pass->weights + o * (9 * BLOCK);
            vec value = vec_set(place->values[o]);
            UNROLLED
            for (int t = 0; t < 9; t++) {
                int at = (t / 3 + k / 2) * PATCH + t % 3 + k % 2;
                sums[at] = vec_fma(value, vec_load(w + t * BLOCK), sums[at]);
            }
        }
    UNROLLED
    for (int i = 0; i < PATCH * PATCH; i++)
        vec_store(dx + i / PATCH * pass->row + i % PATCH * BLOCK, sums[i]);
}

/* Rows of one window from first on. */
INLINED void walk_input(const struct pass *pass, const struct place *place, uint32_t bits,
                        float *dx, int first, int rows, int K)
{
    int size = pass->g->kernel * pass->g->kernel * BLOCK;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dx + (first + t / K) * pass->row + t % K * BLOCK);
    for (; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        const float *w = pass->weights + (ptrdiff_t)o * size + first * K * BLOCK;
        vec value = vec_set(place->values[o]);
        UNROLLED
        for (int t = 0; t < rows * K; t++)
            sums[t] = vec_fma(value, vec_load(w + t * BLOCK), sums[t]);
    }
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dx + (first + t / K) * pass->row + t % K * BLOCK, sums[t]);
}

INLINED void walk_input_any(const struct pass *pass, const struct place *place, uint32_t bits,
                            float *dx)
{
    int K = pass->g->kernel;
    for (int t = 0; t < K * K; t++) {
        struct pass one = *pass;
        one.weights += t * BLOCK;
        walk_input(&one, place, bits, dx + t / K * pass->row + t % K * BLOCK, 0, 1, 1);
    }
}

INLINED void walk_input_kinds(const struct pass *pass, const struct place *place, uint32_t bits,
                              float *dx)
{
    int K = pass->g->kernel;
    if (K == 3) {
        walk_input(pass, place, bits, dx, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_input(pass, place, bits, dx, 0, 5, 5);
    } else if (K == 5) {
        walk_input(pass, place, bits, dx, 0, 2, 5);
        walk_input(pass, place, bits, dx, 2, 2, 5);
        walk_input(pass, place, bits, dx, 4, 1, 5);
    } else {
        walk_input_any(pass, place, bits, dx);
    }
}

INLINED void walk_place(const struct pass *pass, const struct place *place, float *dx)
{
    const struct native_geometry *g = pass->g;
    if (REGISTERS == 32 && g->pool && g->kernel == 3 && g->stride == 1) {
        walk_patch(pass, place, dx);
        return;
    }
    for (int k = 0; k < (g->pool ? CORNERS : 1); k++)
        if (place->corners[k] != 0)
            walk_input_kinds(pass, place, place->corners[k], dx + corner_at(g, k));
}

/* One block of input channels, output channels first and the 31 after it. */
INLINED void walk_pass(const struct native_geometry *g, const struct native_gradient *in, int first,
                       const float *weights, float *dx)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2, step = place_step(g) * BLOCK;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t at = first / BLOCK * plane + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            struct place place;
            read_place(&place, g, in->dy + at, g->pool ? in->which + at : NULL, blocks, plane);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                struct pass pass = {g, weights + lane, g->width * BLOCK};
                walk_place(&pass, &place, dx + (i * g->width + j) * step + lane);
            }
        }
}

void NATIVE(native_sparse_input)(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx)
{
    ptrdiff_t plane = (ptrdiff_t)g->height * g->width * BLOCK, taps = g->kernel * g->kernel * BLOCK;
    for (int b = 0; b < g->channels / BLOCK; b++)
        for (int first = 0; first < g->out_channels; first += NATIVE_PASS)
            walk_pass(g, in, first, weights + (b * g->out_channels + first) * taps, dx + b * plane);
}
