/*
 * vector_ops - element-wise loops and sums of the reference engine and the optimisers.
 *
 * Called by the stages of engine_openblas, by plan.c and by the optimisers. Each function is
 * compiled for plain x86-64, AVX2 and AVX-512; the dynamic loader selects a version (one version
 * elsewhere). All versions give the same bits: an element-wise loop has no order, sums always use
 * VECTOR_LANES lanes and one fixed tree, and no operation is contracted to a fused multiply-add.
 *
 * Sums are computed over chunks of VECTOR_CHUNK floats; the chunks are added as doubles, in order.
 */
#ifndef MNIST_NN_ENGINE_VECTOR_OPS_H
#define MNIST_NN_ENGINE_VECTOR_OPS_H

#include <stddef.h>
#include <stdint.h>

enum { VECTOR_LANES = 16, VECTOR_CHUNK = 1024 };

/* y += x. */
void vector_add(float *y, const float *x, size_t count);
/* y += value. */
void vector_add_value(float *y, float value, size_t count);
/* y = x * scale + shift. y may be x. */
void vector_scale_shift(float *y, const float *x, float scale, float shift, size_t count);
/* y = relu(x); NaN stays NaN. y may be x. */
void vector_relu(float *y, const float *x, size_t count);
/* y = relu(x * scale + shift). y may be x. */
void vector_scale_shift_relu(float *y, const float *x, float scale, float shift, size_t count);
/* dx = y > 0 ? dy : 0. dx may be dy. */
void vector_relu_backward(float *dx, const float *dy, const float *y, size_t count);
/* y = keep ? x * scale : 0. y may be x. */
void vector_mask(float *y, const float *x, const uint8_t *keep, float scale, size_t count);

double vector_sum(const float *x, size_t count);
/* Sum of (x - mean)^2. */
double vector_squares(const float *x, float mean, size_t count);
/* Sum of dy * (x - mean). */
double vector_covariance(const float *dy, const float *x, float mean, size_t count);
/* dx = a * dy + b * (x - mean) + c. dx may be dy. */
void vector_norm_backward(float *dx, const float *dy, const float *x, float mean,
                          const float abc[3], size_t count);

/* Rows with a stride in floats. vector_copy_rows: to = from; vector_add_rows: to += from. */
struct rows {
    int rows, columns;
    size_t to_stride, from_stride;
};
void vector_copy_rows(float *to, const float *from, const struct rows *shape);
void vector_add_rows(float *to, const float *from, const struct rows *shape);

/* 2x2 maxpool of a plane: y [rows, columns] = the maximum of each window of x [2 rows or more,
   width], argmax (NULL = not needed) its index in the window: 0, 1 in the top row, 2, 3 in the
   bottom row. The first maximum wins a tie. NaN counts as the largest value. */
void vector_maxpool2(float *y, uint8_t *argmax, const float *x, int rows, int columns, int width);
/* Backward: overwrites the windows of dx; values outside of all windows are left unchanged. */
void vector_maxpool2_backward(float *dx, const float *dy, const uint8_t *argmax, int rows,
                              int columns, int width);

/* The update steps of the optimisers (optimizer.h), in place. */
struct sgd_step {
    float rate, momentum, decay;
};
void vector_sgd(float *w, float *velocity, const float *g, const struct sgd_step *step,
                size_t count);

struct adam_step {
    float step_size; /* rate / (1 - beta1^t) */
    float root;      /* sqrt(1 - beta2^t) */
    float beta1, beta2, epsilon;
    float decay;  /* Adam: added to g */
    float shrink; /* AdamW: 1 - rate * decay */
};
void vector_adam(float *w, float *mean, float *square, const float *g, const struct adam_step *step,
                 size_t count);

/* average = decay * average + (1 - decay) * value. */
void vector_average(float *average, const float *value, float decay, size_t count);

#endif
