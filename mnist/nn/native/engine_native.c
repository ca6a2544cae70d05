/*
 * engine_native - the native engine: finds the function that makes a layer's stage.
 *
 * One engine per instruction set; they differ only in the kernel table and give the same bits. The
 * layout of values is described in native.h.
 */
#include "mnist/nn/native/layout.h"
#include "mnist/nn/native/native_stages.h"
#include "mnist/nn/reference/stages.h"

static const struct {
    const struct layer_type *type;
    native_stage *compile;
} stages[] = {
#define LAYER(id, name, native) {&layer_##name, native},
#include "mnist/language/layers.def"
};

static int compile(struct stage *stage, int first, int end, bool training)
{
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        if (stage_layer_is(stage, first, stages[i].type))
            return stages[i].compile(stage, first, end, training);
    return stage_images(stage, first, end, training);
}

#define NATIVE_ENGINE(set)                       \
    const struct engine engine_native_##set = {  \
        .name = "native",                        \
        .isa = #set,                             \
        .kernels = &native_kernels_##set,        \
        .compile = compile,                      \
        .value_floats = native_floats,           \
        .input_floats = native_input_floats,     \
        .input_importer = native_input_importer, \
        .unpack_image = native_unpack_image,     \
        .pack_image = native_pack_image,         \
        .logits = native_logits,                 \
    }

NATIVE_ENGINE(plain);
#if defined(__x86_64__)
NATIVE_ENGINE(avx2);
NATIVE_ENGINE(avx512);
#elif defined(__aarch64__)
NATIVE_ENGINE(neon);
#endif
