/*
 * native_winograd_transforms - the three transforms of F(2x2, 3x3) and F(4x4, 3x3), one dimension
 * at a time.
 *
 * Part of native_winograd_kernels.c, which says what they are for. T is the side of a tile's
 * output, 2 or 4, a constant after inlining; a tile's input has the side T + 2.
 *
 *     T = 2, from the points 0, 1, -1      T = 4, from 0, p, -p, q, -q
 *     B^T = 1  0 -1  0                     B^T = ppqq    0  -pp-qq      0  1  0
 *           0  1  1  0                              0 -pqq     -qq      p  1  0
 *           0 -1  1  0                              0  pqq     -qq     -p  1  0
 *           0  1  0 -1                              0 -qpp     -pp      q  1  0
 *                                                   0  qpp     -pp     -q  1  0
 *                                                   0 ppqq       0 -pp-qq  0  1
 *     A^T = 1  1  1  0                     A^T = 1   1   1   1   1  0
 *           0  1 -1 -1                           0   p  -p   q  -q  0
 *                                                0  pp  pp  qq  qq  0
 *                                                0 ppp-ppp qqq-qqq  1
 *
 * With p = 5/8 and q = 3/2 the results are twice as exact in the mean, and five times at worst, as
 * with the usual 1 and 2: of small fractions they were the best in float32. That the choice of
 * points matters is from Barabasz, Anderson, Soodhalter, Gregg 2020, arXiv 1803.10986.
 */
#ifndef MNIST_NN_NATIVE_WINOGRAD_TRANSFORMS_H
#define MNIST_NN_NATIVE_WINOGRAD_TRANSFORMS_H

#include "mnist/nn/native_lanes.h"

enum { SIDE_MAX = 6 };

static const float point_p = 5.0f / 8, point_q = 3.0f / 2;
static const float point_pp = 25.0f / 64, point_qq = 9.0f / 4, point_ppqq = 225.0f / 256,
                   point_sum = 169.0f / 64; /* pp + qq */

/* B^T d of T + 2 values. */
INLINED void input_step(vec d[SIDE_MAX], int T)
{
    if (T == 2) {
        vec a = vec_sub(d[0], d[2]), b = vec_add(d[1], d[2]), c = vec_sub(d[2], d[1]);
        d[3] = vec_sub(d[1], d[3]);
        d[0] = a;
        d[1] = b;
        d[2] = c;
        return;
    }
    vec pp = vec_set(-point_pp), qq = vec_set(-point_qq);
    vec product = vec_set(point_ppqq), sum = vec_set(-point_sum);
    vec first = vec_fma(product, d[0], vec_fma(sum, d[2], d[4]));
    vec last = vec_fma(product, d[1], vec_fma(sum, d[3], d[5]));
    vec a = vec_fma(qq, d[2], d[4]), b = vec_mul(vec_set(point_p), vec_fma(qq, d[1], d[3]));
    vec c = vec_fma(pp, d[2], d[4]), e = vec_mul(vec_set(point_q), vec_fma(pp, d[1], d[3]));
    d[0] = first;
    d[1] = vec_add(a, b);
    d[2] = vec_sub(a, b);
    d[3] = vec_add(c, e);
    d[4] = vec_sub(c, e);
    d[5] = last;
}

/* A^T m of T + 2 values: the first T. */
INLINED void output_step(vec m[SIDE_MAX], int T)
{
    if (T == 2) {
        vec a = vec_add(vec_add(m[0], m[1]), m[2]);
        m[1] = vec_sub(vec_sub(m[1], m[2]), m[3]);
        m[0] = a;
        return;
    }
    vec s = vec_add(m[1], m[2]), d = vec_sub(m[1], m[2]);
    vec s2 = vec_add(m[3], m[4]), d2 = vec_sub(m[3], m[4]);
    d = vec_mul(vec_set(point_p), d);
    d2 = vec_mul(vec_set(point_q), d2);
    m[0] = vec_add(vec_add(m[0], s), s2);
    m[1] = vec_add(d, d2);
    m[2] = vec_fma(vec_set(point_qq), s2, vec_mul(vec_set(point_pp), s));
    m[3] = vec_fma(vec_set(point_qq), d2, vec_fma(vec_set(point_pp), d, m[5]));
}

/* A d of T values: T + 2. */
INLINED void gradient_step(vec d[SIDE_MAX], int T)
{
    if (T == 2) {
        vec a = vec_add(d[0], d[1]), b = vec_sub(d[0], d[1]);
        d[3] = vec_sub(vec_zero(), d[1]);
        d[1] = a;
        d[2] = b;
        return;
    }
    vec pp = vec_set(point_pp), qq = vec_set(point_qq);
    vec a = vec_fma(pp, d[2], d[0]), b = vec_mul(vec_set(point_p), vec_fma(pp, d[3], d[1]));
    vec c = vec_fma(qq, d[2], d[0]), e = vec_mul(vec_set(point_q), vec_fma(qq, d[3], d[1]));
    d[5] = d[3];
    d[1] = vec_add(a, b);
    d[2] = vec_sub(a, b);
    d[3] = vec_add(c, e);
    d[4] = vec_sub(c, e);
}

/* x at the tile's corner, rows `row` floats apart; v of the tile's block and lane, a frequency is
   stride floats from the next. */
INLINED void transform_input(float *v, ptrdiff_t stride, const float *x, ptrdiff_t row, int T)
{
    vec d[SIDE_MAX][SIDE_MAX], column[SIDE_MAX];
    UNROLLED
    for (int i = 0; i < T + 2; i++) {
        UNROLLED
        for (int j = 0; j < T + 2; j++)
            d[i][j] = vec_load(x + i * row + j * BLOCK);
        input_step(d[i], T);
    }
    UNROLLED
    for (int j = 0; j < T + 2; j++) {
        UNROLLED
        for (int i = 0; i < T + 2; i++)
            column[i] = d[i][j];
        input_step(column, T);
        UNROLLED
        for (int i = 0; i < T + 2; i++)
            vec_store(v + (i * (T + 2) + j) * stride, column[i]);
    }
}

/* y [T][T] of m, whose frequencies are stride floats apart, bias added. */
INLINED void transform_output(vec *y, const float *m, ptrdiff_t stride, vec bias, int T)
{
    vec s[SIDE_MAX][SIDE_MAX], row[SIDE_MAX];
    UNROLLED
    for (int j = 0; j < T + 2; j++) {
        UNROLLED
        for (int i = 0; i < T + 2; i++)
            s[j][i] = vec_load(m + (i * (T + 2) + j) * stride);
        output_step(s[j], T);
    }
    UNROLLED
    for (int i = 0; i < T; i++) {
        UNROLLED
        for (int j = 0; j < T + 2; j++)
            row[j] = s[j][i];
        output_step(row, T);
        UNROLLED
        for (int j = 0; j < T; j++)
            y[i * T + j] = vec_add(row[j], bias);
    }
}

/* A dy A^T of one tile, of whose rows and columns only the first ones are there; the others count as
   0. dy's rows are `row` floats apart. */
INLINED void transform_gradient(float *to, ptrdiff_t stride, const float *dy, ptrdiff_t row,
                                int rows, int columns, int T)
{
    vec d[SIDE_MAX][SIDE_MAX], line[SIDE_MAX];
    UNROLLED
    for (int j = 0; j < T; j++) {
        UNROLLED
        for (int i = 0; i < T; i++)
            d[j][i] = i < rows && j < columns ? vec_load(dy + i * row + j * BLOCK) : vec_zero();
        gradient_step(d[j], T);
    }
    UNROLLED
    for (int i = 0; i < T + 2; i++) {
        UNROLLED
        for (int j = 0; j < T; j++)
            line[j] = d[j][i];
        gradient_step(line, T);
        UNROLLED
        for (int j = 0; j < T + 2; j++)
            vec_store(to + (i * (T + 2) + j) * stride, line[j]);
    }
}

#endif
