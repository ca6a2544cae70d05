/*
 * transpose4 - transposes 4x4 floats with the compiler's vector type, on any machine.
 */
#ifndef MNIST_NN_NATIVE_TRANSPOSE4_H
#define MNIST_NN_NATIVE_TRANSPOSE4_H

#include <string.h>

enum { FLOAT4 = 4 };

typedef float float4 __attribute__((vector_size(16)));

static inline float4 float4_load(const float *p)
{
    float4 a;
    memcpy(&a, p, sizeof a);
    return a;
}

static inline void float4_store(float *p, float4 a)
{
    memcpy(p, &a, sizeof a);
}

/* Exchanges rows[i][j] and rows[j][i]. */
static inline void transpose4(float4 rows[FLOAT4])
{
    float4 a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5),
           b = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5),
           c = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7),
           d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

#endif
