/*
 * sparse_kernels - gradient of a convolution's weights that walks only the places where its
 * output has one.
 *
 * Behind a 2x2 maxpool at most one place of four has a gradient, and relu silences some of these:
 *
 *     dw[o,c,u,v] += dy * x[c, window + u, v]     by channel o: the sums of a window stay in
 *                                                 registers
 *
 * 16 input channels c are the lanes, each chain goes by place. The places are listed first, for a
 * block of output channels: the list serves all blocks of input channels.
 */
#include "mnist/nn/native/kernels.h"

enum { TAPS_MAX = 25 };

/* Adds the places of one image that have a gradient to the lists of a block of channels. All are
   written, those without are written over by the next: jumps that nobody can foretell cost more.
   There is always room: a list has as many places as were read before, at most. */
INLINED void list_live(const struct native_geometry *g, const struct native_gradient *in, int image,
                       int block, struct native_lists *lists, bool pool)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = native_place_step(g) * BLOCK;
    int corner = (int)((size_t)image * in->x_stride);
    struct native_live *lives = lists->lives;
    int32_t *ends = lists->ends;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t at = first + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            const float *dy = in->dy + at;
            _Alignas(64) struct native_live pairs[BLOCK];
            int32_t windows[4];
            float bits[4];
            for (int k = 0; k < 4; k++)
                windows[k] = corner + (i * g->width + j) * step + native_corner_at(g, k);
            memcpy(bits, windows, sizeof bits);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                ivec k = pool ? ivec_load_bytes(in->which + at + lane) : ivec_set(0);
                vec_store_pairs(pairs + lane, vec_load(dy + lane), vec_pick4(bits, k));
            }
            UNROLLED
            for (int o = 0; o < BLOCK; o++)
                lives[ends[o]] = pairs[o];
            for (int o = 0; o < BLOCK; o++)
                ends[o] += dy[o] != 0;
        }
}

/* Adds all places of one image, those of the 16 channels side by side. */
static void list_all(const struct native_geometry *g, const struct native_gradient *in, int image,
                     int block, struct native_place *place)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = native_place_step(g) * BLOCK, right = native_corner_at(g, 1),
        down = native_corner_at(g, 2);
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
    for (int o = 0; o < BLOCK; o++)
        lists->ends[o] = o * lists->capacity;
    for (int image = 0; image < in->images; image++)
        if (g->scattered && g->pool)
            list_live(g, in, image, block, lists, true);
        else if (g->scattered)
            list_live(g, in, image, block, lists, false);
        else
            list_all(g, in, image, block, lists->places + image * places);
}

/* What the gradient of one output channel's weights walks. */
struct sparse_walk {
    const float *x; /* of the input's block and lane */
    int row;        /* floats of the input           */
    int count;
    const struct native_live *lives;   /* those of the channel */
    const struct native_place *places; /* or these, in lane o  */
    int o;
    bool fresh; /* the sums begin at 0 */
};

INLINED void add_window(vec *sums, float value, const float *window, int row, int rows, int K)
{
    vec v = vec_set(value);
    UNROLLED
    for (int u = 0; u < rows; u++, window += row) {
        window = own_address(window);
        UNROLLED
        for (int t = 0; t < K; t++)
            sums[u * K + t] = vec_fma(v, vec_load(window + t * BLOCK), sums[u * K + t]);
    }
}

/* Rows of the window from first on. */
INLINED void walk_weights(float *dw, const struct sparse_walk *walk, int first, int rows, int K)
{
    const float *x = walk->x + first * walk->row;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = walk->fresh ? vec_zero() : vec_load(dw + (first * K + t) * BLOCK);
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
INLINED void walk_weights_any(float *dw, const struct sparse_walk *walk, int K)
{
    for (int t = 0; t < K * K; t++) {
        struct sparse_walk one = *walk;
        one.x += t / K * walk->row + t % K * BLOCK;
        walk_weights(dw + t * BLOCK, &one, 0, 1, 1);
    }
}

INLINED void walk_weights_kinds(float *dw, const struct sparse_walk *walk, int K)
{
    if (walk->count == 0 && !walk->fresh)
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
    struct sparse_walk walk = {
        .row = g->width * BLOCK, .places = lists->places, .fresh = in->fresh};
    for (int block = 0; block < g->out_channels / BLOCK; block++) {
        list_places(g, in, block, lists);
        for (int b = 0; b < g->channels / BLOCK; b++)
            for (int o = 0; o < BLOCK; o++)
                for (int lane = 0; lane < BLOCK; lane += VEC) {
                    ptrdiff_t at = ((ptrdiff_t)block * (g->channels / BLOCK) + b) * BLOCK + o;
                    float *dw = dweights + at * size + lane;
                    walk.x = in->x + b * in_plane + lane;
                    walk.lives = g->scattered ? lists->lives + o * lists->capacity : NULL;
                    walk.count = g->scattered ? lists->ends[o] - o * lists->capacity : places;
                    walk.o = o;
                    walk_weights_kinds(dw, &walk, g->kernel);
                }
    }
}
