/*
 * pca - principal components of a set of images: the directions in which they differ most.
 *
 *     mean[d]   = sum over n of x[n,d] / N
 *     C[d,e]    = sum over n of (x[n,d] - mean[d]) (x[n,e] - mean[e]) / (N - 1)
 *     C v_k     = lambda_k v_k,    lambda_0 >= lambda_1 >= ...
 *     y[n,k]    = sum over d of v_k[d] (x[n,d] - mean[d])
 * x are the bytes 0..255. Same conventions as scikit-learn's PCA, but the sign: here the entry of
 * v_k that is largest in absolute value (the first of equals) is positive. (Jolliffe, "Principal
 * Component Analysis", 2nd ed., chapters 1, 3.)
 *
 * C is had by BLAS as sums of integers, exactly; the eigenvectors by LAPACK (dsyevr). The same on
 * every run and with any number of threads; between kinds of processors the last digits may differ.
 */
#ifndef MNIST_DATA_PCA_H
#define MNIST_DATA_PCA_H

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/base/thread_pool.h"

#include <stddef.h>
#include <stdint.h>

struct pca {
    int components;   /* K */
    int size;         /* D, bytes of one image */
    double *mean;     /* [D]    */
    double *vectors;  /* [K, D], rows of length 1 */
    double *variance; /* [K], lambda, byte units squared */
    double *ratio;    /* [K], lambda's share of the total variance, 0..1 */
    double total;     /* the total variance, trace of C */
};

enum { PCA_SIZE_MAX = 2048 };

/* Of images [count, size], at least 2, and 1 <= components <= size <= PCA_SIZE_MAX. On failure
   (too large, memory, stopped, LAPACK gives up) pca is empty. LAPACK itself cannot be stopped:
   0.05 s for 784 pixels. Caller releases with pca_release. */
__attribute__((warn_unused_result)) bool pca_fit(struct pca *pca, const uint8_t *images, int count,
                                                 int size, int components, struct thread_pool *pool,
                                                 struct progress *watch, struct error *error);
void pca_release(struct pca *pca);

/* y [count, K] of images [count, size]. False when stopped or without memory. */
__attribute__((warn_unused_result)) bool pca_project(const struct pca *pca, float *y,
                                                     const uint8_t *images, int count,
                                                     struct thread_pool *pool,
                                                     struct progress *watch, struct error *error);

#endif
