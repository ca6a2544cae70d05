/*
 * engine_native - the native engine: compiles layers into stages and converts values between
 * layouts.
 *
 * One engine per instruction set; they differ only in the kernel table and give the same bits. The
 * layout is described in native.h.
 */
#include <assert.h>
#include <string.h>

#include "mnist/nn/native/native.h"
#include "mnist/nn/native/native_stages.h"
#include "mnist/nn/reference/stages.h"

/* Whether the batch-norm at first can be fused into a convolution: only a relu may be between them.
   The fused backward computes the batch-norm's gradients together with dx, which plan.c requests
   only if an earlier layer is trained. */
static bool leads_to_conv(const struct stage *stage, int first, int end)
{
    bool trains = false;
    for (int i = 0; i < first; i++)
        trains |= network_layer(stage->network, i)->parameters > 0;
    int next = first + 1;
    if (next < end && native_kind(stage, next) == LAYER_RELU)
        next++;
    return trains && next < end && native_kind(stage, next) == LAYER_CONV;
}

static int compile(struct stage *stage, int first, int end, bool training)
{
    switch (network_layer(stage->network, first)->spec.kind) {
    case LAYER_CONV: return native_stage_conv(stage, first, end, training);
    case LAYER_MAXPOOL:
    case LAYER_AVGPOOL:
    case LAYER_GLOBALMAX:
    case LAYER_GLOBALAVG: return native_stage_pool(stage, first);
    case LAYER_DENSE: return native_stage_dense(stage, first, end, training);
    case LAYER_BATCHNORM:
        return leads_to_conv(stage, first, end) ? native_stage_conv(stage, first, end, training)
                                                : native_stage_norm(stage, first, end, training);
    case LAYER_RELU: return native_stage_relu(stage, first);
    case LAYER_DROPOUT: return native_stage_dropout(stage, first, training);
    case LAYER_FLATTEN:
        if (first + 1 < end && native_kind(stage, first + 1) == LAYER_DENSE)
            return native_stage_dense(stage, first, end, training);
        return native_stage_flatten(stage, first);
    case LAYER_PLUGIN: return stage_plugin(stage, first, training);
    case LAYER_KINDS: break;
    }
    assert(false); /* a kind of layer without a stage */
    return 0;
}

/* ---- layout ---------------------------------------------------------------------------------- */

bool native_planar_input(const struct network *network)
{
    enum layer_kind kind = network_layer(network, 0)->spec.kind;
    return network_input(network).channels == 1 &&
           (kind == LAYER_CONV || kind == LAYER_DENSE || kind == LAYER_FLATTEN);
}

static size_t value_floats(struct shape shape)
{
    return (size_t)native_round(shape.channels) * (size_t)shape.height * (size_t)shape.width;
}

static size_t input_floats(const struct network *network)
{
    struct shape in = network_input(network);
    return native_planar_input(network) ? (size_t)native_round(in.height * in.width)
                                        : value_floats(in);
}

static void import_planar(float *x, const float *images, struct shape shape, int n)
{
    int plane = shape.height * shape.width, stride = native_round(plane);
    for (int i = 0; i < n; i++, x += stride, images += plane) {
        memcpy(x, images, (size_t)plane * sizeof *x);
        memset(x + plane, 0, (size_t)(stride - plane) * sizeof *x);
    }
}

static void pack_image(float *y, const float *values, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    (void)n;
    y += (size_t)image * value_floats(shape);
    if (shape.channels % NATIVE_BLOCK != 0)
        memset(y, 0, value_floats(shape) * sizeof *y);
    for (size_t c = 0; c < (size_t)shape.channels; c++)
        for (size_t p = 0; p < plane; p++)
            y[(c / NATIVE_BLOCK * plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK] = *values++;
}

static void import_blocked(float *x, const float *images, struct shape shape, int n)
{
    for (int i = 0; i < n; i++)
        pack_image(x, images + (size_t)i * shape_size(shape), shape, i, n);
}

static engine_import_input *input_importer(const struct network *network)
{
    struct shape in = network_input(network);
    if (!native_planar_input(network))
        return import_blocked;
    return in.height * in.width % NATIVE_BLOCK == 0 ? NULL : import_planar;
}

static void unpack_image(float *values, const float *y, struct shape shape, int image, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    (void)n;
    y += (size_t)image * value_floats(shape);
    for (size_t c = 0; c < (size_t)shape.channels; c++)
        for (size_t p = 0; p < plane; p++)
            *values++ = y[(c / NATIVE_BLOCK * plane + p) * NATIVE_BLOCK + c % NATIVE_BLOCK];
}

static struct logits_layout logits(int classes, int n)
{
    (void)n;
    return (struct logits_layout){classes, 1, native_round(classes), native_round(classes)};
}

#define NATIVE_ENGINE(set)                      \
    const struct engine engine_native_##set = { \
        .name = "native",                       \
        .isa = #set,                            \
        .kernels = &native_kernels_##set,       \
        .compile = compile,                     \
        .value_floats = value_floats,           \
        .input_floats = input_floats,           \
        .input_importer = input_importer,       \
        .unpack_image = unpack_image,           \
        .pack_image = pack_image,               \
        .logits = logits,                       \
    }

NATIVE_ENGINE(plain);
#if defined(__x86_64__)
NATIVE_ENGINE(avx2);
NATIVE_ENGINE(avx512);
#elif defined(__aarch64__)
NATIVE_ENGINE(neon);
#endif
