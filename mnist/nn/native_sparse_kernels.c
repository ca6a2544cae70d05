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
 * by place, by number of the window's largest, by channel. The places of dw are listed first, for a
 * block of output channels: the list serves all blocks of input channels.
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

/* Adds the places of one image that have a gradient to the lists of a block of channels. */
static void list_live(const struct native_geometry *g, const struct native_gradient *in, int image,
                      int block, struct native_lists *lists)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = place_step(g) * BLOCK, corners[CORNERS];
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
                struct native_live *live = &lists->lives[o * lists->capacity + lists->counts[o]++];
                live->value = dy[o];
                live->at = window + corners[which != NULL ? which[o] : 0];
            }
        }
}

/* Adds all places of one image, those of the 16 channels side by side. */
static void list_all(const struct native_geometry *g, const struct native_gradient *in, int image,
                     int block, struct native_place *place)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = place_step(g) * BLOCK, right = corner_at(g, 1), down = corner_at(g, 2);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++, place++) {
            ptrdiff_t at = first + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            int window = (int)((size_t)image * in->x_stride) + (i * g->width + j) * step;
            memcpy(place->values, in->dy + at, sizeof place->values);
            for (int o = 0; o < BLOCK; o++) {
                int k = g->pool ? in->which[at + o] : 0;
                place->at[o] = window + (k & 1) * right + (k >> 1) * down;
            }
        }
}

static void list_places(const struct native_geometry *g, const struct native_gradient *in,
                        int block, struct native_lists *lists)
{
    int places = g->result_rows * g->result_columns;
    memset(lists->counts, 0, sizeof lists->counts);
    for (int image = 0; image < in->images; image++)
        if (g->scattered)
            list_live(g, in, image, block, lists);
        else
            list_all(g, in, image, block, lists->places + image * places);
}

/* What the gradient of one output channel's weights walks. */
struct walk {
    const float *x; /* of the input's block and lane */
    int row;        /* floats of the input           */
    int count;
    const struct native_live *lives;   /* those of the channel */
    const struct native_place *places; /* or these, in lane o  */
    int o;
};

INLINED void add_window(vec *sums, float value, const float *window, int row, int rows, int K)
{
    vec v = vec_set(value);
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_fma(v, vec_load(window + t / K * row + t % K * BLOCK), sums[t]);
}

/* Rows of the window from first on. */
INLINED void walk_weights(float *dw, const struct walk *walk, int first, int rows, int K)
{
    const float *x = walk->x + first * walk->row;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dw + (first * K + t) * BLOCK);
    if (walk->lives != NULL)
        for (int i = 0; i < walk->count; i++)
            add_window(sums, walk->lives[i].value, x + walk->lives[i].at, walk->row, rows, K);
    else
        for (int i = 0; i < walk->count; i++)
            add_window(sums, walk->places[i].values[walk->o], x + walk->places[i].at[walk->o],
                       walk->row, rows, K);
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dw + (first * K + t) * BLOCK, sums[t]);
}

/* A window of any size, one value of it after the other. */
INLINED void walk_weights_any(float *dw, const struct walk *walk, int K)
{
    for (int t = 0; t < K * K; t++) {
        struct walk one = *walk;
        one.x += t / K * walk->row + t % K * BLOCK;
        walk_weights(dw + t * BLOCK, &one, 0, 1, 1);
    }
}

INLINED void walk_weights_kinds(float *dw, const struct walk *walk, int K)
{
    if (walk->count == 0)
        return;
    if (K == 3) {
        walk_weights(dw, walk, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_weights(dw, walk, 0, 5, 5);
    } else if (K == 5) {
        walk_weights(dw, walk, 0, 2, 5);
        walk_weights(dw, walk, 2, 2, 5);
        walk_weights(dw, walk, 4, 1, 5);
    } else {
        walk_weights_any(dw, walk, K);
    }
}

void NATIVE(native_sparse_weights)(const struct native_geometry *g,
                                   const struct native_gradient *in, struct native_lists *lists,
                                   float *dweights)
{
    ptrdiff_t in_plane = (ptrdiff_t)g->height * g->width * BLOCK,
              size = g->kernel * g->kernel * BLOCK;
    int places = in->images * g->result_rows * g->result_columns;
    struct walk walk = {.row = g->width * BLOCK, .places = lists->places};
    for (int block = 0; block < g->out_channels / BLOCK; block++) {
        list_places(g, in, block, lists);
        for (int b = 0; b < g->channels / BLOCK; b++)
            for (int o = 0; o < BLOCK; o++)
                for (int lane = 0; lane < BLOCK; lane += VEC) {
                    float *dw = dweights + (b * g->out_channels + block * BLOCK + o) * size + lane;
                    walk.x = in->x + b * in_plane + lane;
                    walk.lives = g->scattered ? lists->lives + o * lists->capacity : NULL;
                    walk.count = g->scattered ? lists->counts[o] : places;
                    walk.o = o;
                    walk_weights_kinds(dw, &walk, g->kernel);
                }
    }
}

/* ---- gradient of the input ------------------------------------------------------------------- */

static void read_place(struct native_pass_place *place, const struct native_geometry *g,
                       const float *dy, const uint8_t *which, int blocks)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
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

/* All places, of the output channels first .. first + 31. */
static void read_places(struct native_pass_place *places, const struct native_geometry *g,
                        const struct native_gradient *in, int first)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2;
    ptrdiff_t at = (ptrdiff_t)first * g->out_rows * g->out_columns;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t from = at + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            read_place(places++, g, in->dy + from, g->pool ? in->which + from : NULL, blocks);
        }
}

/* What the windows of one vector of input channels get from 32 output channels. */
struct pass {
    const struct native_geometry *g;
    const float *weights; /* of the first output channel, of the vector's block and lane */
    int row;              /* floats of the input */
};

/* All four windows of a 3x3 convolution with stride 1 lie in a patch of 4 x 4. */
INLINED void add_patch(const struct pass *pass, const struct native_pass_place *place,
                       vec sums[PATCH * PATCH])
{
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
}

/* Columns of a patch, from first on: those that the next place's patch does not share. */
INLINED void load_half(vec sums[PATCH * PATCH], int first, const float *dx, int row)
{
    UNROLLED
    for (int i = 0; i < PATCH; i++)
        for (int j = first; j < first + PATCH / 2; j++)
            sums[i * PATCH + j] = vec_load(dx + i * row + j * BLOCK);
}

INLINED void store_half(const vec sums[PATCH * PATCH], float *dx, int row)
{
    UNROLLED
    for (int i = 0; i < PATCH; i++)
        for (int j = 0; j < PATCH / 2; j++)
            vec_store(dx + i * row + j * BLOCK, sums[i * PATCH + j]);
}

/* Rows of one window from first on. */
INLINED void walk_input(const struct pass *pass, const struct native_pass_place *place,
                        uint32_t bits, float *dx, int first, int rows, int K)
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

INLINED void walk_input_any(const struct pass *pass, const struct native_pass_place *place,
                            uint32_t bits, float *dx)
{
    int K = pass->g->kernel;
    for (int t = 0; t < K * K; t++) {
        struct pass one = *pass;
        one.weights += t * BLOCK;
        walk_input(&one, place, bits, dx + t / K * pass->row + t % K * BLOCK, 0, 1, 1);
    }
}

INLINED void walk_input_kinds(const struct pass *pass, const struct native_pass_place *place,
                              uint32_t bits, float *dx)
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

/* A row of places, whose patches share two of their four columns, each with the next. */
INLINED void walk_patches(const struct pass *pass, const struct native_pass_place *places,
                          float *dx)
{
    vec sums[PATCH * PATCH];
    load_half(sums, 0, dx, pass->row);
    for (int j = 0; j < pass->g->result_columns; j++, dx += PATCH / 2 * BLOCK) {
        load_half(sums, PATCH / 2, dx, pass->row);
        add_patch(pass, &places[j], sums);
        store_half(sums, dx, pass->row);
        UNROLLED
        for (int t = 0; t < PATCH * PATCH; t += PATCH) {
            sums[t] = sums[t + 2];
            sums[t + 1] = sums[t + 3];
        }
    }
    store_half(sums, dx, pass->row);
}

INLINED void walk_places(const struct pass *pass, const struct native_pass_place *places, float *dx)
{
    const struct native_geometry *g = pass->g;
    for (int j = 0; j < g->result_columns; j++, dx += place_step(g) * BLOCK)
        for (int k = 0; k < (g->pool ? CORNERS : 1); k++)
            if (places[j].corners[k] != 0)
                walk_input_kinds(pass, &places[j], places[j].corners[k], dx + corner_at(g, k));
}

/* What 32 output channels give to one block of input channels. */
INLINED void walk_pass(const struct native_geometry *g, const struct native_pass_place *places,
                       const float *weights, float *dx)
{
    bool patches = REGISTERS == 32 && g->pool && g->kernel == 3 && g->stride == 1;
    for (int i = 0; i < g->result_rows; i++, places += g->result_columns)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            struct pass pass = {g, weights + lane, g->width * BLOCK};
            float *to = dx + (ptrdiff_t)i * place_step(g) * pass.row + lane;
            if (patches)
                walk_patches(&pass, places, to);
            else
                walk_places(&pass, places, to);
        }
}

void NATIVE(native_sparse_input)(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx, struct native_pass_place *places)
{
    ptrdiff_t plane = (ptrdiff_t)g->height * g->width * BLOCK, taps = g->kernel * g->kernel * BLOCK;
    for (int first = 0; first < g->out_channels; first += NATIVE_PASS) {
        read_places(places, g, in, first);
        for (int b = 0; b < g->channels / BLOCK; b++)
            walk_pass(g, places, weights + (b * g->out_channels + first) * taps, dx + b * plane);
    }
}
