/*
 * native_sparse_kernels - gradients of a convolution that walk only the places where its output
 * has one.
 *
 * Behind a 2x2 maxpool at most one place of four has a gradient, and relu silences some of these. So the
 * places that live are listed once, and both gradients walk the lists:
 *
 *     dw[o,c,u,v] += dy * x[c, window + u, v]      by channel o: the sums of a window stay in registers
 *     dx[c, window + u, v] += dy * w[o,c,u,v]      by place: a window of dx stays in registers while the
 *                                                   channels that chose the same of four pass
 *
 * 16 input channels c are the lanes. Orders of the chains: dw by place; dx by 32 output channels, by place,
 * by number of the window's largest, by channel.
 */
#include "mnist/nn/native.h"
#include "mnist/nn/native_kernels.h"

enum { CORNERS = 4, ROW_MAX = 5, TAPS_MAX = 25 };

/* Offset in the input of the window of output place (i, j), corner k of four if pooled. */
INLINED int32_t window_at(const struct native_geometry *g, int i, int j, int k)
{
    if (g->pool) {
        i = 2 * i + k / 2;
        j = 2 * j + k % 2;
    }
    return (i * g->width + j) * g->stride * BLOCK;
}

/* ---- lists ------------------------------------------------------------------------------------ */

/* Bit i = channel i of 32 from first has a gradient at this place. */
INLINED uint32_t live_bits(const float *dy, int blocks, ptrdiff_t plane)
{
    uint32_t bits = 0;
    for (int b = 0; b < blocks; b++)
        for (int v = 0; v < BLOCK_VECS; v++)
            bits |= vec_nonzero(vec_load(dy + b * plane + v * VEC)) << (b * BLOCK + v * VEC);
    return bits;
}

/* One place and 32 channels. */
static void list_place(const struct native_geometry *g, struct native_lists *lists, int first, int i,
                       int j, const float *dy, const uint8_t *which)
{
    int taps = g->kernel * g->kernel, corners = g->pool ? CORNERS : 1;
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    size_t index = (size_t)(first / NATIVE_LIST_BLOCK * lists->capacity + i * g->result_columns + j);
    struct native_live *place = lists->places + index * NATIVE_LIST_BLOCK;
    uint8_t *counts = lists->place_counts + index * CORNERS;
    uint8_t number[NATIVE_LIST_BLOCK] = {0};
    uint32_t live = live_bits(dy, blocks, plane);
    if (g->pool)
        for (int b = 0; b < blocks; b++)
            memcpy(number + b * BLOCK, which + b * plane, BLOCK);
    for (int k = 0; k < corners; k++) {
        uint32_t bits = g->pool ? live & bytes_equal(number, (uint8_t)k) : live;
        int32_t window = window_at(g, i, j, k);
        counts[k] = (uint8_t)__builtin_popcount(bits);
        for (; bits != 0; bits &= bits - 1) {
            int bit = __builtin_ctz(bits), o = first + bit;
            float value = dy[bit / BLOCK * plane + bit % BLOCK];
            *place++ = (struct native_live){value, o * taps * BLOCK};
            lists->channels[(ptrdiff_t)o * lists->capacity + lists->channel_counts[o]++] =
                (struct native_live){value, window};
        }
    }
}

void NATIVE(native_list_live)(const struct native_geometry *g, struct native_lists *lists,
                              const float *dy, const uint8_t *which)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    memset(lists->channel_counts, 0, (size_t)g->out_channels * sizeof *lists->channel_counts);
    for (int first = 0; first < g->out_channels; first += NATIVE_LIST_BLOCK) {
        ptrdiff_t begin = first / BLOCK * plane;
        for (int i = 0; i < g->result_rows; i++)
            for (int j = 0; j < g->result_columns; j++) {
                ptrdiff_t at = begin + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
                list_place(g, lists, first, i, j, dy + at, which != NULL ? which + at : NULL);
            }
    }
}

/* ---- gradient of the weights ------------------------------------------------------------------- */

/* Rows of the window from first on: dw of one channel += its list's windows of x. */
INLINED void walk_weights(float *dw, const float *x, const struct native_live *list, int count,
                          int row, int first, int rows, int K)
{
    vec sums[TAPS_MAX];
    UNROLLED for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dw + (first * K + t) * BLOCK);
    for (int i = 0; i < count; i++) {
        const float *window = x + list[i].at + first * row;
        vec value = vec_set(list[i].value);
        UNROLLED for (int u = 0; u < rows; u++)
            UNROLLED for (int v = 0; v < K; v++)
                sums[u * K + v] =
                    vec_fma(value, vec_load(window + u * row + v * BLOCK), sums[u * K + v]);
    }
    UNROLLED for (int t = 0; t < rows * K; t++)
        vec_store(dw + (first * K + t) * BLOCK, sums[t]);
}

INLINED void walk_weights_any(float *dw, const float *x, const struct native_live *list, int count,
                              int row, int K)
{
    for (int u = 0; u < K; u++)
        for (int v = 0; v < K; v++) {
            vec sum = vec_load(dw + (u * K + v) * BLOCK);
            for (int i = 0; i < count; i++)
                sum = vec_fma(vec_set(list[i].value), vec_load(x + list[i].at + u * row + v * BLOCK),
                              sum);
            vec_store(dw + (u * K + v) * BLOCK, sum);
        }
}

INLINED void walk_weights_kinds(float *dw, const float *x, const struct native_live *list, int count,
                                int row, int K)
{
    if (K == 3) {
        walk_weights(dw, x, list, count, row, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_weights(dw, x, list, count, row, 0, 5, 5);
    } else if (K == 5) {
        walk_weights(dw, x, list, count, row, 0, 2, 5);
        walk_weights(dw, x, list, count, row, 2, 2, 5);
        walk_weights(dw, x, list, count, row, 4, 1, 5);
    } else {
        walk_weights_any(dw, x, list, count, row, K);
    }
}

void NATIVE(native_sparse_weights)(const struct native_geometry *g, const struct native_lists *lists,
                                   const float *x, float *dweights)
{
    int row = g->width * BLOCK, size = g->kernel * g->kernel * BLOCK;
    for (int c = 0; c < g->channels / BLOCK; c++)
        for (int o = 0; o < g->out_channels; o++)
            for (int lane = 0; lane < BLOCK; lane += VEC)
                walk_weights_kinds(dweights + ((ptrdiff_t)c * g->out_channels + o) * size + lane,
                                   x + (ptrdiff_t)c * g->height * row + lane,
                                   lists->channels + (ptrdiff_t)o * lists->capacity,
                                   lists->channel_counts[o], row, g->kernel);
}

/* ---- gradient of the input -------------------------------------------------------------------- */

/* Rows of one window of dx from first on += the list's weights. */
INLINED void walk_input(float *dx, const float *weights, const struct native_live *list, int count,
                        int row, int first, int rows, int K)
{
    vec sums[TAPS_MAX];
    UNROLLED for (int u = 0; u < rows; u++)
        UNROLLED for (int v = 0; v < K; v++)
            sums[u * K + v] = vec_load(dx + (first + u) * row + v * BLOCK);
    for (int i = 0; i < count; i++) {
        const float *w = weights + list[i].at + first * K * BLOCK;
        vec value = vec_set(list[i].value);
        UNROLLED for (int t = 0; t < rows * K; t++)
            sums[t] = vec_fma(value, vec_load(w + t * BLOCK), sums[t]);
    }
    UNROLLED for (int u = 0; u < rows; u++)
        UNROLLED for (int v = 0; v < K; v++)
            vec_store(dx + (first + u) * row + v * BLOCK, sums[u * K + v]);
}

INLINED void walk_input_any(float *dx, const float *weights, const struct native_live *list,
                            int count, int row, int K)
{
    for (int u = 0; u < K; u++)
        for (int v = 0; v < K; v++) {
            vec sum = vec_load(dx + u * row + v * BLOCK);
            for (int i = 0; i < count; i++)
                sum = vec_fma(vec_set(list[i].value),
                              vec_load(weights + list[i].at + (u * K + v) * BLOCK), sum);
            vec_store(dx + u * row + v * BLOCK, sum);
        }
}

INLINED void walk_input_kinds(float *dx, const float *weights, const struct native_live *list,
                              int count, int row, int K)
{
    if (K == 3) {
        walk_input(dx, weights, list, count, row, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_input(dx, weights, list, count, row, 0, 5, 5);
    } else if (K == 5) {
        walk_input(dx, weights, list, count, row, 0, 2, 5);
        walk_input(dx, weights, list, count, row, 2, 2, 5);
        walk_input(dx, weights, list, count, row, 4, 1, 5);
    } else {
        walk_input_any(dx, weights, list, count, row, K);
    }
}

/* One block of dx, from 32 output channels. */
INLINED void input_block(const struct native_geometry *g, const struct native_lists *lists,
                         int list_block, const float *weights, float *dx)
{
    int places = g->result_rows * g->result_columns, corners = g->pool ? CORNERS : 1;
    for (int p = 0; p < places; p++) {
        int i = p / g->result_columns, j = p % g->result_columns;
        ptrdiff_t index = (ptrdiff_t)list_block * lists->capacity + p;
        const struct native_live *list = lists->places + index * NATIVE_LIST_BLOCK;
        const uint8_t *counts = lists->place_counts + index * CORNERS;
        for (int k = 0; k < corners; k++) {
            if (counts[k] > 0)
                walk_input_kinds(dx + window_at(g, i, j, k), weights, list, counts[k],
                                 g->width * BLOCK, g->kernel);
            list += counts[k];
        }
    }
}

void NATIVE(native_sparse_input)(const struct native_geometry *g, const struct native_lists *lists,
                                 const float *weights, float *dx)
{
    ptrdiff_t plane = (ptrdiff_t)g->height * g->width * BLOCK;
    ptrdiff_t size = (ptrdiff_t)g->out_channels * g->kernel * g->kernel * BLOCK;
    int list_blocks = (g->out_channels + NATIVE_LIST_BLOCK - 1) / NATIVE_LIST_BLOCK;
    for (int c = 0; c < g->channels / BLOCK; c++)
        for (int b = 0; b < list_blocks; b++)
            for (int lane = 0; lane < BLOCK; lane += VEC)
                input_block(g, lists, b, weights + c * size + lane, dx + c * plane + lane);
}
