/*
 * Each loop of vector_ops.h equals its definition for all lengths from 0 to 70 and around a chunk
 * (vectors, remainders and chunks), with guard values after the end; sums also in their exact
 * order, lane by lane; pooling with many ties. The loader selects one version for this machine,
 * which must give the bits of the definition.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/engine/vector_ops.h"

enum { LENGTH_MAX = 2100, GUARD = 8 };

static float x[LENGTH_MAX + GUARD], y[LENGTH_MAX + GUARD], start[LENGTH_MAX + GUARD];
static float want[LENGTH_MAX + GUARD];
static uint8_t keep[LENGTH_MAX];

static void fill(size_t length)
{
    struct rng rng = rng_stream(3, RNG_SAMPLE, 0, (uint32_t)length);
    for (size_t i = 0; i < LENGTH_MAX + GUARD; i++) {
        x[i] = 2 * rng_uniform(&rng) - 1;
        start[i] = 2 * rng_uniform(&rng) - 1;
    }
    for (size_t i = 0; i < LENGTH_MAX; i++)
        keep[i] = (uint8_t)(rng_below(&rng, 3) == 0 ? 0 : 1);
    memcpy(y, start, sizeof y);
    memcpy(want, start, sizeof want);
}

/* y must equal want to the bit up to length, and the guard after it must be unchanged. */
static void check(const char *what, size_t length)
{
    if (memcmp(y, want, sizeof y) != 0)
        fail_msg("%s is wrong for length %zu", what, length);
    memcpy(y, start, sizeof y);
    memcpy(want, start, sizeof want);
}

static void check_elementwise(size_t n)
{
    fill(n);
    vector_add(y, x, n);
    for (size_t i = 0; i < n; i++)
        want[i] = start[i] + x[i];
    check("loop_add", n);
    vector_add_value(y, 0.3f, n);
    for (size_t i = 0; i < n; i++)
        want[i] = start[i] + 0.3f;
    check("loop_add_value", n);
    vector_scale_shift(y, x, 1.7f, 0.1f, n);
    for (size_t i = 0; i < n; i++)
        want[i] = x[i] * 1.7f + 0.1f;
    check("loop_scale_shift", n);
    vector_relu(y, x, n);
    for (size_t i = 0; i < n; i++)
        want[i] = x[i] < 0 ? 0 : x[i];
    check("loop_relu", n);
    vector_scale_shift_relu(y, x, 1.7f, 0.1f, n);
    for (size_t i = 0; i < n; i++)
        want[i] = x[i] * 1.7f + 0.1f < 0 ? 0 : x[i] * 1.7f + 0.1f;
    check("loop_scale_shift_relu", n);
    vector_relu_backward(y, y, x, n);
    for (size_t i = 0; i < n; i++)
        want[i] = x[i] > 0 ? start[i] : 0;
    check("loop_relu_backward", n);
    vector_mask(y, x, keep, 1.3f, n);
    for (size_t i = 0; i < n; i++)
        want[i] = keep[i] ? x[i] * 1.3f : 0;
    check("loop_mask", n);
    vector_average(y, x, 0.9f, n);
    for (size_t i = 0; i < n; i++)
        want[i] = 0.9f * start[i] + (1 - 0.9f) * x[i];
    check("loop_average", n);
    float abc[3] = {0.5f, -0.25f, 0.125f};
    vector_norm_backward(y, y, x, 0.2f, abc, n);
    for (size_t i = 0; i < n; i++)
        want[i] = 0.5f * start[i] + -0.25f * (x[i] - 0.2f) + 0.125f;
    check("loop_norm_backward", n);
}

/* The sum in the order that vector_ops.h documents. */
static double ordered_sum(const float *terms, size_t n)
{
    double total = 0;
    for (size_t begin = 0; begin < n; begin += VECTOR_CHUNK) {
        float lanes[VECTOR_LANES] = {0};
        for (size_t i = begin; i < n && i < begin + VECTOR_CHUNK; i++)
            lanes[(i - begin) % VECTOR_LANES] += terms[i];
        for (int half = VECTOR_LANES / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        total += (double)lanes[0];
    }
    return total;
}

static void check_sums(size_t n)
{
    float squares[LENGTH_MAX], products[LENGTH_MAX];
    fill(n);
    for (size_t i = 0; i < n; i++) {
        float d = x[i] - 0.2f;
        squares[i] = d * d;
        products[i] = start[i] * d;
    }
    assert_true(vector_sum(x, n) == ordered_sum(x, n));
    assert_true(vector_squares(x, 0.2f, n) == ordered_sum(squares, n));
    assert_true(vector_covariance(start, x, 0.2f, n) == ordered_sum(products, n));
}

static void every_length_is_as_defined(void **state)
{
    (void)state;
    static const size_t long_ones[] = {1007, 1008, 1023, 1024, 1025, 1040, 2047, 2048, 2049, 2100};
    for (size_t n = 0; n <= 70; n++) {
        check_elementwise(n);
        check_sums(n);
    }
    for (size_t i = 0; i < sizeof long_ones / sizeof long_ones[0]; i++) {
        check_elementwise(long_ones[i]);
        check_sums(long_ones[i]);
    }
}

/* The index of the first maximum of a window, by comparing all four in order. */
static int first_largest(const float *window, int width)
{
    const float values[4] = {window[0], window[1], window[width], window[width + 1]};
    int best = 0;
    for (int i = 1; i < 4; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

static void check_pool(int rows, int columns, int width)
{
    size_t in = (size_t)((2 * rows + 1) * width), out = (size_t)(rows * columns);
    float *plane = calloc(in + GUARD, sizeof *plane), *back = calloc(in + GUARD, sizeof *back);
    float *pooled = calloc(out + GUARD, sizeof *pooled);
    uint8_t *argmax = calloc(out + GUARD, 1);
    struct rng rng = rng_stream(4, RNG_SAMPLE, 0, (uint32_t)(rows * 1000 + columns));
    for (size_t i = 0; i < in + GUARD; i++) {
        plane[i] = (float)(int)rng_below(&rng, 4) - 2; /* four values: many ties */
        back[i] = 77;
    }
    vector_maxpool2(pooled, argmax, plane, rows, columns, width);
    vector_maxpool2_backward(back, pooled, argmax, rows, columns, width);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            size_t at = (size_t)(i * columns + j), corner = (size_t)(2 * i * width + 2 * j);
            int best = first_largest(plane + corner, width);
            assert_int_equal(argmax[at], best);
            for (int k = 0; k < 4; k++) {
                size_t place = corner + (size_t)(k / 2 * width + k % 2);
                assert_true(back[place] == (k == best ? pooled[at] : 0));
                back[place] = 77;
            }
            assert_true(pooled[at] == plane[corner + (size_t)(best / 2 * width + best % 2)]);
        }
    for (size_t i = 0; i < in + GUARD; i++)
        assert_true(back[i] == 77);
    for (int i = 0; i < GUARD; i++)
        assert_true(pooled[out + (size_t)i] == 0 && argmax[out + (size_t)i] == 0);
    memset(pooled, 0, out * sizeof *pooled);
    vector_maxpool2(pooled, NULL, plane, rows, columns, width);
    for (size_t i = 0; i < out; i++)
        assert_true(pooled[i] >= -2);
    free(plane);
    free(back);
    free(pooled);
    free(argmax);
}

static void pooling_selects_the_first_maximum(void **state)
{
    (void)state;
    for (int columns = 1; columns <= 40; columns++)
        for (int rows = 1; rows <= 14; rows += 3)
            for (int more = 0; more < 3; more++)
                check_pool(rows, columns, 2 * columns + more);
    check_pool(2, 512, 1024);
    check_pool(2, 513, 1026);
    check_pool(1, 1100, 2201);
    check_pool(700, 1, 2);
}

static void rows_are_copied_and_added(void **state)
{
    (void)state;
    static float from[64 * 64], to[64 * 64], expected[64 * 64];
    for (int i = 0; i < 64 * 64; i++)
        from[i] = (float)(i % 1013);
    for (int columns = 0; columns <= 50; columns++)
        for (int rows = 0; rows < 5; rows++) {
            struct rows shape = {rows, columns, 53, 61};
            for (int i = 0; i < 64 * 64; i++)
                expected[i] = to[i] = -1;
            for (int i = 0; i < rows * columns; i++)
                expected[i / columns * 53 + i % columns] = from[i / columns * 61 + i % columns];
            vector_copy_rows(to, from, &shape);
            assert_memory_equal(to, expected, sizeof to);
            for (int i = 0; i < rows * columns; i++)
                expected[i / columns * 53 + i % columns] += from[i / columns * 61 + i % columns];
            vector_add_rows(to, from, &shape);
            assert_memory_equal(to, expected, sizeof to);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_as_defined),
        cmocka_unit_test(pooling_selects_the_first_maximum),
        cmocka_unit_test(rows_are_copied_and_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
