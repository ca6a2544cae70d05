/*
 * conv_direct_kernels - direct convolution with register blocking, fused with relu and 2x2 maxpool.
 *
 * A tile of outputs (R rows, S columns, V vectors of channels) stays in registers while the loops
 * run over the filter: each input value is broadcast and used in V fused multiply-adds. With
 * pooling, R is 2 and only the maximum of each window and its index are stored.
 *
 *     x [C / 16][in_rows][in_columns][16] (planar: [in_rows][in_columns])
 *     y [O / 16][out_rows][out_columns][16]
 *
 * Each output is one chain of fused multiply-adds: bias, then w x in the order input block, filter
 * row, filter column, channel in the block. Tile sizes are constants after inlining; they do not
 * change the chain.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

/* A tile: its position and its operands. R, S, V are parameters of the functions. */
struct direct_tile {
    const struct native_geometry *g;
    const float *x; /* patch of the tile's first output */
    int first;      /* first vector of output channels */
    const float *weights, *bias;
    float *y;        /* result of the tile's first vector and position */
    uint8_t *argmax; /* NULL = not needed */
};

enum { TILE_MAX = 24, VECTORS_MAX = 2 };

/* Floats of the weights of one block of output channels. */
INLINED int weight_block(const struct native_geometry *g)
{
    return g->filter * g->filter * g->channels * BLOCK;
}

INLINED const float *weights_of(const struct direct_tile *t, int vector)
{
    int index = t->first + vector;
    return t->weights + (ptrdiff_t)(index / BLOCK_VECS) * weight_block(t->g) +
           index % BLOCK_VECS * VEC;
}

INLINED void begin_chains(vec *sums, const struct direct_tile *t, int positions, int V)
{
    UNROLLED
    for (int v = 0; v < V; v++) {
        vec bias = vec_load(t->bias + (t->first + v) * VEC);
        UNROLLED
        for (int p = 0; p < positions; p++)
            sums[p * V + v] = bias;
    }
}

/* Planar input. filter and stride are compile-time constants; 0 = read them from the geometry. */
INLINED void sum_planar(vec *sums, const struct direct_tile *t, int R, int S, int V, int filter,
                        int stride)
{
    const struct native_geometry *g = t->g;
    int K = filter > 0 ? filter : g->filter, step = stride > 0 ? stride : g->stride;
    int width = g->in_columns;
    const float *w[VECTORS_MAX];
    for (int v = 0; v < V; v++)
        w[v] = weights_of(t, v);
    for (int u = 0; u < K; u++)
        for (int k = 0; k < K; k++) {
            compiler_barrier();
            const float *x = t->x + u * width + k;
            vec weight[VECTORS_MAX];
            UNROLLED
            for (int v = 0; v < V; v++)
                weight[v] = vec_load(w[v] + (u * K + k) * BLOCK);
            UNROLLED
            for (int p = 0; p < R * S; p++) {
                vec value = vec_set(x[p / S * step * width + p % S * step]);
                UNROLLED
                for (int v = 0; v < V; v++)
                    sums[p * V + v] = vec_fma(value, weight[v], sums[p * V + v]);
            }
        }
}

INLINED void sum_blocked(vec *sums, const struct direct_tile *t, int R, int S, int V, int stride)
{
    const struct native_geometry *g = t->g;
    int K = g->filter, step = stride > 0 ? stride : g->stride;
    int row = g->in_columns * BLOCK;
    const float *w[VECTORS_MAX];
    for (int v = 0; v < V; v++)
        w[v] = weights_of(t, v);
    for (int block = 0; block < g->channels / BLOCK; block++) {
        const float *plane = t->x + (ptrdiff_t)block * g->in_rows * row;
        int channels = native_block_channels(g, block);
        for (int u = 0; u < K; u++)
            for (int k = 0; k < K; k++) {
                const float *x = plane + u * row + k * BLOCK;
                for (int c = 0; c < channels; c++, x++) {
                    vec weight[VECTORS_MAX];
                    UNROLLED
                    for (int v = 0; v < V; v++)
                        weight[v] = vec_load(w[v] + c * BLOCK);
                    UNROLLED
                    for (int p = 0; p < R * S; p++) {
                        vec value = vec_set(x[p / S * step * row + p % S * step * BLOCK]);
                        UNROLLED
                        for (int v = 0; v < V; v++)
                            sums[p * V + v] = vec_fma(value, weight[v], sums[p * V + v]);
                    }
                }
                UNROLLED
                for (int v = 0; v < V; v++)
                    w[v] += BLOCK * BLOCK;
            }
    }
}

/* Offset of vector v of the tile's outputs from its first vector. */
INLINED ptrdiff_t vector_offset(const struct direct_tile *t, int v)
{
    int first = t->first % BLOCK_VECS, index = first + v;
    ptrdiff_t plane = (ptrdiff_t)t->g->out_rows * t->g->out_columns * BLOCK;
    return index / BLOCK_VECS * plane + (index % BLOCK_VECS - first) * VEC;
}

INLINED void finish_plain(const vec *sums, const struct direct_tile *t, int S, int V)
{
    UNROLLED
    for (int v = 0; v < V; v++) {
        float *y = t->y + vector_offset(t, v);
        UNROLLED
        for (int s = 0; s < S; s++) {
            vec sum = sums[s * V + v];
            vec_store(y + s * BLOCK, t->g->relu ? vec_relu(sum) : sum);
        }
    }
}

INLINED void finish_pooled(const vec *sums, const struct direct_tile *t, int S, int V)
{
    UNROLLED
    for (int v = 0; v < V; v++) {
        ptrdiff_t offset = vector_offset(t, v);
        UNROLLED
        for (int s = 0; s < S; s += 2) {
            ivec index;
            const vec *top = sums + s * V + v, *below = top + S * V;
            vec best = vec_largest(top[0], top[V], below[0], below[V], &index);
            vec_store(t->y + offset + s / 2 * BLOCK, t->g->relu ? vec_relu(best) : best);
            if (t->argmax != NULL)
                ivec_store_bytes(t->argmax + offset + s / 2 * BLOCK, index);
        }
    }
}

/* filter 0: blocked input; > 0: planar input with this filter; -1: planar input, any filter and
   stride. */
INLINED void run_tile(const struct direct_tile *t, int R, int S, int V, int filter, int stride)
{
    vec sums[TILE_MAX];
    begin_chains(sums, t, R * S, V);
    if (filter == 0)
        sum_blocked(sums, t, R, S, V, stride);
    else
        sum_planar(sums, t, R, S, V, filter > 0 ? filter : 0, stride);
    if (R == 2)
        finish_pooled(sums, t, S, V);
    else
        finish_plain(sums, t, S, V);
}

/* Columns of the next tile: the widest that fits of 12 (fewer with 16 registers), 8, 4, 2, 1. */
INLINED int tile_columns(int left, int widest)
{
    if (left >= widest)
        return widest;
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* One row of results: R = 1 without pooling, R = 2 for one row of pooling windows. */
INLINED void run_row(struct direct_tile t, int R, int V, int filter, int stride)
{
    const struct native_geometry *g = t.g;
    int unit = filter == 0 ? BLOCK : 1, step = stride > 0 ? stride : g->stride;
    int widest = (REGISTERS == 32 ? 24 : 12) / (R * V);
    if (R == 2 && widest % 2 != 0)
        widest--;
    for (int j = 0, S; j < g->columns; j += S) {
        S = tile_columns(g->columns - j, widest);
        if (S == widest)
            run_tile(&t, R, (REGISTERS == 32 ? 24 : 12) / (R * V) / R * R, V, filter, stride);
        else if (S == 8 && 8 * R * V <= TILE_MAX && 8 < widest)
            run_tile(&t, R, 8, V, filter, stride);
        else if (S == 4)
            run_tile(&t, R, 4, V, filter, stride);
        else if (S == 2)
            run_tile(&t, R, 2, V, filter, stride);
        else
            run_tile(&t, 1, 1, V, filter, stride);
        t.x += S * step * unit;
        t.y += S / R * BLOCK;
        if (t.argmax != NULL)
            t.argmax += S / R * BLOCK;
    }
}

INLINED void run_rows(struct direct_tile t, int R, int V, int filter, int stride)
{
    const struct native_geometry *g = t.g;
    int row = g->in_columns * (filter == 0 ? BLOCK : 1), step = stride > 0 ? stride : g->stride;
    for (int i = 0; i < g->rows; i += R) {
        run_row(t, R, V, filter, stride);
        t.x += R * step * row;
        t.y += g->out_columns * BLOCK;
        if (t.argmax != NULL)
            t.argmax += g->out_columns * BLOCK;
    }
}

INLINED void run_kinds(const struct direct_tile *t, int R, int V)
{
    const struct native_geometry *g = t->g;
    if (g->channels > 1 && g->stride == 1)
        run_rows(*t, R, V, 0, 1);
    else if (g->channels > 1)
        run_rows(*t, R, V, 0, 0);
    else if (g->filter == 3 && g->stride == 1)
        run_rows(*t, R, V, 3, 1);
    else if (g->filter == 5 && g->stride == 1)
        run_rows(*t, R, V, 5, 1);
    else
        run_rows(*t, R, V, -1, 0);
}

void NATIVE(native_conv_forward)(const struct native_geometry *g, float *y, uint8_t *argmax,
                                 const float *x, const float *weights, const float *bias)
{
    int vectors = g->out_channels / VEC;
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    for (int first = 0; first < vectors;) {
        int V = first + 1 < vectors ? 2 : 1;
        ptrdiff_t offset = first / BLOCK_VECS * plane + first % BLOCK_VECS * VEC;
        struct direct_tile t = {
            g, x, first, weights, bias, y + offset, argmax ? argmax + offset : NULL};
        if (V == 2 && g->pool)
            run_kinds(&t, 2, 2);
        else if (V == 2)
            run_kinds(&t, 1, 2);
        else if (g->pool)
            run_kinds(&t, 2, 1);
        else
            run_kinds(&t, 1, 1);
        first += V;
    }
}
