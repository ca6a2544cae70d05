/*
 * vector_ops - see vector_ops.h.
 *
 * VECTORISED requests the three versions and, for gcc, its vectoriser, which -O2 does not enable
 * (clang's is enabled). Sanitizer builds have one version, because the sanitizer's code would run
 * before the loader has selected one.
 */
#include "mnist/nn/engine/vector_ops.h"

#include <math.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__clang__) && __clang_major__ < 16 /* its symbol names for the versions are wrong */
#define ONE_VERSION 1
#endif

#if defined(SANITIZED) || defined(ONE_VERSION) || !defined(__x86_64__) || !defined(__gnu_linux__)
#define VECTORISED
#elif defined(__clang__)
#define VECTORISED __attribute__((target_clones("default,avx2,avx512f")))
#else
#define VECTORISED __attribute__((target_clones("default", "avx2", "avx512f"), optimize("O3")))
#endif

/* A helper of VECTORISED functions: must be compiled into each version. */
#define INLINED static inline __attribute__((always_inline))

VECTORISED void vector_add(float *restrict y, const float *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

VECTORISED void vector_add_value(float *y, float value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] += value;
}

VECTORISED void vector_scale_shift(float *y, const float *x, float scale, float shift, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * scale + shift;
}

VECTORISED void vector_relu(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

VECTORISED void vector_scale_shift_relu(float *y, const float *x, float scale, float shift,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float value = x[i] * scale + shift;
        y[i] = value < 0 ? 0 : value;
    }
}

VECTORISED void vector_relu_backward(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
}

VECTORISED void vector_mask(float *y, const float *x, const uint8_t *keep, float scale,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = keep[i] != 0 ? x[i] * scale : 0;
}

/* ((0+8)+(4+12)) + ...: adds the upper half to the lower half until one lane is left. */
INLINED float add_lanes(float lanes[VECTOR_LANES])
{
    for (int half = VECTOR_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    return lanes[0];
}

INLINED size_t chunk_size(size_t left)
{
    return left < VECTOR_CHUNK ? left : VECTOR_CHUNK;
}

VECTORISED double vector_sum(const float *x, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[VECTOR_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + VECTOR_LANES <= end; i += VECTOR_LANES)
            for (int lane = 0; lane < VECTOR_LANES; lane++)
                lanes[lane] += x[i + (size_t)lane];
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += x[i];
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED double vector_squares(const float *x, float mean, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[VECTOR_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + VECTOR_LANES <= end; i += VECTOR_LANES)
            for (int lane = 0; lane < VECTOR_LANES; lane++) {
                float d = x[i + (size_t)lane] - mean;
                lanes[lane] += d * d;
            }
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += (x[i] - mean) * (x[i] - mean);
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED double vector_covariance(const float *dy, const float *x, float mean, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[VECTOR_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + VECTOR_LANES <= end; i += VECTOR_LANES)
            for (int lane = 0; lane < VECTOR_LANES; lane++)
                lanes[lane] += dy[i + (size_t)lane] * (x[i + (size_t)lane] - mean);
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += dy[i] * (x[i] - mean);
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED void vector_norm_backward(float *dx, const float *dy, const float *x, float mean,
                                     const float abc[3], size_t count)
{
    float a = abc[0], b = abc[1], c = abc[2];
    for (size_t i = 0; i < count; i++)
        dx[i] = a * dy[i] + b * (x[i] - mean) + c;
}

/* Copies whole vectors; the last one overlaps the one before it. */
INLINED void copy_row(float *restrict to, const float *restrict from, int columns)
{
    int j = 0;
    if (columns >= 16) {
        for (; j + 16 < columns; j += 16)
            memcpy(to + j, from + j, 16 * sizeof *to);
        memcpy(to + columns - 16, from + columns - 16, 16 * sizeof *to);
    } else if (columns >= 8) {
        memcpy(to, from, 8 * sizeof *to);
        memcpy(to + columns - 8, from + columns - 8, 8 * sizeof *to);
    } else if (columns >= 4) {
        memcpy(to, from, 4 * sizeof *to);
        memcpy(to + columns - 4, from + columns - 4, 4 * sizeof *to);
    } else {
        for (; j < columns; j++)
            to[j] = from[j];
    }
}

VECTORISED void vector_copy_rows(float *restrict to, const float *restrict from,
                                 const struct rows *shape)
{
    for (int i = 0; i < shape->rows; i++)
        copy_row(to + (size_t)i * shape->to_stride, from + (size_t)i * shape->from_stride,
                 shape->columns);
}

VECTORISED void vector_add_rows(float *restrict to, const float *restrict from,
                                const struct rows *shape)
{
    int columns = shape->columns;
    for (int i = 0; i < shape->rows; i++) {
        float *restrict y = to + (size_t)i * shape->to_stride;
        const float *restrict x = from + (size_t)i * shape->from_stride;
        for (int j = 0; j < columns; j++)
            y[j] += x[j];
    }
}

/* The inner loops are long only if they cover several rows. A chunk has at most POOL_CHUNK outputs:
   whole rows if they fit. */
enum { POOL_CHUNK = 512 };

struct row_chunk {
    int rows, columns;
};

INLINED struct row_chunk next_chunk(int rows, int columns)
{
    if (columns > POOL_CHUNK)
        return (struct row_chunk){1, POOL_CHUNK};
    int fit = columns > 0 ? POOL_CHUNK / columns : rows;
    return (struct row_chunk){rows < fit ? rows : fit, columns};
}

/* Compares top and bottom rows first, then left and right columns of all windows of the chunk. */
INLINED void pool_chunk(float *restrict y, uint8_t *restrict argmax, const float *restrict x,
                        struct row_chunk chunk, int width)
{
    float larger[2 * POOL_CHUNK];
    int32_t below[2 * POOL_CHUNK], index[POOL_CHUNK];
    int twice = 2 * chunk.columns, count = chunk.rows * chunk.columns;
    for (int i = 0; i < chunk.rows; i++) {
        const float *top = x + (size_t)(2 * i) * (size_t)width, *bottom = top + width;
        float *to = larger + i * twice;
        int32_t *row_index = below + i * twice;
        for (int j = 0; j < twice; j++) {
            float a = top[j], b = bottom[j];
            int second = (b > a) | (b != b);
            to[j] = second ? b : a;
            row_index[j] = second ? 2 : 0;
        }
    }
    for (int k = 0; k < count; k++) {
        float a = larger[2 * k], b = larger[2 * k + 1];
        int32_t left = below[2 * k], right = below[2 * k + 1] + 1;
        int second = (b > a) | (b != b) | ((b == a) & (right < left));
        y[k] = second ? b : a;
        index[k] = second ? right : left;
    }
    if (argmax != NULL)
        for (int k = 0; k < count; k++)
            argmax[k] = (uint8_t)index[k];
}

VECTORISED void vector_maxpool2(float *y, uint8_t *argmax, const float *x, int rows, int columns,
                                int width)
{
    for (int i = 0; i < rows;) {
        struct row_chunk chunk = next_chunk(rows - i, columns);
        for (int j = 0; j < columns; j += chunk.columns) {
            size_t to = (size_t)i * (size_t)columns + (size_t)j;
            struct row_chunk part = chunk;
            if (part.columns > columns - j)
                part.columns = columns - j;
            pool_chunk(y + to, argmax == NULL ? NULL : argmax + to,
                       x + (size_t)(2 * i) * (size_t)width + 2 * j, part, width);
        }
        i += chunk.rows;
    }
}

INLINED void unpool_chunk(float *restrict dx, const float *restrict dy,
                          const uint8_t *restrict argmax, struct row_chunk chunk, int width)
{
    float top[2 * POOL_CHUNK], bottom[2 * POOL_CHUNK];
    int32_t index[POOL_CHUNK];
    int twice = 2 * chunk.columns, count = chunk.rows * chunk.columns;
    for (int k = 0; k < count; k++)
        index[k] = argmax[k];
    for (int k = 0; k < count; k++) {
        top[2 * k] = index[k] == 0 ? dy[k] : 0;
        top[2 * k + 1] = index[k] == 1 ? dy[k] : 0;
    }
    for (int k = 0; k < count; k++) {
        bottom[2 * k] = index[k] == 2 ? dy[k] : 0;
        bottom[2 * k + 1] = index[k] == 3 ? dy[k] : 0;
    }
    for (int i = 0; i < chunk.rows; i++) {
        float *row = dx + (size_t)(2 * i) * (size_t)width;
        copy_row(row, top + i * twice, twice);
        copy_row(row + width, bottom + i * twice, twice);
    }
}

VECTORISED void vector_maxpool2_backward(float *dx, const float *dy, const uint8_t *argmax,
                                         int rows, int columns, int width)
{
    for (int i = 0; i < rows;) {
        struct row_chunk chunk = next_chunk(rows - i, columns);
        for (int j = 0; j < columns; j += chunk.columns) {
            size_t from = (size_t)i * (size_t)columns + (size_t)j;
            struct row_chunk part = chunk;
            if (part.columns > columns - j)
                part.columns = columns - j;
            unpool_chunk(dx + (size_t)(2 * i) * (size_t)width + 2 * j, dy + from, argmax + from,
                         part, width);
        }
        i += chunk.rows;
    }
}

VECTORISED void vector_sgd(float *restrict w, float *restrict velocity, const float *restrict g,
                           const struct sgd_step *step, size_t count)
{
    float rate = step->rate, momentum = step->momentum, decay = step->decay;
    for (size_t i = 0; i < count; i++) {
        float d = g[i] + decay * w[i];
        velocity[i] = momentum * velocity[i] + d;
        w[i] -= rate * (d + momentum * velocity[i]);
    }
}

VECTORISED void vector_adam(float *restrict w, float *restrict mean, float *restrict square,
                            const float *restrict g, const struct adam_step *step, size_t count)
{
    float beta1 = step->beta1, beta2 = step->beta2, decay = step->decay, shrink = step->shrink;
    float size = step->step_size, root = step->root, epsilon = step->epsilon;
    for (size_t i = 0; i < count; i++) {
        float old = w[i] * shrink;
        float d = g[i] + decay * w[i];
        mean[i] = beta1 * mean[i] + (1 - beta1) * d;
        square[i] = beta2 * square[i] + (1 - beta2) * (d * d);
        w[i] = old - size * (mean[i] / (sqrtf(square[i]) / root + epsilon));
    }
}

VECTORISED void vector_average(float *restrict average, const float *restrict value, float decay,
                               size_t count)
{
    float rest = 1 - decay;
    for (size_t i = 0; i < count; i++)
        average[i] = decay * average[i] + rest * value[i];
}
