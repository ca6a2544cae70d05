/*
 * conv_grey_wgrad_kernels - weight gradient of a convolution of a grey image.
 *
 *     dw[o,u,v] += sum over positions of dy[o, position] x[position + (u, v)]
 *     x [in_rows][in_columns], dy [O / 16][out_rows][out_columns][16], dw [O / 16][K * K][16]
 *
 * Output channels are the lanes. After a 2x2 maxpool, each lane has its own argmax, that is, one of
 * four input values. The image is rearranged so that the four candidates are adjacent and one
 * shuffle selects the value of each lane:
 *
 *     quad[i][j] = x[i][j], x[i][j + s], x[i + s][j], x[i + s][j + s]      s = stride
 *
 * Each gradient is one chain over the positions. All K * K sums (or some filter rows, with 16
 * registers) stay in registers.
 */
#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"
#include "mnist/nn/native/transpose4.h"

enum { TAPS_MAX = 25 };

/* The quads of four neighbouring pixels: a 4x4 transpose. */
INLINED void transpose_quads(float *to, const float *a, const float *b, const float *c,
                             const float *d)
{
    float4 rows[FLOAT4] = {float4_load(a), float4_load(b), float4_load(c), float4_load(d)};
    transpose4(rows);
    UNROLLED
    for (int i = 0; i < FLOAT4; i++)
        float4_store(to + i * 4, rows[i]);
}

static void make_quads(float *quads, const float *x, const struct native_geometry *g)
{
    int s = g->stride, width = g->in_columns;
    for (int i = 0; i + s < g->in_rows; i++) {
        const float *top = x + i * width, *below = top + s * width;
        float *to = quads + i * width * 4;
        int j = 0;
        for (; j + 4 + s <= width; j += 4)
            transpose_quads(to + j * 4, top + j, top + j + s, below + j, below + j + s);
        for (; j + s < width; j++) {
            float quad[4] = {top[j], top[j + s], below[j], below[j + s]};
            memcpy(to + j * 4, quad, sizeof quad);
        }
    }
}

/* Some rows of the filter, K wide, for one vector of output channels. With pool, x holds quads. */
INLINED void walk_positions(const struct native_geometry *g, float *dw, const float *x,
                            const float *dy, const uint8_t *argmax, int first, int rows, int K,
                            bool pool)
{
    vec sums[TAPS_MAX];
    int unit = pool ? 4 : 1, step = g->stride * (pool ? 2 : 1), row = g->in_columns * unit;
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dw + (first * K + t) * BLOCK);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t p = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            const float *window = x + (i * step + first) * row + j * step * unit;
            vec gradient = vec_load(dy + p);
            ivec index = pool ? ivec_load_bytes(argmax + p) : ivec_set(0);
            UNROLLED
            for (int t = 0; t < rows * K; t++) {
                const float *at = window + t / K * row + t % K * unit;
                vec value = pool ? vec_pick4(at, index) : vec_set(*at);
                sums[t] = vec_fma(value, gradient, sums[t]);
            }
        }
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dw + (first * K + t) * BLOCK, sums[t]);
}

/* The same for any K, one filter tap at a time. */
INLINED void walk_positions_any(const struct native_geometry *g, float *dw, const float *x,
                                const float *dy, const uint8_t *argmax, int tap, bool pool)
{
    int unit = pool ? 4 : 1, step = g->stride * (pool ? 2 : 1), row = g->in_columns * unit;
    const float *corner = x + tap / g->filter * row + tap % g->filter * unit;
    vec sum = vec_load(dw + tap * BLOCK);
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t p = ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            const float *at = corner + i * step * row + j * step * unit;
            vec value = pool ? vec_pick4(at, ivec_load_bytes(argmax + p)) : vec_set(*at);
            sum = vec_fma(value, vec_load(dy + p), sum);
        }
    vec_store(dw + tap * BLOCK, sum);
}

INLINED void walk_kinds(const struct native_geometry *g, float *dw, const float *x, const float *dy,
                        const uint8_t *argmax, bool pool)
{
    if (g->filter == 3) {
        walk_positions(g, dw, x, dy, argmax, 0, 3, 3, pool);
    } else if (g->filter == 5 && REGISTERS == 32) {
        walk_positions(g, dw, x, dy, argmax, 0, 5, 5, pool);
    } else if (g->filter == 5) {
        walk_positions(g, dw, x, dy, argmax, 0, 2, 5, pool);
        walk_positions(g, dw, x, dy, argmax, 2, 2, 5, pool);
        walk_positions(g, dw, x, dy, argmax, 4, 1, 5, pool);
    } else {
        for (int tap = 0; tap < g->filter * g->filter; tap++)
            walk_positions_any(g, dw, x, dy, argmax, tap, pool);
    }
}

void NATIVE(native_grey_wgrad)(const struct native_geometry *g, const float *x, const float *dy,
                               const uint8_t *argmax, float *dweights, float *scratch)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    int taps = g->filter * g->filter;
    if (g->pool)
        make_quads(scratch, x, g);
    for (int b = 0; b < g->out_channels / BLOCK; b++)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            float *dw = dweights + (ptrdiff_t)b * taps * BLOCK + lane;
            const float *gradient = dy + b * plane + lane;
            if (g->pool)
                walk_kinds(g, dw, scratch, gradient, argmax + b * plane + lane, true);
            else
                walk_kinds(g, dw, x, gradient, NULL, false);
        }
}
