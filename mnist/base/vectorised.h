/*
 * vectorised - for a function with loops that are worth vectors: gcc makes them at -O3, clang
 * always.
 */
#ifndef MNIST_BASE_VECTORISED_H
#define MNIST_BASE_VECTORISED_H

#if defined(__clang__)
#define VECTORISED
#else
#define VECTORISED __attribute__((optimize("O3")))
#endif

#endif
