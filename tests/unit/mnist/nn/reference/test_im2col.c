/*
 * Proves im2col by its definition, value by value, over filter sizes, strides, paddings, odd shapes
 * and several images, and col2im by the law of transposes: <col, im2col(x)> = <col2im(col), x>.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mnist/base/rng.h"
#include "mnist/nn/reference/im2col.h"

static float *noise(size_t count, uint32_t item)
{
    struct rng rng = rng_stream(1, RNG_SAMPLE, 0, item);
    float *values = malloc((count > 0 ? count : 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(int)rng_below(&rng, 17) - 8; /* whole numbers: sums are exact */
    return values;
}

/* x[c, image, i, j], 0 outside. */
static float pixel(const float *x, const struct im2col *s, int c, int image, int i, int j)
{
    if (i < 0 || j < 0 || i >= s->in.height || j >= s->in.width)
        return 0;
    return x[(size_t)c * s->plane_stride + (size_t)((image * s->in.height + i) * s->in.width + j)];
}

static void check_definition(const float *col, const float *x, const struct im2col *s)
{
    for (int c = 0; c < s->in.channels; c++)
        for (int u = 0; u < s->kernel; u++)
            for (int v = 0; v < s->kernel; v++)
                for (int image = 0; image < s->images; image++)
                    for (int i = 0; i < s->out.height; i++)
                        for (int j = 0; j < s->out.width; j++, col++)
                            assert_true(*col == pixel(x, s, c, image, i * s->stride + u - s->pad,
                                                      j * s->stride + v - s->pad));
}

static void check_shape(struct shape in, int kernel, int stride, int pad, int images)
{
    struct layer_spec spec = {
        .type = &layer_conv, .out = 1, .kernel = kernel, .stride = stride, .pad = pad};
    struct layer layer;
    if (!layer_resolve(&layer, &spec, in, NULL))
        return;
    int slot = images + 2; /* the block is part of a slot: images 1 .. images of it */
    size_t plane = (size_t)(in.height * in.width), x_count = shape_size(in) * (size_t)slot;
    size_t col_count = (size_t)(in.channels * kernel * kernel * images) * shape_size(layer.out);
    struct im2col s = {in, layer.out, kernel, stride, pad, images, (size_t)slot * plane};
    float *x = noise(x_count, 1), *col = noise(col_count, 2), *other = noise(col_count, 3);
    float *dx = calloc(x_count, sizeof *dx);
    assert_non_null(dx);
    im2col(col, x + plane, &s);
    check_definition(col, x + plane, &s);
    col2im(dx + plane, other, &s);
    double left = 0, right = 0;
    for (size_t i = 0; i < col_count; i++)
        left += (double)col[i] * (double)other[i];
    for (size_t i = 0; i < x_count; i++)
        right += (double)dx[i] * (double)x[i];
    assert_true(left == right);
    free(x);
    free(col);
    free(other);
    free(dx);
}

static void definition_and_transpose_hold(void **state)
{
    (void)state;
    static const struct shape shapes[] = {{1, 28, 28}, {3, 7, 5},  {17, 6, 9},
                                          {2, 1, 1},   {1, 3, 21}, {2, 13, 4}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int kernel = 1; kernel <= 7; kernel += 2)
            for (int stride = 1; stride <= 3; stride++)
                for (int pad = 0; pad <= 4; pad++)
                    for (int images = 1; images <= 3; images += 2)
                        check_shape(shapes[i], kernel, stride, pad, images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(definition_and_transpose_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
