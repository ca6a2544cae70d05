/*
 * engine_openblas - the reference engine: the loops of the layer types, and OpenBLAS's sgemm.
 *
 * OpenBLAS is limited to one thread. The pool's threads work on different slots, and a product that
 * is split over several threads would be rounded differently for each number of threads.
 *
 * Values have the layout [C, n, H, W], gradients that of the network.
 */
#include <cblas.h>
#include <string.h>

#include "mnist/base/blas.h"
#include "mnist/nn/reference/stages.h"

static int compile(struct stage *stage, int first, int end, bool training)
{
    const struct layer_type *type = network_layer(stage->network, first)->spec.type;
    return (type->reference != NULL ? type->reference : stage_images)(stage, first, end, training);
}

static void product(int rows, int columns, int depth, struct matrix a, struct matrix b, bool add,
                    float *c, int stride)
{
    cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
                b.transposed ? CblasTrans : CblasNoTrans, rows, columns, depth, 1, a.values,
                a.stride, b.values, b.stride, add ? 1 : 0, c, stride);
}

static bool prepare(int threads, struct error *error)
{
    return blas_reserve(threads, error);
}

static void begin(void)
{
    if (openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
}

static size_t input_floats(const struct network *network)
{
    return shape_size(network_input(network));
}

/* [n, C, H, W] -> [C, n, H, W]. */
static void import_images(float *to, const float *from, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++)
            memcpy(to + ((size_t)c * (size_t)n + (size_t)i) * plane,
                   from + ((size_t)i * (size_t)shape.channels + (size_t)c) * plane,
                   plane * sizeof *to);
}

static engine_import_input *input_importer(const struct network *network)
{
    return network_input(network).channels > 1 ? import_images : NULL;
}

static void unpack_image(float *values, const float *y, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    for (int c = 0; c < shape.channels; c++)
        memcpy(values + (size_t)c * plane, y + ((size_t)c * (size_t)n + (size_t)image) * plane,
               plane * sizeof *values);
}

static void pack_image(float *y, const float *values, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    for (int c = 0; c < shape.channels; c++)
        memcpy(y + ((size_t)c * (size_t)n + (size_t)image) * plane, values + (size_t)c * plane,
               plane * sizeof *y);
}

static struct logits_layout logits(int classes, int n)
{
    return (struct logits_layout){.classes = classes, .class_stride = n, .image_stride = 1};
}

const struct engine engine_openblas = {
    .name = "openblas",
    .compile = compile,
    .product = product,
    .prepare = prepare,
    .begin = begin,
    .value_floats = shape_size,
    .input_floats = input_floats,
    .input_importer = input_importer,
    .unpack_image = unpack_image,
    .pack_image = pack_image,
    .logits = logits,
};
