/*
 * vectorised - function attribute that enables auto-vectorisation: gcc needs -O3, clang does not.
 */
#ifndef MNIST_BASE_VECTORISED_H
#define MNIST_BASE_VECTORISED_H

#if defined(__clang__)
#define VECTORISED
#else
#define VECTORISED __attribute__((optimize("O3")))
#endif

#endif
