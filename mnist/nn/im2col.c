/*
 * im2col - row by row; a row of the window's outputs is one copy when the stride is 1.
 */
#include "mnist/nn/im2col.h"

#include <string.h>

#include "mnist/nn/loops.h"

/* Outputs begin..end-1 of a row see a pixel inside 0..size-1 through tap t; the others see padding. */
struct span {
    int begin, end;
};

static struct span inside(int tap, int pad, int stride, int size, int outputs)
{
    int first = pad - tap; /* least i * stride */
    int last = size - 1 + pad - tap;
    struct span span = {first > 0 ? (first + stride - 1) / stride : 0,
                        last < 0 ? 0 : last / stride + 1};
    if (span.end > outputs)
        span.end = outputs;
    if (span.begin > span.end)
        span.begin = span.end;
    return span;
}

static void copy_row(float *col, const float *x, int offset, int stride, struct span span,
                     int width)
{
    for (int j = 0; j < span.begin; j++)
        col[j] = 0;
    if (stride == 1)
        memcpy(col + span.begin, x + span.begin + offset,
               (size_t)(span.end - span.begin) * sizeof *col);
    else
        for (int j = span.begin; j < span.end; j++)
            col[j] = x[j * stride + offset];
    for (int j = span.end; j < width; j++)
        col[j] = 0;
}

static void add_row(float *dx, const float *col, int offset, int stride, struct span span)
{
    if (stride == 1)
        loop_add(dx + span.begin + offset, col + span.begin, (size_t)(span.end - span.begin));
    else
        for (int j = span.begin; j < span.end; j++)
            dx[j * stride + offset] += col[j];
}

void im2col(float *col, const float *x, const struct im2col *shape)
{
    int kernel = shape->kernel, stride = shape->stride, width = shape->out.width;
    size_t plane = (size_t)shape->in.height * (size_t)shape->in.width;
    for (int row = 0; row < shape->in.channels * kernel * kernel; row++) {
        int u = row / kernel % kernel, v = row % kernel;
        const float *channel = x + (size_t)(row / (kernel * kernel)) * shape->plane_stride;
        struct span down = inside(u, shape->pad, stride, shape->in.height, shape->out.height);
        struct span along = inside(v, shape->pad, stride, shape->in.width, width);
        for (int image = 0; image < shape->images; image++) {
            const float *pixels = channel + (size_t)image * plane;
            for (int i = 0; i < shape->out.height; i++, col += width) {
                bool out = i < down.begin || i >= down.end;
                const float *line =
                    pixels + (out ? 0 : (i * stride + u - shape->pad)) * shape->in.width;
                copy_row(col, line, v - shape->pad, stride, out ? (struct span){0, 0} : along,
                         width);
            }
        }
    }
}

void col2im(float *dx, const float *col, const struct im2col *shape)
{
    int kernel = shape->kernel, stride = shape->stride, width = shape->out.width;
    size_t plane = (size_t)shape->in.height * (size_t)shape->in.width;
    for (int row = 0; row < shape->in.channels * kernel * kernel; row++) {
        int u = row / kernel % kernel, v = row % kernel;
        float *channel = dx + (size_t)(row / (kernel * kernel)) * shape->plane_stride;
        struct span down = inside(u, shape->pad, stride, shape->in.height, shape->out.height);
        struct span along = inside(v, shape->pad, stride, shape->in.width, width);
        for (int image = 0; image < shape->images; image++, col += shape->out.height * width)
            for (int i = down.begin; i < down.end; i++)
                add_row(channel + (size_t)image * plane +
                            (i * stride + u - shape->pad) * shape->in.width,
                        col + i * width, v - shape->pad, stride, along);
    }
}
