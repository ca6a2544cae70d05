/*
 * conv_naive - a convolution layer as its definition: seven nested loops forward and backward.
 *
 * No engine uses it. tests/unit/mnist/nn/reference/test_conv_naive.c compares every engine's
 * convolution with it. All sums are in double precision, so that its own rounding errors are
 * negligible next to those of the engines.
 *
 *     forward    y[n,o,i,j]  = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c,p,q]
 *     backward   dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] x[n,c,p,q]
 *                dx[n,c,p,q] = sum over all (o,i,j,u,v) that read it of w[o,c,u,v] dy[n,o,i,j]
 *                db[o]       = sum over n,i,j of dy[n,o,i,j]
 *     where      p = i stride + u - pad,  q = j stride + v - pad;  x is 0 outside of the image
 *
 * Neural networks call this operation a convolution; in mathematics it is a cross-correlation,
 * since the filter is not reversed.
 */
#ifndef MNIST_NN_REFERENCE_CONV_NAIVE_H
#define MNIST_NN_REFERENCE_CONV_NAIVE_H

struct conv_naive {
    int images, channels, rows, columns; /* N, C, H, W of x: [N, C, H, W]   */
    int filters, out_rows, out_columns;  /* O, H', W' of y: [N, O, H', W']  */
    int side, stride, pad;               /* K of w: [O, C, K, K]; b is [O]  */
};

/* y [N, O, H', W'] = conv(x [N, C, H, W], w [O, C, K, K]) + b [O]. */
void conv_naive_forward(double *y, const float *x, const float *w, const float *b,
                        const struct conv_naive *s);

/* dx [N, C, H, W], dw [O, C, K, K] and db [O] from dy [N, O, H', W']; the previous contents of the
   three are overwritten. */
void conv_naive_backward(double *dx, double *dw, double *db, const float *dy, const float *x,
                         const float *w, const struct conv_naive *s);

#endif
