/*
 * conv_naive - the loops over n, o, i, j (an output) and c, u, v (an input of it), in this order.
 *
 * Forward and backward visit the same (output, weight, input) triples. Forward multiplies weight
 * and input and adds to the output; backward adds the output's gradient times the input to dw, and
 * times the weight to dx.
 */
#include "mnist/nn/reference/conv_naive.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Index of [n, c, i, j] in an array [N, channels, rows, columns]. */
static size_t at(int n, int c, int i, int j, int channels, int rows, int columns)
{
    return (((size_t)n * (size_t)channels + (size_t)c) * (size_t)rows + (size_t)i) *
               (size_t)columns +
           (size_t)j;
}

/* The input that filter element (u, v) reads for output (i, j); false = padding. */
static bool find_input(const struct conv_naive *s, int n, int c, int i, int j, int u, int v,
                       size_t *index)
{
    int p = i * s->stride + u - s->pad, q = j * s->stride + v - s->pad;
    if (p < 0 || p >= s->rows || q < 0 || q >= s->columns)
        return false;
    *index = at(n, c, p, q, s->channels, s->rows, s->columns);
    return true;
}

void conv_naive_forward(double *y, const float *x, const float *w, const float *b,
                        const struct conv_naive *s)
{
    size_t from;
    assert(s->out_rows == (s->rows + 2 * s->pad - s->side) / s->stride + 1);
    assert(s->out_columns == (s->columns + 2 * s->pad - s->side) / s->stride + 1);
    for (int n = 0; n < s->images; n++)
        for (int o = 0; o < s->filters; o++)
            for (int i = 0; i < s->out_rows; i++)
                for (int j = 0; j < s->out_columns; j++) {
                    double sum = (double)b[o];
                    for (int c = 0; c < s->channels; c++)
                        for (int u = 0; u < s->side; u++)
                            for (int v = 0; v < s->side; v++)
                                if (find_input(s, n, c, i, j, u, v, &from))
                                    sum +=
                                        (double)w[at(o, c, u, v, s->channels, s->side, s->side)] *
                                        (double)x[from];
                    y[at(n, o, i, j, s->filters, s->out_rows, s->out_columns)] = sum;
                }
}

void conv_naive_backward(double *dx, double *dw, double *db, const float *dy, const float *x,
                         const float *w, const struct conv_naive *s)
{
    size_t from;
    memset(dx, 0, at(s->images, 0, 0, 0, s->channels, s->rows, s->columns) * sizeof *dx);
    memset(dw, 0, at(s->filters, 0, 0, 0, s->channels, s->side, s->side) * sizeof *dw);
    memset(db, 0, (size_t)s->filters * sizeof *db);
    for (int n = 0; n < s->images; n++)
        for (int o = 0; o < s->filters; o++)
            for (int i = 0; i < s->out_rows; i++)
                for (int j = 0; j < s->out_columns; j++) {
                    double d = (double)dy[at(n, o, i, j, s->filters, s->out_rows, s->out_columns)];
                    db[o] += d;
                    for (int c = 0; c < s->channels; c++)
                        for (int u = 0; u < s->side; u++)
                            for (int v = 0; v < s->side; v++)
                                if (find_input(s, n, c, i, j, u, v, &from)) {
                                    size_t weight = at(o, c, u, v, s->channels, s->side, s->side);
                                    dw[weight] += d * (double)x[from];
                                    dx[from] += d * (double)w[weight];
                                }
                }
}
