/*
 * sparse_wgrad_kernels - weight gradient of a convolution as a sparse-dense product: only the
 * nonzero entries of dy are visited.
 *
 * After a 2x2 maxpool, at most one of four positions has a gradient, and relu sets some of these to
 * 0:
 *
 *     dw[o,c,u,v] += dy[o, position] x[c, patch + (u, v)]
 *     dy [O / 16][out_rows][out_columns][16], dw [O / 16][C / 16][16 o][K * K][16 c]
 *
 * 16 input channels c are the lanes. For each output channel o, the K * K sums stay in registers
 * while its entries are visited; each sum is one chain over the positions. The entries of a block
 * of 16 output channels are listed first, and the list is used for all blocks of input channels.
 */
#include "mnist/nn/native/kernels.h"

enum { TAPS_MAX = 25 };

/* Appends the nonzero gradients of one image to the lists of a block of channels. Branch-free
   compaction: write every entry, but advance only past nonzero ones. A branch would be
   unpredictable. No list can overflow, because its capacity is the number of positions. */
INLINED void list_nonzero(const struct native_geometry *g, const struct native_gradient *in,
                          int image, int block, struct native_lists *lists, bool pool)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = native_position_step(g) * BLOCK;
    int corner = (int)((size_t)image * in->x_stride);
    struct native_nonzero *nonzeros = lists->nonzeros;
    int32_t *ends = lists->ends;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t at = first + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            const float *dy = in->dy + at;
            _Alignas(64) struct native_nonzero pairs[BLOCK];
            int32_t windows[4];
            float bits[4];
            for (int k = 0; k < 4; k++)
                windows[k] = corner + (i * g->in_columns + j) * step + native_corner_offset(g, k);
            memcpy(bits, windows, sizeof bits);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                ivec k = pool ? ivec_load_bytes(in->argmax + at + lane) : ivec_set(0);
                vec_store_pairs(pairs + lane, vec_load(dy + lane), vec_pick4(bits, k));
            }
            UNROLLED
            for (int o = 0; o < BLOCK; o++)
                nonzeros[ends[o]] = pairs[o];
            for (int o = 0; o < BLOCK; o++)
                ends[o] += dy[o] != 0;
        }
}

/* Writes all positions of one image, with 16 channels each. */
static void list_all(const struct native_geometry *g, const struct native_gradient *in, int image,
                     int block, struct native_position *position)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    ptrdiff_t first = (ptrdiff_t)((size_t)image * in->dy_stride) + block * plane;
    int step = native_position_step(g) * BLOCK, right = native_corner_offset(g, 1),
        down = native_corner_offset(g, 2);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++, position++) {
            ptrdiff_t at = first + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            int window = (int)((size_t)image * in->x_stride) + (i * g->in_columns + j) * step;
            memcpy(position->values, in->dy + at, sizeof position->values);
            for (int o = 0; o < BLOCK; o++) {
                int k = g->pool ? in->argmax[at + o] : 0;
                position->at[o] = window + (k & 1) * right + (k >> 1) * down;
            }
        }
}

static void list_positions(const struct native_geometry *g, const struct native_gradient *in,
                           int block, struct native_lists *lists)
{
    int positions = g->result_rows * g->result_columns;
    for (int o = 0; o < BLOCK; o++)
        lists->ends[o] = o * lists->capacity;
    for (int image = 0; image < in->images; image++)
        if (g->sparse_dy && g->pool)
            list_nonzero(g, in, image, block, lists, true);
        else if (g->sparse_dy)
            list_nonzero(g, in, image, block, lists, false);
        else
            list_all(g, in, image, block, lists->positions + image * positions);
}

/* The operands of the weight gradient of one output channel. */
struct sparse_walk {
    const float *x; /* at the block and lane of the input */
    int row;        /* floats per row of the input */
    int count;
    const struct native_nonzero *nonzeros;   /* the channel's list, or NULL: ... */
    const struct native_position *positions; /* ... use lane o of all positions */
    int o;
    bool overwrite; /* sums begin at 0 */
};

INLINED void add_window(vec *sums, float value, const float *window, int row, int rows, int K)
{
    vec v = vec_set(value);
    UNROLLED
    for (int u = 0; u < rows; u++, window += row) {
        window = opaque_address(window);
        UNROLLED
        for (int t = 0; t < K; t++)
            sums[u * K + t] = vec_fma(v, vec_load(window + t * BLOCK), sums[u * K + t]);
    }
}

/* Some rows of the filter, from first on. */
INLINED void walk_weights(float *dw, const struct sparse_walk *walk, int first, int rows, int K)
{
    const float *x = walk->x + first * walk->row;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = walk->overwrite ? vec_zero() : vec_load(dw + (first * K + t) * BLOCK);
    if (walk->nonzeros != NULL)
        for (int i = 0; i < walk->count; i++)
            add_window(sums, walk->nonzeros[i].value, x + walk->nonzeros[i].at, walk->row, rows, K);
    else
        for (int i = 0; i < walk->count; i++)
            add_window(sums, walk->positions[i].values[walk->o], x + walk->positions[i].at[walk->o],
                       walk->row, rows, K);
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dw + (first * K + t) * BLOCK, sums[t]);
}

/* A filter of any size, one tap at a time. */
INLINED void walk_weights_any(float *dw, const struct sparse_walk *walk, int K)
{
    for (int t = 0; t < K * K; t++) {
        struct sparse_walk tap = *walk;
        tap.x += t / K * walk->row + t % K * BLOCK;
        walk_weights(dw + t * BLOCK, &tap, 0, 1, 1);
    }
}

INLINED void walk_weights_kinds(float *dw, const struct sparse_walk *walk, int K)
{
    if (walk->count == 0 && !walk->overwrite)
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

void NATIVE(native_sparse_wgrad)(const struct native_geometry *g, const struct native_gradient *in,
                                 struct native_lists *lists, float *dweights)
{
    ptrdiff_t in_plane = (ptrdiff_t)g->in_rows * g->in_columns * BLOCK,
              size = g->filter * g->filter * BLOCK;
    int positions = in->images * g->result_rows * g->result_columns;
    struct sparse_walk walk = {
        .row = g->in_columns * BLOCK, .positions = lists->positions, .overwrite = in->overwrite};
    for (int block = 0; block < g->out_channels / BLOCK; block++) {
        list_positions(g, in, block, lists);
        for (int b = 0; b < g->channels / BLOCK; b++)
            for (int o = 0; o < BLOCK; o++)
                for (int lane = 0; lane < BLOCK; lane += VEC) {
                    ptrdiff_t at = ((ptrdiff_t)block * (g->channels / BLOCK) + b) * BLOCK + o;
                    float *dw = dweights + at * size + lane;
                    walk.x = in->x + b * in_plane + lane;
                    walk.nonzeros = g->sparse_dy ? lists->nonzeros + o * lists->capacity : NULL;
                    walk.count = g->sparse_dy ? lists->ends[o] - o * lists->capacity : positions;
                    walk.o = o;
                    walk_weights_kinds(dw, &walk, g->filter);
                }
    }
}
