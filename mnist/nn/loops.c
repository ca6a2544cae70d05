/*
 * loops - see loops.h. VECTORISED asks gcc for the three versions and for its vectoriser, which -O2
 * leaves asleep; clang's is awake. Sanitisers run before the loader has chosen: there, one version.
 */
#include "mnist/nn/loops.h"

#include <math.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(SANITIZED) || !defined(__x86_64__) || !defined(__gnu_linux__)
#define VECTORISED
#elif defined(__clang__)
#define VECTORISED __attribute__((target_clones("default,avx2,avx512f")))
#else
#define VECTORISED __attribute__((target_clones("default", "avx2", "avx512f"), optimize("O3")))
#endif

VECTORISED void loop_add(float *restrict y, const float *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

VECTORISED void loop_add_value(float *y, float value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] += value;
}

VECTORISED void loop_scale_shift(float *y, const float *x, float scale, float shift, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * scale + shift;
}

VECTORISED void loop_relu(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

VECTORISED void loop_scale_shift_relu(float *y, const float *x, float scale, float shift,
                                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float value = x[i] * scale + shift;
        y[i] = value < 0 ? 0 : value;
    }
}

VECTORISED void loop_relu_backward(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
}

VECTORISED void loop_mask(float *y, const float *x, const uint8_t *keep, float scale, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = keep[i] != 0 ? x[i] * scale : 0;
}

/* ((0+8)+(4+12)) + ... : halves are added until one is left. */
static inline float add_lanes(float lanes[LOOP_LANES])
{
    for (int half = LOOP_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    return lanes[0];
}

static inline size_t chunk_size(size_t left)
{
    return left < LOOP_CHUNK ? left : LOOP_CHUNK;
}

VECTORISED double loop_sum(const float *x, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[LOOP_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + LOOP_LANES <= end; i += LOOP_LANES)
            for (int lane = 0; lane < LOOP_LANES; lane++)
                lanes[lane] += x[i + (size_t)lane];
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += x[i];
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED double loop_squares(const float *x, float mean, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[LOOP_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + LOOP_LANES <= end; i += LOOP_LANES)
            for (int lane = 0; lane < LOOP_LANES; lane++) {
                float d = x[i + (size_t)lane] - mean;
                lanes[lane] += d * d;
            }
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += (x[i] - mean) * (x[i] - mean);
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED double loop_covariance(const float *dy, const float *x, float mean, size_t count)
{
    double total = 0;
    for (size_t begin = 0, size; begin < count; begin += size) {
        float lanes[LOOP_LANES] = {0};
        size_t i = begin, end;
        size = chunk_size(count - begin);
        for (end = begin + size; i + LOOP_LANES <= end; i += LOOP_LANES)
            for (int lane = 0; lane < LOOP_LANES; lane++)
                lanes[lane] += dy[i + (size_t)lane] * (x[i + (size_t)lane] - mean);
        for (int lane = 0; i < end; i++, lane++)
            lanes[lane] += dy[i] * (x[i] - mean);
        total += (double)add_lanes(lanes);
    }
    return total;
}

VECTORISED void loop_norm_backward(float *dx, const float *dy, const float *x, float mean,
                                   const float abc[3], size_t count)
{
    float a = abc[0], b = abc[1], c = abc[2];
    for (size_t i = 0; i < count; i++)
        dx[i] = a * dy[i] + b * (x[i] - mean) + c;
}

VECTORISED void loop_maxpool2(float *restrict y, uint8_t *restrict which, const float *restrict top,
                              const float *restrict bottom, size_t count)
{
    if (which == NULL) {
        for (size_t i = 0; i < count; i++) {
            float a = top[2 * i], b = top[2 * i + 1], c = bottom[2 * i], d = bottom[2 * i + 1];
            float best = b > a || b != b ? b : a;
            best = c > best || c != c ? c : best;
            y[i] = d > best || d != d ? d : best;
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        float a = top[2 * i], b = top[2 * i + 1], c = bottom[2 * i], d = bottom[2 * i + 1];
        float best = a;
        int number = b > best || b != b ? 1 : 0;
        best = b > best || b != b ? b : best;
        number = c > best || c != c ? 2 : number;
        best = c > best || c != c ? c : best;
        number = d > best || d != d ? 3 : number;
        y[i] = d > best || d != d ? d : best;
        which[i] = (uint8_t)number;
    }
}

VECTORISED void loop_maxpool2_backward(float *restrict top, float *restrict bottom,
                                       const float *restrict dy, const uint8_t *restrict which,
                                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = which[i];
        float value = dy[i];
        top[2 * i] = number == 0 ? value : 0;
        top[2 * i + 1] = number == 1 ? value : 0;
        bottom[2 * i] = number == 2 ? value : 0;
        bottom[2 * i + 1] = number == 3 ? value : 0;
    }
}

VECTORISED void loop_sgd(float *restrict w, float *restrict velocity, const float *restrict g,
                         const struct sgd_step *step, size_t count)
{
    float rate = step->rate, momentum = step->momentum, decay = step->decay;
    for (size_t i = 0; i < count; i++) {
        float d = g[i] + decay * w[i];
        velocity[i] = momentum * velocity[i] + d;
        w[i] -= rate * (d + momentum * velocity[i]);
    }
}

VECTORISED void loop_adam(float *restrict w, float *restrict mean, float *restrict square,
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

VECTORISED void loop_average(float *restrict average, const float *restrict value, float decay,
                             size_t count)
{
    float rest = 1 - decay;
    for (size_t i = 0; i < count; i++)
        average[i] = decay * average[i] + rest * value[i];
}
