/*
 * test_pool - max pooling of planes with more than 65,536 positions: the argmax of the forward pass
 * must not wrap.
 *
 * A convolution with a large padding gives such planes. By hand: one window per quarter of a plane
 * of 300 x 300; the maximum of each window is at a known position, and the gradient reaches exactly
 * that position. Every instruction set of this processor is tested.
 */
#include "mnist/nn/native/native.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mnist/nn/engine/engine.h"

enum { SIDE = 300, WINDOW = 150, WINDOWS = 2, OUTPUTS = WINDOWS * WINDOWS * NATIVE_BLOCK };

static const struct native_pool pool = {
    .in_rows = SIDE,
    .in_columns = SIDE,
    .out_rows = WINDOWS,
    .out_columns = WINDOWS,
    .window_rows = WINDOW,
    .window_columns = WINDOW,
    .stride = WINDOW,
};

/* Index in x [SIDE][SIDE][16] of the maximum of window (i, j) in this lane, a different position of
   the window for each lane. */
static size_t maximum_at(int i, int j, int lane)
{
    size_t row = (size_t)(i * WINDOW + WINDOW - 1 - lane), column = (size_t)(j * WINDOW + 3 * lane);
    return (row * SIDE + column) * NATIVE_BLOCK + (size_t)lane;
}

static void check(const struct native_kernels *kernels)
{
    size_t size = (size_t)SIDE * SIDE * NATIVE_BLOCK * sizeof(float);
    float *x = calloc(1, size), *dx = malloc(size), *expected = calloc(1, size);
    float y[OUTPUTS], dy[OUTPUTS];
    uint32_t argmax[OUTPUTS];
    assert_non_null(x);
    assert_non_null(dx);
    assert_non_null(expected);
    for (int p = 0; p < OUTPUTS; p++) {
        int window = p / NATIVE_BLOCK, lane = p % NATIVE_BLOCK;
        size_t at = maximum_at(window / WINDOWS, window % WINDOWS, lane);
        x[at] = (float)(p + 1);
        dy[p] = (float)(p - 20);
        expected[at] = dy[p];
    }
    kernels->maxpool(&pool, y, argmax, x);
    kernels->maxpool_backward(&pool, dx, dy, argmax);
    for (int p = 0; p < OUTPUTS; p++)
        assert_true(y[p] == (float)(p + 1));
    assert_memory_equal(dx, expected, size);
    free(x);
    free(dx);
    free(expected);
}

static void gradient_of_a_large_plane(void **state)
{
    int tested = 0;
    (void)state;
    for (int i = 0; engine_at(i) != NULL; i++)
        if (engine_at(i)->kernels != NULL) {
            check(engine_at(i)->kernels);
            tested++;
        }
    assert_true(tested > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradient_of_a_large_plane)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
