/*
 * dense - the fully connected layer: its shapes, and its matrix products.
 *
 *     y [out, n] = W [out, in] X + b        dW += dy X^T        dX = W^T dy
 *
 * An input [in, n] (from a dense layer, global pooling or flatten) is used in place. An input
 * [C, n, H, W] is first copied to scratch as [n, in], in the order C, H, W of PyTorch's weights.
 */
#include <string.h>

#include "mnist/nn/engine/vector_ops.h"
#include "mnist/nn/reference/stages.h"

static const struct layer *dense_layer(const struct stage *stage)
{
    return network_layer(stage->network, stage->first);
}

static bool is_vector(struct shape shape)
{
    return shape.height == 1 && shape.width == 1;
}

/* [C, n, P] -> [n, C * P] and back, P = H * W: the input as a matrix. */
static void flatten_rows(float *rows, const float *x, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width, row = shape_size(shape);
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++, x += plane)
            memcpy(rows + (size_t)i * row + (size_t)c * plane, x, plane * sizeof *x);
}

static void unflatten_rows(float *x, const float *rows, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width, row = shape_size(shape);
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++, x += plane)
            memcpy(x, rows + (size_t)i * row + (size_t)c * plane, plane * sizeof *x);
}

/* The slot's input as a matrix [in, n] and [n, in], of values in scratch or in place. */
struct input_matrix {
    struct matrix in_n, n_in;
};

static struct input_matrix read_input(const struct stage *stage, const struct slot *slot)
{
    if (is_vector(stage->in))
        return (struct input_matrix){{slot->x, slot->images, false}, {slot->x, slot->images, true}};
    flatten_rows(slot->scratch, slot->x, stage->in, slot->images);
    int in = (int)shape_size(stage->in);
    return (struct input_matrix){{slot->scratch, in, true}, {slot->scratch, in, false}};
}

static void dense_forward(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = dense_layer(stage);
    struct input_matrix input = read_input(stage, slot);
    int in = (int)shape_size(layer->in), out = layer->spec.out, n = slot->images;
    const float *bias = slot->values + stage_offset(stage, layer->bias);
    for (int o = 0; o < out; o++)
        for (int i = 0; i < n; i++)
            slot->y[o * n + i] = bias[o];
    const float *weight = slot->values + stage_offset(stage, layer->weight);
    stage->engine->product(out, n, in, (struct matrix){weight, in, false}, input.in_n, true,
                           slot->y, n);
}

static void dense_backward_x(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = dense_layer(stage);
    int in = (int)shape_size(layer->in), out = layer->spec.out, n = slot->images;
    const float *weight = slot->values + stage_offset(stage, layer->weight);
    if (is_vector(stage->in)) {
        stage->engine->product(in, n, out, (struct matrix){weight, in, true},
                               (struct matrix){slot->dy, n, false}, false, slot->dx, n);
        return;
    }
    stage->engine->product(n, in, out, (struct matrix){slot->dy, n, true},
                           (struct matrix){weight, in, false}, false, slot->scratch, in);
    unflatten_rows(slot->dx, slot->scratch, stage->in, n);
}

static void dense_backward(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = dense_layer(stage);
    struct input_matrix input = read_input(stage, slot);
    int in = (int)shape_size(layer->in), out = layer->spec.out, n = slot->images;
    float *dbias = slot->gradients + stage_gradient(stage, layer->bias);
    stage->engine->product(out, in, n, (struct matrix){slot->dy, n, false}, input.n_in, true,
                           slot->gradients + stage_gradient(stage, layer->weight), in);
    for (int o = 0; o < out; o++)
        dbias[o] += (float)vector_sum(slot->dy + o * n, (size_t)n);
    if (slot->dx != NULL)
        dense_backward_x(stage, slot);
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    const struct layer *layer = network_layer(stage->network, first);
    (void)end, (void)training;
    stage->in = layer->in;
    stage->out = layer->out;
    stage->scratch_size =
        is_vector(layer->in) ? 0 : SLOT_IMAGES * shape_size(layer->in) * sizeof(float);
    stage->forward[0] = dense_forward;
    stage->backward[0] = dense_backward;
    return 1;
}

static bool resolve(struct layer *layer, struct error *error)
{
    int in = (int)shape_size(layer->in), out = layer->spec.out;
    if (!layer_check_out(&layer->spec, "the number of units", error))
        return false;
    layer->out = (struct shape){out, 1, 1};
    layer_add_tensor(layer, TENSOR_WEIGHT, "weight", (int[TENSOR_RANK_MAX]){out, in});
    layer_add_tensor(layer, TENSOR_BIAS, "bias", (int[TENSOR_RANK_MAX]){out});
    layer->multiply_adds = (uint64_t)in * (uint64_t)out;
    return true;
}

const struct layer_type layer_dense = {
    .name = "dense",
    .parameter_count = 1,
    .parameters = {{"units", LAYER_OUT, .positional = true}},
    .resolve = resolve,
    .reference = compile,
};
