/*
 * im2col - copies, or adds back, one rectangle of pixels for each filter element (tap) and each
 * image.
 */
#include "mnist/nn/reference/im2col.h"

#include <string.h>

#include "mnist/nn/engine/vector_ops.h"

/* Outputs begin .. end-1 of a row or column read a pixel with this tap; the others read padding. */
struct output_range {
    int begin, end;
};

static struct output_range valid_outputs(int tap, int pad, int stride, int size, int outputs)
{
    int first = pad - tap; /* smallest i * stride */
    int last = size - 1 + pad - tap;
    struct output_range span = {first > 0 ? (first + stride - 1) / stride : 0,
                                last < 0 ? 0 : last / stride + 1};
    if (span.end > outputs)
        span.end = outputs;
    if (span.begin > span.end)
        span.begin = span.end;
    return span;
}

/* The inputs of one tap for one image: pixels, or 0 where the tap reads padding. */
static void copy_plane(float *col, const float *pixels, const struct im2col *shape, int u, int v,
                       struct output_range down, struct output_range along)
{
    int stride = shape->stride, width = shape->out.width;
    int columns = along.end - along.begin, rows = down.end - down.begin;
    if (columns < width || rows < shape->out.height)
        memset(col, 0, (size_t)(shape->out.height * width) * sizeof *col);
    if (columns == 0 || rows == 0)
        return;
    const float *from = pixels + (down.begin * stride + u - shape->pad) * shape->in.width +
                        along.begin * stride + v - shape->pad;
    float *to = col + down.begin * width + along.begin;
    struct rows copied = {rows, columns, (size_t)width, (size_t)(stride * shape->in.width)};
    if (stride == 1)
        vector_copy_rows(to, from, &copied);
    else
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                to[i * width + j] = from[i * stride * shape->in.width + j * stride];
}

static void add_plane(float *pixels, const float *col, const struct im2col *shape, int u, int v,
                      struct output_range down, struct output_range along)
{
    int stride = shape->stride, width = shape->out.width;
    int columns = along.end - along.begin, rows = down.end - down.begin;
    if (columns == 0 || rows == 0)
        return;
    float *to = pixels + (down.begin * stride + u - shape->pad) * shape->in.width +
                along.begin * stride + v - shape->pad;
    const float *from = col + down.begin * width + along.begin;
    struct rows added = {rows, columns, (size_t)(stride * shape->in.width), (size_t)width};
    if (stride == 1)
        vector_add_rows(to, from, &added);
    else
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                to[i * stride * shape->in.width + j * stride] += from[i * width + j];
}

/* A row of col: channel c, filter element (u, v). */
struct tap {
    int c, u, v;
    struct output_range down, along;
};

static struct tap tap_of(const struct im2col *shape, int row)
{
    int kernel = shape->kernel;
    struct tap tap = {.c = row / (kernel * kernel), .u = row / kernel % kernel, .v = row % kernel};
    tap.down = valid_outputs(tap.u, shape->pad, shape->stride, shape->in.height, shape->out.height);
    tap.along = valid_outputs(tap.v, shape->pad, shape->stride, shape->in.width, shape->out.width);
    return tap;
}

void im2col(float *col, const float *x, const struct im2col *shape)
{
    size_t plane = (size_t)shape->in.height * (size_t)shape->in.width;
    size_t outputs = (size_t)shape->out.height * (size_t)shape->out.width;
    for (int row = 0; row < shape->in.channels * shape->kernel * shape->kernel; row++) {
        struct tap tap = tap_of(shape, row);
        const float *channel = x + (size_t)tap.c * shape->plane_stride;
        for (int image = 0; image < shape->images; image++, col += outputs)
            copy_plane(col, channel + (size_t)image * plane, shape, tap.u, tap.v, tap.down,
                       tap.along);
    }
}

void col2im(float *dx, const float *col, const struct im2col *shape)
{
    size_t plane = (size_t)shape->in.height * (size_t)shape->in.width;
    size_t outputs = (size_t)shape->out.height * (size_t)shape->out.width;
    for (int row = 0; row < shape->in.channels * shape->kernel * shape->kernel; row++) {
        struct tap tap = tap_of(shape, row);
        float *channel = dx + (size_t)tap.c * shape->plane_stride;
        for (int image = 0; image < shape->images; image++, col += outputs)
            add_plane(channel + (size_t)image * plane, col, shape, tap.u, tap.v, tap.down,
                      tap.along);
    }
}
