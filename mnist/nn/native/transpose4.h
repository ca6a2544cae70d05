/*
 * transpose4 - four floats side by side, as any machine's vectors have them, and 4 x 4 of them turned
 * over: rows become columns.
 */
#ifndef MNIST_NN_NATIVE_TRANSPOSE4_H
#define MNIST_NN_NATIVE_TRANSPOSE4_H

#include <string.h>

enum { FLOAT4 = 4 };

typedef float four __attribute__((vector_size(16)));

static inline four float4_load(const float *p)
{
    four a;
    memcpy(&a, p, sizeof a);
    return a;
}

static inline void float4_store(float *p, four a)
{
    memcpy(p, &a, sizeof a);
}

/* rows[i][j] and rows[j][i] change places. */
static inline void transpose4(four rows[FLOAT4])
{
    four a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5),
         b = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5),
         c = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7),
         d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

#endif
