/*
 * groupnorm - normalises each image: groups of channels (Wu and He 2018, arXiv 1803.08494), or, as
 * layernorm, all values together (Ba, Kiros, Hinton 2016, arXiv 1607.06450).
 *
 * Over the m values of a group, in double precision:
 *
 *     h = (x - mean) / sqrt(variance + epsilon)        y = scale h + shift
 *     dx = (g - mean of g - h mean of g h) / sqrt(variance + epsilon),    g = scale dy
 *     dscale = sum of dy h        dshift = sum of dy
 *
 * groupnorm has one scale and shift for each channel, layernorm for each value, as in PyTorch. The
 * result for an image does not depend on the batch, so training and prediction are the same.
 */
#include <math.h>
#include <stdio.h>

#include "mnist/nn/engine/norm.h"
#include "mnist/nn/reference/stages.h"

enum { DIVISORS_SIZE = 256 };

/* A group: its first value in the image, its m values, and how many of them share a scale. */
struct group {
    size_t first, size, share;
};

struct moments {
    double mean, inverse; /* 1 / sqrt(variance + epsilon) */
};

static struct moments moments_of(const float *x, size_t size)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < size; i++)
        sum += (double)x[i];
    double mean = sum / (double)size;
    for (size_t i = 0; i < size; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return (struct moments){mean, 1 / sqrt(squares / (double)size + norm_epsilon)};
}

static void normalize(const struct group *group, const float *scale, const float *shift,
                      const float *x, float *y)
{
    struct moments m = moments_of(x + group->first, group->size);
    for (size_t i = group->first; i < group->first + group->size; i++) {
        double h = ((double)x[i] - m.mean) * m.inverse;
        y[i] = (float)(h * (double)scale[i / group->share] + (double)shift[i / group->share]);
    }
}

static void backpropagate(const struct group *group, const float *scale, float *dscale,
                          float *dshift, const float *x, const float *dy, float *dx)
{
    struct moments m = moments_of(x + group->first, group->size);
    double sum = 0, product = 0;
    for (size_t i = group->first; i < group->first + group->size; i++) {
        double h = ((double)x[i] - m.mean) * m.inverse, g = (double)scale[i / group->share] * dy[i];
        sum += g / (double)group->size;
        product += g * h / (double)group->size;
        dscale[i / group->share] += (float)((double)dy[i] * h);
        dshift[i / group->share] += dy[i];
    }
    for (size_t i = group->first; i < group->first + group->size; i++) {
        double h = ((double)x[i] - m.mean) * m.inverse, g = (double)scale[i / group->share] * dy[i];
        dx[i] = (float)((g - sum - h * product) * m.inverse);
    }
}

/* ---- groupnorm ------------------------------------------------------------------------------- */

static int group_count(const struct layer_pass *pass)
{
    return (int)pass->numbers[0];
}

static struct group group_at(const struct layer_pass *pass, int index)
{
    size_t size = shape_size(pass->in) / (size_t)group_count(pass);
    size_t plane = (size_t)pass->in.height * (size_t)pass->in.width;
    return (struct group){(size_t)index * size, size, plane};
}

static void group_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    for (int i = 0; i < group_count(pass); i++) {
        struct group group = group_at(pass, i);
        normalize(&group, pass->weights, pass->weights + pass->in.channels, x, y);
    }
}

static void group_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    (void)context, (void)y;
    for (int i = 0; i < group_count(pass); i++) {
        struct group group = group_at(pass, i);
        backpropagate(&group, pass->weights, pass->gradients, pass->gradients + pass->in.channels,
                      x, dy, dx);
    }
}

/* Writes the divisors of count, as many as fit. */
static const char *divisors(char text[DIVISORS_SIZE], int count)
{
    size_t size = 0;
    for (int d = 1; d <= count && size + sizeof ", 2147483647" < DIVISORS_SIZE; d++)
        if (count % d == 0)
            size +=
                (size_t)snprintf(text + size, DIVISORS_SIZE - size, "%s%d", d > 1 ? ", " : "", d);
    return text;
}

static bool group_resolve(struct layer *layer, struct error *error)
{
    double groups = layer->spec.numbers[0];
    int channels = layer->in.channels;
    const int dims[TENSOR_RANK_MAX] = {channels};
    if (!(groups >= 1 && groups <= channels) || groups != floor(groups) ||
        channels % (int)groups != 0) {
        char text[DIVISORS_SIZE];
        return layer_refuse(&layer->spec, error,
                            "the number of groups must divide the %d channels of the input, and %g "
                            "does not: it can be %s",
                            channels, groups, divisors(text, channels));
    }
    layer_add_tensor(layer, TENSOR_SCALE, "weight", dims);
    layer_add_tensor(layer, TENSOR_SHIFT, "bias", dims);
    return true;
}

const struct layer_type layer_groupnorm = {
    .name = "groupnorm",
    .parameter_count = 1,
    .parameters = {{"groups", LAYER_NUMBER, .positional = true}},
    .resolve = group_resolve,
    .forward = group_forward,
    .backward = group_backward,
};

/* ---- layernorm ------------------------------------------------------------------------------- */

static void layer_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    struct group all = {0, shape_size(pass->in), 1};
    (void)context;
    normalize(&all, pass->weights, pass->weights + all.size, x, y);
}

static void layer_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    struct group all = {0, shape_size(pass->in), 1};
    (void)context, (void)y;
    backpropagate(&all, pass->weights, pass->gradients, pass->gradients + all.size, x, dy, dx);
}

static bool layer_resolve_norm(struct layer *layer, struct error *error)
{
    const int dims[TENSOR_RANK_MAX] = {layer->in.channels, layer->in.height, layer->in.width};
    (void)error;
    layer_add_tensor(layer, TENSOR_SCALE, "weight", dims);
    layer_add_tensor(layer, TENSOR_SHIFT, "bias", dims);
    return true;
}

const struct layer_type layer_layernorm = {
    .name = "layernorm",
    .resolve = layer_resolve_norm,
    .forward = layer_forward,
    .backward = layer_backward,
};
