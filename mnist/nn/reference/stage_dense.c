/*
 * stage_dense - the fully connected layer as matrix products.
 *
 *     y [out, n] = W [out, in] X + b        dW += dy X^T        dX = W^T dy
 *
 * An input [in, n] (from a dense layer, global pooling or flatten) is used in place. An input
 * [C, n, H, W] is first copied to scratch as [n, in], in the order C, H, W of PyTorch's weights.
 */
#include <cblas.h>
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

/* The slot's input as a matrix: [n, in] in scratch, or [in, n] in place. */
struct input_matrix {
    const float *x;
    enum CBLAS_TRANSPOSE as_in_n, as_n_in; /* whether to transpose it for [in, n], for [n, in] */
    int stride;
};

static struct input_matrix read_input(const struct stage *stage, const struct slot *slot)
{
    if (is_vector(stage->in))
        return (struct input_matrix){slot->x, CblasNoTrans, CblasTrans, slot->images};
    flatten_rows(slot->scratch, slot->x, stage->in, slot->images);
    return (struct input_matrix){slot->scratch, CblasTrans, CblasNoTrans,
                                 (int)shape_size(stage->in)};
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
    cblas_sgemm(CblasRowMajor, CblasNoTrans, input.as_in_n, out, n, in, 1,
                slot->values + stage_offset(stage, layer->weight), in, input.x, input.stride, 1,
                slot->y, n);
}

static void dense_backward_x(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = dense_layer(stage);
    int in = (int)shape_size(layer->in), out = layer->spec.out, n = slot->images;
    const float *weight = slot->values + stage_offset(stage, layer->weight);
    if (is_vector(stage->in)) {
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, n, out, 1, weight, in, slot->dy, n,
                    0, slot->dx, n);
        return;
    }
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, in, out, 1, slot->dy, n, weight, in, 0,
                slot->scratch, in);
    unflatten_rows(slot->dx, slot->scratch, stage->in, n);
}

static void dense_backward(const struct stage *stage, const struct slot *slot)
{
    const struct layer *layer = dense_layer(stage);
    struct input_matrix input = read_input(stage, slot);
    int in = (int)shape_size(layer->in), out = layer->spec.out, n = slot->images;
    float *dbias = slot->gradients + stage_gradient(stage, layer->bias);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, input.as_n_in, out, in, n, 1, slot->dy, n, input.x,
                input.stride, 1, slot->gradients + stage_gradient(stage, layer->weight), in);
    for (int o = 0; o < out; o++)
        dbias[o] += (float)vector_sum(slot->dy + o * n, (size_t)n);
    if (slot->dx != NULL)
        dense_backward_x(stage, slot);
}

int stage_dense(struct stage *stage, int first)
{
    const struct layer *layer = network_layer(stage->network, first);
    stage->in = layer->in;
    stage->out = layer->out;
    stage->scratch_size =
        is_vector(layer->in) ? 0 : SLOT_IMAGES * shape_size(layer->in) * sizeof(float);
    stage->forward[0] = dense_forward;
    stage->backward[0] = dense_backward;
    return 1;
}
