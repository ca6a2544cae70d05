/*
 * engine - the interface of an engine, which does the arithmetic of a network.
 *
 * A network (network.h) is a chain of layers with shapes and values. An engine compiles the chain
 * into a chain of stages. A stage computes one layer, or several layers in one pass (for example
 * convolution + batch-norm + relu + maxpool, if the engine supports that). plan.c owns what all
 * engines share: memory, threads, slots, barriers, the loss, the order of sums.
 *
 *     slot     SLOT_IMAGES images of a batch (the last slot may have fewer): one thread's work
 *     stage    forward and backward of one slot
 *     barrier  a stage that needs sums over the whole batch (batch-norm in training) has two phases
 *              in each direction; before phase 1, reduce adds the slots' sums in slot order
 *
 * Invariant: the assignment of slots to threads is arbitrary, but every sum over slots is computed
 * in slot order. The results are therefore bit-identical for any number of threads.
 *
 * The engine defines the memory layout of all values between stages and of a stage's gradients.
 * Use import_input, unpack_image, pack_image, logits and unpack_gradients to convert between engine
 * layout and network layout. README.md in this folder describes how to add a layer.
 */
#ifndef MNIST_NN_ENGINE_ENGINE_H
#define MNIST_NN_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/nn/engine/loss.h"
#include "mnist/nn/model/network.h"

enum {
    SLOT_IMAGES = 16,
    STAGE_ALIGNMENT = 64,    /* bytes: alignment of every buffer of a stage */
    STAGE_DETAIL_SIZE = 320, /* bytes of private data of a stage */
};

struct stage;

/* The arguments of a stage's functions: one slot of one batch. Pointers are borrowed for the
   call. */
struct slot {
    int images;       /* n, 1 .. SLOT_IMAGES */
    int batch_images; /* images of the whole batch */
    const float *x;   /* stage input */
    float *y;         /* stage output; in backward: the output that forward wrote */
    float *dy;        /* backward: gradient of y; may be overwritten */
    /* backward: gradient of x, to be overwritten; in-place stages: same memory as dy; NULL = not
       needed */
    float *dx;
    /* A stage of `add`, whose source is an earlier layer: forward reads the source's output;
       backward writes its gradient, or adds to it unless dsource_overwrite. dsource NULL = not
       needed. */
    const float *source;
    float *dsource;
    bool dsource_overwrite;
    void *saved;          /* stage.saved_size bytes, valid until this slot's backward */
    void *scratch;        /* stage.scratch_size bytes of this thread, uninitialised */
    const float *values;  /* network_values */
    float *gradients;     /* accumulator of this slot: stage.gradient_count floats to add to */
    bool overwrite;       /* overwrite the first stage.overwrite_count of them instead */
    double *sums;         /* phase 0 writes this slot's sums: [stage.sum_count] */
    const double *totals; /* phase 1 reads the output of reduce: [stage.total_count] */
    uint64_t seed;        /* seed, epoch, first_image: key of the stream RNG_DROPOUT */
    uint32_t epoch;
    uint32_t first_image; /* position of the slot's first image in the epoch */
};

/* The sums of all slots at a barrier. */
struct slot_sums {
    int slots;
    const int *images;  /* [slots]: n of each slot */
    const double *sums; /* slot i: [stage.sum_count] at sums[i * stride] */
    size_t stride;
    double *totals; /* [stage.total_count]; valid from forward to backward */
    float *values;  /* network_values; reduce may update the running statistics */
    bool backward;
};

typedef void (*stage_function)(const struct stage *stage, const struct slot *slot);

struct stage {
    int first, count; /* range of layers */
    const struct network *network;
    const struct engine *engine;
    struct shape in, out;
    /* y uses the memory of x, and dx that of dy. Allowed if this stage's backward reads y but not
       x, and if the previous stage's backward gives the same result with the overwritten values. */
    bool in_place;
    bool dx_in_place; /* dx uses the memory of dy; y has its own */
    /* For the choice of in_place: backward reads y (tanh), or only its sign (relu); a stage in place
       may change whether a value is positive, other than to 0 with a gradient of 0. plan_layout.c
       clears in_place where a later stage would overwrite what backward reads, so a stage in place
       must also work with buffers of its own. */
    bool reads_y, reads_sign, changes_sign;

    size_t saved_size;   /* bytes per slot; 0 without training: save nothing */
    size_t scratch_size; /* bytes per thread */
    size_t sum_count;    /* doubles per slot */
    size_t total_count;  /* doubles */

    stage_function forward[2];  /* [1] NULL = no barrier */
    stage_function backward[2]; /* [1] NULL = no barrier */
    void (*reduce)(const struct stage *stage, const struct slot_sums *sums);

    /* prepare and unpack_gradients are split into parts 0 .. parts - 1, so that threads can share
       the work. The gradients begin with `units` groups of unit_floats each, which are divided
       among the parts (stage_units). The remaining gradients belong to part 0. */
    int parts; /* at least 1; plan_layout.c replaces 0 by 1 */
    int units;
    size_t unit_floats; /* gradients of one unit */

    /* Packed or folded weights, private to the stage. prepare is called after each change of
       values. */
    size_t prepared_size; /* bytes */
    void *prepared;
    void (*prepare)(const struct stage *stage, const float *values, int part);

    /* Gradients of the stage's parameters, in the stage's own layout. unpack_gradients copies them
       to network_gradients. NULL = they have the network's layout; plan_layout.c sets the count. */
    size_t gradient_count;  /* floats */
    size_t overwrite_count; /* the first of them: overwritten if slot.overwrite */
    void (*unpack_gradients)(const struct stage *stage, float *network_gradients,
                             const float *gradients, int part);

    /* For benchmarks: number of multiply-adds of the last forward or backward of this slot. NULL =
       the multiply-adds of the layers, counted as dense. */
    double (*work)(const struct stage *stage, const struct slot *slot, bool backward);

    /* Private data of the stage, written by compile. */
    _Alignas(8) unsigned char detail[STAGE_DETAIL_SIZE];
};

/* Number of floats of the slot's output between stages, padded channels included. */
size_t stage_floats(const struct stage *stage, const struct slot *slot);

static inline bool stage_layer_is(const struct stage *stage, int layer,
                                  const struct layer_type *type)
{
    return layer_is(network_layer(stage->network, layer), type);
}

/* Whether the layer is a maxpool of 2x2 windows with stride 2 and no padding. */
bool stage_has_maxpool2(const struct stage *stage, int layer);

/* forward of a layer that changes nothing: copies x to y where they are not the same memory. */
void stage_copy(const struct stage *stage, const struct slot *slot);

/* The units begin .. end - 1 of one part; may be empty. */
struct unit_range {
    int begin, end;
};
static inline struct unit_range unit_share(int64_t units, int parts, int part)
{
    return (struct unit_range){(int)(units * part / parts), (int)(units * (part + 1) / parts)};
}
static inline struct unit_range stage_units(const struct stage *stage, int part)
{
    return unit_share(stage->units, stage->parts, part);
}

typedef void engine_import_input(float *x, const float *images, struct shape shape, int n);
struct native_kernels;

/* A matrix in rows, for the product of two: its values, or those of its transpose. */
struct matrix {
    const float *values;
    int stride; /* floats from one stored row to the next */
    bool transposed;
};

struct engine {
    const char *name;
    const char *isa;                      /* instruction set; NULL = the engine has no variants */
    const struct native_kernels *kernels; /* native engine only */
    /* Fills in *stage for the layers from `first` on, but none from `end` on. Returns the number of
       layers of the stage, at least 1. training: backward will be called. All members of *stage are
       zero except network and engine. */
    int (*compile)(struct stage *stage, int first, int end, bool training);
    /* openblas only: c [rows][columns] = a b, or c += a b; a has depth columns. */
    void (*product)(int rows, int columns, int depth, struct matrix a, struct matrix b, bool add,
                    float *c, int stride);
    /* Called before a plan is created: reserves resources for batches on this number of threads,
       such as a library's memory. Returns false with error set. May be NULL. */
    bool (*prepare)(int threads, struct error *error);
    /* Called before each batch, on the caller's thread: for example restricts a library to one
       thread. May be NULL. */
    void (*begin)(void);

    /* Floats of one image between stages, padded channels included; floats of the network's
       input. */
    size_t (*value_floats)(struct shape shape);
    size_t (*input_floats)(const struct network *network);
    /* The function that converts images [n, C, H, W] to the input layout of the first stage. NULL =
       the layouts are the same. */
    engine_import_input *(*input_importer)(const struct network *network);
    /* Copies image number `image` of n: from engine layout y to values [C, H, W], and back. */
    void (*unpack_image)(float *values, const float *y, struct shape shape, int image, int n);
    void (*pack_image)(float *y, const float *values, struct shape shape, int image, int n);
    /* Layout of the last stage's output for n images. */
    struct logits_layout (*logits)(int classes, int n);
};

extern const struct engine engine_openblas; /* im2col + sgemm: short and simple, the reference */
/* Our own kernels (native.h), one engine per instruction set. All give the same bits. */
extern const struct engine engine_native_plain, engine_native_avx2, engine_native_avx512,
    engine_native_neon;

/* engine_find: the engine of this name and instruction set (NULL or "auto" = the best of this
   processor). Returns NULL if there is no such engine or the processor cannot run it. engine_at(0),
   engine_at(1), ... lists the engines that this processor can run, the best first, then NULL. */
const struct engine *engine_find(const char *name, const char *isa);
const struct engine *engine_at(int index);

/* The default engine: native, with the best instruction set of this processor. */
const struct engine *engine_default(void);

#endif
