/*
 * elementwise_kernels - element-wise operations and reductions of one block: relu, bias gradient,
 * dropout, batch-norm, pooling.
 *
 * A block is [plane][16]. The channels are the lanes, and each sum is one chain over the plane.
 */
#include <math.h>

#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

/* ---- one by one ------------------------------------------------------------------------------ */

void NATIVE(native_add)(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i += VEC)
        vec_store(y + i, vec_add(vec_load(y + i), vec_load(x + i)));
}

void NATIVE(native_multiply)(float *y, const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i += VEC)
        vec_store(y + i, vec_mul(vec_load(a + i), vec_load(b + i)));
}

void NATIVE(native_relu)(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i += VEC)
        vec_store(y + i, vec_relu(vec_load(x + i)));
}

/* dy where y is positive, otherwise 0. */
INLINED vec pass_gradient(const float *dy, const float *y)
{
    return vec_select(vec_positive(vec_load(y)), vec_load(dy), vec_zero());
}

void NATIVE(native_relu_backward)(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i += VEC)
        vec_store(dx + i, pass_gradient(dy + i, y + i));
}

void NATIVE(native_bias_relu)(const struct native_geometry *g, float *db, float *dy, const float *y)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    for (int b = 0; b < g->out_channels / BLOCK; b++)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            vec sum = vec_load(db + b * BLOCK + lane);
            for (int i = 0; i < g->result_rows; i++)
                for (int j = 0; j < g->result_columns; j++) {
                    ptrdiff_t at = b * plane + ((ptrdiff_t)i * g->out_columns + j) * BLOCK + lane;
                    vec d = g->relu ? pass_gradient(dy + at, y + at) : vec_load(dy + at);
                    if (g->relu)
                        vec_store(dy + at, d);
                    sum = vec_add(sum, d);
                }
            vec_store(db + b * BLOCK + lane, sum);
        }
}

void NATIVE(native_dropout)(const struct native_dropout *d, float *y, const float *x,
                            const uint16_t *draws)
{
    vec scale = vec_set(d->scale);
    for (size_t p = 0; p < d->plane; p++, x += BLOCK, y += BLOCK, draws += d->channels) {
        if (d->left < BLOCK) {
            for (size_t l = 0; l < BLOCK; l++)
                y[l] = l < d->left && draws[l] >= d->limit ? x[l] * d->scale : 0;
            continue;
        }
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            vec scaled = vec_mul(vec_load(x + lane), scale);
            vmask kept = words_at_least(draws + lane, d->limit);
            vec_store(y + lane, vec_select(kept, scaled, vec_zero()));
        }
    }
}

/* ---- batch-norm ------------------------------------------------------------------------------ */

INLINED void load_block(vec to[BLOCK_VECS], const float *from)
{
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        to[v] = vec_load(from + v * VEC);
}

INLINED void store_block(float *to, const vec from[BLOCK_VECS])
{
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        vec_store(to + v * VEC, from[v]);
}

void NATIVE(native_norm_sums)(float *sum, const float *x, int plane)
{
    vec total[BLOCK_VECS];
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        total[v] = vec_zero();
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        total[v] = vec_add(total[v], vec_load(x + p * BLOCK + v * VEC));
    store_block(sum, total);
}

void NATIVE(native_norm_squares)(float *squares, const float *x, const float *mean, int plane)
{
    vec total[BLOCK_VECS], m[BLOCK_VECS];
    load_block(m, mean);
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        total[v] = vec_zero();
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        vec d = vec_sub(vec_load(x + p * BLOCK + v * VEC), m[v]);
        total[v] = vec_fma(d, d, total[v]);
    }
    store_block(squares, total);
}

void NATIVE(native_norm_apply)(float *y, const float *x, const float *scale, const float *shift,
                               bool relu, int plane)
{
    vec a[BLOCK_VECS], b[BLOCK_VECS];
    load_block(a, scale);
    load_block(b, shift);
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        int at = p * BLOCK + v * VEC;
        vec value = vec_fma(vec_load(x + at), a[v], b[v]);
        vec_store(y + at, relu ? vec_relu(value) : value);
    }
}

void NATIVE(native_norm_gradient_sums)(float *sum, float *product, float *dy,
                                       const struct native_norm_block *block)
{
    bool relu = block->scale != NULL;
    vec s[BLOCK_VECS], q[BLOCK_VECS], m[BLOCK_VECS], scale[BLOCK_VECS], shift[BLOCK_VECS];
    load_block(m, block->mean);
    load_block(scale, relu ? block->scale : block->mean);
    load_block(shift, relu ? block->shift : block->mean);
    UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++)
        s[v] = q[v] = vec_zero();
    for (int p = 0; p < block->plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        int at = p * BLOCK + v * VEC;
        vec d = vec_load(dy + at), x = vec_load(block->x + at);
        if (relu) {
            d = vec_select(vec_positive(vec_fma(x, scale[v], shift[v])), d, vec_zero());
            vec_store(dy + at, d);
        }
        s[v] = vec_add(s[v], d);
        q[v] = vec_fma(d, vec_sub(x, m[v]), q[v]);
    }
    store_block(sum, s);
    store_block(product, q);
}

void NATIVE(native_norm_backward)(float *dx, const float *dy, const float *x, const float *mean,
                                  const float *a, const float *b, const float *c, int plane)
{
    vec m[BLOCK_VECS], fa[BLOCK_VECS], fb[BLOCK_VECS], fc[BLOCK_VECS];
    load_block(m, mean);
    load_block(fa, a);
    load_block(fb, b);
    load_block(fc, c);
    for (int p = 0; p < plane; p++)
        UNROLLED
    for (int v = 0; v < BLOCK_VECS; v++) {
        int at = p * BLOCK + v * VEC;
        vec rest = vec_fma(fb[v], vec_sub(vec_load(x + at), m[v]), fc[v]);
        vec_store(dx + at, vec_fma(fa[v], vec_load(dy + at), rest));
    }
}

/* ---- pooling --------------------------------------------------------------------------------- */

struct plane_window {
    int top, bottom, left, right; /* half-open ranges of input rows and columns */
};

static struct plane_window window_of(const struct native_pool *p, int i, int j)
{
    int top = i * p->stride - p->pad, left = j * p->stride - p->pad;
    int bottom = top + p->window_rows, right = left + p->window_columns;
    return (struct plane_window){top > 0 ? top : 0, bottom < p->in_rows ? bottom : p->in_rows,
                                 left > 0 ? left : 0,
                                 right < p->in_columns ? right : p->in_columns};
}

void NATIVE(native_maxpool)(const struct native_pool *pool, float *y, uint32_t *argmax,
                            const float *x)
{
    int columns = pool->in_columns;
    for (int i = 0; i < pool->out_rows; i++)
        for (int j = 0; j < pool->out_columns; j++, y += BLOCK) {
            struct plane_window w = window_of(pool, i, j);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                vec best = vec_set(-INFINITY);
                ivec position = ivec_set(w.top * columns + w.left);
                for (int r = w.top; r < w.bottom; r++)
                    for (int c = w.left; c < w.right; c++) {
                        vec value = vec_load(x + (r * columns + c) * BLOCK + lane);
                        vmask below = vec_below(best, value);
                        best = vec_select(below, value, best);
                        position = ivec_select(below, ivec_set(r * columns + c), position);
                    }
                vec_store(y + lane, best);
                if (argmax != NULL)
                    memcpy(argmax + lane, &position, sizeof position);
            }
            if (argmax != NULL)
                argmax += BLOCK;
        }
}

void NATIVE(native_maxpool_backward)(const struct native_pool *pool, float *dx, const float *dy,
                                     const uint32_t *argmax)
{
    int positions = pool->out_rows * pool->out_columns;
    memset(dx, 0, (size_t)(pool->in_rows * pool->in_columns) * BLOCK * sizeof *dx);
    for (int p = 0; p < positions * BLOCK; p++)
        dx[argmax[p] * BLOCK + (uint32_t)p % BLOCK] += dy[p];
}

void NATIVE(native_avgpool)(const struct native_pool *pool, float *y, const float *x)
{
    int columns = pool->in_columns;
    vec share = vec_set(pool->share);
    for (int i = 0; i < pool->out_rows; i++)
        for (int j = 0; j < pool->out_columns; j++, y += BLOCK) {
            struct plane_window w = window_of(pool, i, j);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                vec sum = vec_zero();
                for (int r = w.top; r < w.bottom; r++)
                    for (int c = w.left; c < w.right; c++)
                        sum = vec_add(sum, vec_load(x + (r * columns + c) * BLOCK + lane));
                vec_store(y + lane, vec_mul(sum, share));
            }
        }
}

void NATIVE(native_avgpool_backward)(const struct native_pool *pool, float *dx, const float *dy)
{
    int columns = pool->in_columns;
    vec share = vec_set(pool->share);
    memset(dx, 0, (size_t)(pool->in_rows * columns) * BLOCK * sizeof *dx);
    for (int i = 0; i < pool->out_rows; i++)
        for (int j = 0; j < pool->out_columns; j++, dy += BLOCK) {
            struct plane_window w = window_of(pool, i, j);
            for (int lane = 0; lane < BLOCK; lane += VEC) {
                vec part = vec_mul(vec_load(dy + lane), share);
                for (int r = w.top; r < w.bottom; r++)
                    for (int c = w.left; c < w.right; c++) {
                        float *to = dx + (r * columns + c) * BLOCK + lane;
                        vec_store(to, vec_add(vec_load(to), part));
                    }
            }
        }
}
