/*
 * pca - principal components of a set of images: the orthogonal directions of largest variance.
 *
 *     mean[d]   = sum over n of x[n,d] / N
 *     C[d,e]    = sum over n of (x[n,d] - mean[d]) (x[n,e] - mean[e]) / (N - 1)
 *     C v_k     = lambda_k v_k,    lambda_0 >= lambda_1 >= ...
 *     y[n,k]    = sum over d of v_k[d] (x[n,d] - mean[d])
 * x are the bytes 0..255. The conventions are those of scikit-learn's PCA, except for the sign:
 * here the entry of v_k with the largest absolute value (the first of equals) is positive.
 * (Jolliffe, "Principal Component Analysis", 2nd ed., chapters 1, 3.)
 *
 * BLAS computes C exactly, as sums of integers; LAPACK (`dsyevr`) computes the eigenvectors. The
 * result is the same in every run and with any number of threads; the last digits may differ
 * between processors.
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
    double *ratio;    /* [K], lambda / total, 0..1 */
    double total;     /* the total variance, the trace of C */
};

enum { PCA_SIZE_MAX = 2048 };

/* Computes the components of at least 2 images [count, size]; 1 <= components <= size <=
   PCA_SIZE_MAX. On failure (size too large, out of memory, interrupted, LAPACK does not converge)
   pca is empty. LAPACK cannot be interrupted: 0.05 s for 784 pixels. Caller releases with
   pca_release. */
__attribute__((warn_unused_result)) bool pca_fit(struct pca *pca, const uint8_t *images, int count,
                                                 int size, int components, struct thread_pool *pool,
                                                 struct progress *progress, struct error *error);
void pca_release(struct pca *pca);

/* Projects images [count, size] to y [count, K]. False with error (out of memory, interrupted). */
__attribute__((warn_unused_result)) bool pca_project(const struct pca *pca, float *y,
                                                     const uint8_t *images, int count,
                                                     struct thread_pool *pool,
                                                     struct progress *progress,
                                                     struct error *error);

#endif
