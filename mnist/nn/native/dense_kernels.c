/*
 * dense_kernels - fully connected layers: forward and both gradients, with register blocking.
 *
 * The inputs are the lanes in all three, so one layout of the weights [out][in] is enough:
 *
 *     y[n,o]  = b[o] + block_sum of 16 chains over the input blocks of x[n] w[o]
 *     dw[o,i] += one chain over the images of dy[n,o] x[n,i]
 *     dx[n,i] = one chain over the outputs of dy[n,o] w[o,i]
 */
#include <math.h>

#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

enum {
    TILE_ROWS = REGISTERS == 32 && BLOCK_VECS == 1 ? 4 : 2,     /* rows (and vectors) of a tile */
    GRADIENT_ROWS = REGISTERS == 32 && BLOCK_VECS == 1 ? 5 : 2, /* rows of a gradient tile */
    TILE_SUMS = TILE_ROWS * TILE_ROWS,                          /* sums of a forward tile */
};

/* ---- forward --------------------------------------------------------------------------------- */

/* A tile of I images and J outputs. */
INLINED void forward_tile(const struct native_product *p, float *y, const float *x, const float *w,
                          const float *b, int I, int J)
{
    vec sums[TILE_SUMS][BLOCK_VECS];
    UNROLLED
    for (int s = 0; s < I * J * BLOCK_VECS; s++)
        sums[s / BLOCK_VECS][s % BLOCK_VECS] = vec_zero();
    for (int at = 0; at < p->in; at += BLOCK) {
        UNROLLED
        for (int k = 0; k < BLOCK_VECS; k++) {
            vec value[TILE_ROWS];
            UNROLLED
            for (int i = 0; i < I; i++)
                value[i] = vec_load(x + (ptrdiff_t)i * p->in + at + k * VEC);
            UNROLLED
            for (int j = 0; j < J; j++) {
                vec weight = vec_load(w + (ptrdiff_t)j * p->in + at + k * VEC);
                UNROLLED
                for (int i = 0; i < I; i++)
                    sums[i * J + j][k] = vec_fma(value[i], weight, sums[i * J + j][k]);
            }
        }
    }
    float totals[TILE_SUMS], least = p->relu ? 0 : -INFINITY;
    block_sums(totals, (const vec(*)[BLOCK_VECS])sums, I * J);
    UNROLLED
    for (int s = 0; s < I * J; s++) {
        float sum = totals[s] + b[s % J];
        y[(ptrdiff_t)(s / J) * p->out_stride + s % J] = least > sum ? least : sum; /* branch-free */
    }
}

INLINED void forward_images(const struct native_product *p, float *y, const float *x,
                            const float *w, const float *b, int I)
{
    int o = 0;
    for (; o + TILE_SUMS / I <= p->out; o += TILE_SUMS / I)
        forward_tile(p, y + o, x, w + (ptrdiff_t)o * p->in, b + o, I, TILE_SUMS / I);
    for (; o + TILE_SUMS / I / 2 <= p->out; o += TILE_SUMS / I / 2)
        forward_tile(p, y + o, x, w + (ptrdiff_t)o * p->in, b + o, I, TILE_SUMS / I / 2);
    for (; o < p->out; o++)
        forward_tile(p, y + o, x, w + (ptrdiff_t)o * p->in, b + o, I, 1);
    for (int i = 0; i < I; i++)
        for (int k = p->out; k < p->out_stride; k++)
            y[(ptrdiff_t)i * p->out_stride + k] = 0;
}

void NATIVE(native_dense_forward)(const struct native_product *p, float *y, const float *x,
                                  const float *w, const float *b)
{
    int n = 0;
    for (; n + TILE_ROWS <= p->images; n += TILE_ROWS)
        forward_images(p, y + (ptrdiff_t)n * p->out_stride, x + (ptrdiff_t)n * p->in, w, b,
                       TILE_ROWS);
    for (; n < p->images; n++)
        forward_images(p, y + (ptrdiff_t)n * p->out_stride, x + (ptrdiff_t)n * p->in, w, b, 1);
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* to [row] (+)= sum over k of scalar[k * step + row * row_step] * from [k], vector by vector. */
struct gradient {
    float *to;
    ptrdiff_t to_stride;
    const float *scalar;
    ptrdiff_t step, row_step;
    const float *from;
    ptrdiff_t from_stride;
    int count;
    bool add;
};

INLINED void gradient_tile(const struct gradient *g, int row, int column, int J, int V)
{
    vec sums[TILE_ROWS * GRADIENT_ROWS];
    float *to = g->to + row * g->to_stride + column;
    UNROLLED
    for (int s = 0; s < J * V; s++)
        sums[s] = g->add ? vec_load(to + s / V * g->to_stride + s % V * VEC) : vec_zero();
    const float *scalar = g->scalar + row * g->row_step, *from = g->from + column;
    for (int k = 0; k < g->count; k++, scalar += g->step, from += g->from_stride) {
        vec values[TILE_ROWS];
        UNROLLED
        for (int v = 0; v < V; v++)
            values[v] = vec_load(from + v * VEC);
        UNROLLED
        for (int j = 0; j < J; j++) {
            vec s = vec_set(scalar[j * g->row_step]);
            UNROLLED
            for (int v = 0; v < V; v++)
                sums[j * V + v] = vec_fma(s, values[v], sums[j * V + v]);
        }
    }
    UNROLLED
    for (int s = 0; s < J * V; s++)
        vec_store(to + s / V * g->to_stride + s % V * VEC, sums[s]);
}

INLINED void gradient_rows(const struct gradient *g, int row, int columns, int J)
{
    int column = 0;
    for (; column + TILE_ROWS * VEC <= columns; column += TILE_ROWS * VEC)
        gradient_tile(g, row, column, J, TILE_ROWS);
    for (; column < columns; column += VEC)
        gradient_tile(g, row, column, J, 1);
}

static void gradient_all(const struct gradient *g, int rows, int columns)
{
    int row = 0;
    for (; row + GRADIENT_ROWS <= rows; row += GRADIENT_ROWS)
        gradient_rows(g, row, columns, GRADIENT_ROWS);
    for (; row < rows; row++)
        gradient_rows(g, row, columns, 1);
}

void NATIVE(native_dense_wgrad)(const struct native_product *p, float *dw, float *db,
                                const float *dy, const float *x)
{
    struct gradient g = {.to = dw,
                         .to_stride = p->in,
                         .scalar = dy,
                         .step = p->out_stride,
                         .row_step = 1,
                         .from = x,
                         .from_stride = p->in,
                         .count = p->images,
                         .add = !p->overwrite};
    gradient_all(&g, p->out, p->in);
    for (int n = 0; n < p->images; n++)
        for (int o = 0; o < p->out; o++)
            db[o] += dy[(ptrdiff_t)n * p->out_stride + o];
}

void NATIVE(native_dense_dgrad)(const struct native_product *p, float *dx, const float *dy,
                                const float *w)
{
    struct gradient g = {.to = dx,
                         .to_stride = p->in,
                         .scalar = dy,
                         .step = 1,
                         .row_step = p->out_stride,
                         .from = w,
                         .from_stride = p->in,
                         .count = p->out};
    gradient_all(&g, p->images, p->in);
}
