/*
 * winograd_transforms - the three transforms of F(2x2, 3x3) and F(4x4, 3x3), one dimension at a
 * time; part of winograd_kernels.c.
 *
 * T is 2 or 4. A tile has R x C outputs: T x T, or 2 in a direction at the edge of tiles of 4. Its
 * input has R + 2 x C + 2 values. All are constants after inlining. README.md derives the matrices.
 *
 *     T = 2, points 0, 1, -1               T = 4, points 0, p, -p, q, -q
 *     B^T = 1  0 -1  0                     B^T = ppqq    0  -pp-qq      0  1  0
 *           0  1  1  0                              0 -pqq     -qq      p  1  0
 *           0 -1  1  0                              0  pqq     -qq     -p  1  0
 *           0  1  0 -1                              0 ppqq       0 -pp-qq  0  1
 *                                                   0 -qpp     -pp      q  1  0
 *                                                   0  qpp     -pp     -q  1  0
 *     A^T = 1  1  1  0                     A^T = 1   1   1   0   1   1
 *           0  1 -1 -1                           0   p  -p   0   q  -q
 *                                                0  pp  pp   0  qq  qq
 *                                                0 ppp-ppp   1 qqq-qqq
 *
 *     edge tiles of T = 4 with 2 outputs, points 0, p, -p; c = pp - qq, so that G is the same
 *     B^T = ppqq  0 -qq  0                 A^T = 1   1   1   0
 *              0 cp   c  0                       0   p  -p   1
 *              0-cp   c  0
 *              0-pp   0  1
 *
 * With p = 5/8 and q = 3/2, the mean error is half, and the largest error a fifth, of that with the
 * usual points 1 and 2. They were the best small fractions in float32. Barabasz, Anderson,
 * Soodhalter and Gregg 2020 (arXiv 1803.10986) show that the choice of points matters.
 */
#ifndef MNIST_NN_NATIVE_WINOGRAD_TRANSFORMS_H
#define MNIST_NN_NATIVE_WINOGRAD_TRANSFORMS_H

#include "mnist/nn/native/lanes.h"

enum { SIDE_MAX = 6 };

static const float point_p = 5.0f / 8, point_q = 3.0f / 2;
static const float point_pp = 25.0f / 64, point_qq = 9.0f / 4, point_ppqq = 225.0f / 256,
                   point_sum = 169.0f / 64, point_c = -119.0f / 64; /* pp + qq, pp - qq */

/* d [R + 2] = B^T d. */
INLINED void input_step(vec d[SIDE_MAX], int T, int R)
{
    if (T == 2) {
        vec a = vec_sub(d[0], d[2]), b = vec_add(d[1], d[2]), c = vec_sub(d[2], d[1]);
        d[3] = vec_sub(d[1], d[3]);
        d[0] = a;
        d[1] = b;
        d[2] = c;
        return;
    }
    vec pp = vec_set(-point_pp), qq = vec_set(-point_qq), product = vec_set(point_ppqq);
    if (R == 2) {
        vec a = vec_mul(vec_set(point_c), d[2]), b = vec_mul(vec_set(point_c * point_p), d[1]);
        d[0] = vec_fma(product, d[0], vec_mul(qq, d[2]));
        d[3] = vec_fma(pp, d[1], d[3]);
        d[1] = vec_add(a, b);
        d[2] = vec_sub(a, b);
        return;
    }
    vec sum = vec_set(-point_sum);
    vec first = vec_fma(product, d[0], vec_fma(sum, d[2], d[4]));
    vec last = vec_fma(product, d[1], vec_fma(sum, d[3], d[5]));
    vec a = vec_fma(qq, d[2], d[4]), b = vec_mul(vec_set(point_p), vec_fma(qq, d[1], d[3]));
    vec c = vec_fma(pp, d[2], d[4]), e = vec_mul(vec_set(point_q), vec_fma(pp, d[1], d[3]));
    d[0] = first;
    d[1] = vec_add(a, b);
    d[2] = vec_sub(a, b);
    d[3] = last;
    d[4] = vec_add(c, e);
    d[5] = vec_sub(c, e);
}

/* The first R values of m = A^T m [R + 2]. */
INLINED void output_step(vec m[SIDE_MAX], int T, int R)
{
    if (T == 2) {
        vec a = vec_add(vec_add(m[0], m[1]), m[2]);
        m[1] = vec_sub(vec_sub(m[1], m[2]), m[3]);
        m[0] = a;
        return;
    }
    vec s = vec_add(m[1], m[2]), d = vec_sub(m[1], m[2]), last = m[3];
    if (R == 2) {
        m[0] = vec_add(m[0], s);
        m[1] = vec_fma(vec_set(point_p), d, last);
        return;
    }
    vec s2 = vec_add(m[4], m[5]), d2 = vec_sub(m[4], m[5]);
    d = vec_mul(vec_set(point_p), d);
    d2 = vec_mul(vec_set(point_q), d2);
    m[0] = vec_add(vec_add(m[0], s), s2);
    m[1] = vec_add(d, d2);
    m[2] = vec_fma(vec_set(point_qq), s2, vec_mul(vec_set(point_pp), s));
    m[3] = vec_fma(vec_set(point_qq), d2, vec_fma(vec_set(point_pp), d, last));
}

/* d [R + 2] = A d [R]. */
INLINED void gradient_step(vec d[SIDE_MAX], int T, int R)
{
    if (T == 2) {
        vec a = vec_add(d[0], d[1]), b = vec_sub(d[0], d[1]);
        d[3] = vec_sub(vec_zero(), d[1]);
        d[1] = a;
        d[2] = b;
        return;
    }
    if (R == 2) {
        vec a = d[0], b = vec_mul(vec_set(point_p), d[1]);
        d[3] = d[1];
        d[1] = vec_add(a, b);
        d[2] = vec_sub(a, b);
        return;
    }
    vec pp = vec_set(point_pp), qq = vec_set(point_qq);
    vec a = vec_fma(pp, d[2], d[0]), b = vec_mul(vec_set(point_p), vec_fma(pp, d[3], d[1]));
    vec c = vec_fma(qq, d[2], d[0]), e = vec_mul(vec_set(point_q), vec_fma(qq, d[3], d[1]));
    d[1] = vec_add(a, b);
    d[2] = vec_sub(a, b);
    d[4] = vec_add(c, e);
    d[5] = vec_sub(c, e);
}

/* v = B^T x B of one tile, for one vector of channels. x is at the tile's corner, with rows `row`
   floats apart; frequencies are stride floats apart. v receives the frequencies whose horizontal
   point is common to all tiles, wide the others. */
INLINED void transform_input(float *v, float *wide, ptrdiff_t stride, const float *x, ptrdiff_t row,
                             int T, int R, int C)
{
    vec d[SIDE_MAX][SIDE_MAX], column[SIDE_MAX];
    UNROLLED
    for (int i = 0; i < R + 2; i++) {
        UNROLLED
        for (int j = 0; j < C + 2; j++)
            d[i][j] = vec_load(x + i * row + j * BLOCK);
        input_step(d[i], T, C);
    }
    UNROLLED
    for (int j = 0; j < C + 2; j++) {
        UNROLLED
        for (int i = 0; i < R + 2; i++)
            column[i] = d[i][j];
        input_step(column, T, R);
        UNROLLED
        for (int i = 0; i < R + 2; i++)
            vec_store((j < 4 ? v : wide) + (i * (T + 2) + j) * stride, column[i]);
    }
}

/* y [R][C] = A^T m A + bias; m and wide as v and wide in transform_input. */
INLINED void transform_output(vec *y, const float *m, const float *wide, ptrdiff_t stride, vec bias,
                              int T, int R, int C)
{
    vec s[SIDE_MAX][SIDE_MAX], line[SIDE_MAX];
    UNROLLED
    for (int j = 0; j < C + 2; j++) {
        UNROLLED
        for (int i = 0; i < R + 2; i++)
            s[j][i] = vec_load((j < 4 ? m : wide) + (i * (T + 2) + j) * stride);
        output_step(s[j], T, R);
    }
    UNROLLED
    for (int i = 0; i < R; i++) {
        UNROLLED
        for (int j = 0; j < C + 2; j++)
            line[j] = s[j][i];
        output_step(line, T, C);
        UNROLLED
        for (int j = 0; j < C; j++)
            y[i * C + j] = vec_add(line[j], bias);
    }
}

/* to, wide = A dy A^T of one tile. dy has rows `row` floats apart. Outputs beyond rows and columns
   count as 0. */
INLINED void transform_gradient(float *to, float *wide, ptrdiff_t stride, const float *dy,
                                ptrdiff_t row, int rows, int columns, int T, int R, int C)
{
    vec d[SIDE_MAX][SIDE_MAX], line[SIDE_MAX];
    UNROLLED
    for (int j = 0; j < C; j++) {
        UNROLLED
        for (int i = 0; i < R; i++)
            d[j][i] = i < rows && j < columns ? vec_load(dy + i * row + j * BLOCK) : vec_zero();
        gradient_step(d[j], T, R);
    }
    UNROLLED
    for (int i = 0; i < R + 2; i++) {
        UNROLLED
        for (int j = 0; j < C; j++)
            line[j] = d[j][i];
        gradient_step(line, T, C);
        UNROLLED
        for (int j = 0; j < C + 2; j++)
            vec_store((j < 4 ? to : wide) + (i * (T + 2) + j) * stride, line[j]);
    }
}

#endif
