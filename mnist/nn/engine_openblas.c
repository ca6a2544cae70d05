/*
 * engine_openblas - the reference engine: every layer by plain loops and OpenBLAS's sgemm.
 *
 * OpenBLAS is held to one thread: the pool's threads each work on slots of their own, and a product
 * that is split over threads would round differently with their number.
 */
#include <cblas.h>

#include "mnist/nn/stages.h"

static int compile(struct stage *stage, int first, int end, bool training)
{
    switch (network_layer(stage->network, first)->spec.kind) {
    case LAYER_CONV: return stage_conv(stage, first, end);
    case LAYER_MAXPOOL:
    case LAYER_AVGPOOL: return stage_pool(stage, first);
    case LAYER_GLOBALMAX:
    case LAYER_GLOBALAVG: return stage_global(stage, first);
    case LAYER_DENSE: return stage_dense(stage, first);
    case LAYER_BATCHNORM: return stage_norm(stage, first, end, training);
    case LAYER_RELU: return stage_relu(stage, first);
    case LAYER_DROPOUT: return stage_dropout(stage, first, training);
    case LAYER_FLATTEN: return stage_flatten(stage, first);
    case LAYER_KINDS: break;
    }
    return 0;
}

static void begin(void)
{
    if (openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
}

const struct engine engine_openblas = {.name = "openblas", .compile = compile, .begin = begin};
