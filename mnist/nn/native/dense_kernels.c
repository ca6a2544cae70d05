/*
 * dense_kernels - fully connected layers, forward and both gradients.
 *
 * The inputs are the lanes, in all three, so that the weights [out][in] need one layout only:
 *
 *     y[n,o]  = b[o] + block_sum of 16 chains over the blocks of inputs of x[n] w[o]
 *     dw[o,i] += one chain over the images of dy[n,o] x[n,i]
 *     dx[n,i] = one chain over the outputs of dy[n,o] w[o,i]
 */
#include <math.h>

#include "mnist/nn/native/kernels.h"
#include "mnist/nn/native/native.h"

enum {
    MANY = REGISTERS == 32 && BLOCK_VECS == 1 ? 4 : 2, /* rows of a tile, and vectors */
    WIDE = REGISTERS == 32 && BLOCK_VECS == 1 ? 5 : 2, /* of a gradient's             */
    SUMS = MANY * MANY,                                /* of a forward tile           */
};

/* ---- forward --------------------------------------------------------------------------------- */

/* I images and J outputs. */
INLINED void forward_tile(const struct native_product *p, float *y, const float *x, const float *w,
                          const float *b, int I, int J)
{
    vec sums[SUMS][BLOCK_VECS];
    UNROLLED
    for (int s = 0; s < I * J * BLOCK_VECS; s++)
        sums[s / BLOCK_VECS][s % BLOCK_VECS] = vec_zero();
    for (int at = 0; at < p->in; at += BLOCK) {
        UNROLLED
        for (int k = 0; k < BLOCK_VECS; k++) {
            vec value[MANY];
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
    float totals[SUMS], least = p->relu ? 0 : -INFINITY;
    block_sums(totals, (const vec(*)[BLOCK_VECS])sums, I * J);
    UNROLLED
    for (int s = 0; s < I * J; s++) {
        float sum = totals[s] + b[s % J];
        y[(ptrdiff_t)(s / J) * p->out_stride + s % J] = least > sum ? least : sum; /* no jumps */
    }
}

INLINED void forward_images(const struct native_product *p, float *y, const float *x,
                            const float *w, const float *b, int I)
{
    int o = 0;
    for (; o + SUMS / I <= p->out; o += SUMS / I)
        forward_tile(p, y + o, x, w + (ptrdiff_t)o * p->in, b + o, I, SUMS / I);
    for (; o + SUMS / I / 2 <= p->out; o += SUMS / I / 2)
        forward_tile(p, y + o, x, w + (ptrdiff_t)o * p->in, b + o, I, SUMS / I / 2);
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
    for (; n + MANY <= p->images; n += MANY)
        forward_images(p, y + (ptrdiff_t)n * p->out_stride, x + (ptrdiff_t)n * p->in, w, b, MANY);
    for (; n < p->images; n++)
        forward_images(p, y + (ptrdiff_t)n * p->out_stride, x + (ptrdiff_t)n * p->in, w, b, 1);
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* a [J rows, V vectors] (+)= sum over k of scalar[k * step + j * row_step] times vectors of b [k].
   */
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
    vec sums[MANY * WIDE];
    float *to = g->to + row * g->to_stride + column;
    UNROLLED
    for (int s = 0; s < J * V; s++)
        sums[s] = g->add ? vec_load(to + s / V * g->to_stride + s % V * VEC) : vec_zero();
    const float *scalar = g->scalar + row * g->row_step, *from = g->from + column;
    for (int k = 0; k < g->count; k++, scalar += g->step, from += g->from_stride) {
        vec values[MANY];
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
    for (; column + MANY * VEC <= columns; column += MANY * VEC)
        gradient_tile(g, row, column, J, MANY);
    for (; column < columns; column += VEC)
        gradient_tile(g, row, column, J, 1);
}

static void gradient_all(const struct gradient *g, int rows, int columns)
{
    int row = 0;
    for (; row + WIDE <= rows; row += WIDE)
        gradient_rows(g, row, columns, WIDE);
    for (; row < rows; row++)
        gradient_rows(g, row, columns, 1);
}

void NATIVE(native_dense_weights)(const struct native_product *p, float *dw, float *db,
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
                         .add = !p->fresh};
    gradient_all(&g, p->out, p->in);
    for (int n = 0; n < p->images; n++)
        for (int o = 0; o < p->out; o++)
            db[o] += dy[(ptrdiff_t)n * p->out_stride + o];
}

void NATIVE(native_dense_input)(const struct native_product *p, float *dx, const float *dy,
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
