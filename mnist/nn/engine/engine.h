/*
 * engine - who does the arithmetic of a network.
 *
 * A network (network.h) is shapes and values; an engine turns its chain of layers into a chain of
 * stages, each of which does one layer, or a run of them in one pass (convolution + batch-norm +
 * relu + maxpool, if the engine knows how). plan.c owns what all engines share: memory, threads,
 * slots, barriers, the loss, the order of sums.
 *
 *     slot     SLOT_IMAGES images of a batch (the last slot may have fewer): one thread's work
 *     stage    forward and backward of one slot
 *     barrier  a stage that needs sums over the whole batch (batch-norm in training) has two phases
 *              each way; before the second, the slots' sums are added up in the order of the slots
 *
 * Which thread takes which slot is chance; every sum over slots is made in slot order. So the bits
 * do not depend on the number of threads.
 *
 * Layout is the engine's own, from the first stage's input to the last one's output, and so is that
 * of a stage's gradients; enter, take, put, logits and collect are the doors.
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
    STAGE_ALIGNMENT = 64,    /* bytes: every buffer that a stage gets begins at a multiple */
    STAGE_DETAIL_SIZE = 320, /* bytes that a stage may keep for itself */
};

struct stage;

/* What a stage's functions work on: one slot of one batch. Pointers are borrowed for the call. */
struct slot {
    int images;       /* n, 1 .. SLOT_IMAGES                                                    */
    int batch_images; /* of the whole batch                                                     */
    const float *x;   /* stage input                                                            */
    float *y;         /* stage output; in backward, what forward left there                     */
    float *dy;        /* backward: gradient of y; may be overwritten                            */
    float *dx;     /* backward: gradient of x, to be written (in-place stages: the memory of dy); */
                   /* NULL = not wanted                                                      */
    void *saved;   /* stage.saved_size bytes, kept from this slot's forward to its backward  */
    void *scratch; /* stage.scratch_size bytes of this thread, lost after the call           */
    const float *values;  /* network_values                                                     */
    float *gradients;     /* stage.gradient_count floats of this slot's lane, to be added to     */
    bool fresh;           /* the first stage.fresh_count are not there yet: as if they were 0    */
    double *sums;         /* phase 0 writes this slot's share: stage.sum_count                  */
    const double *totals; /* phase 1 reads what reduce made of all: stage.total_count           */
    uint64_t seed;        /* these three for RNG_DROPOUT                                        */
    uint32_t epoch;
    uint32_t first_image; /* place in the epoch of the slot's first image                       */
};

/* The sums of all slots at a barrier. */
struct slot_sums {
    int slots;
    const int *images;  /* [slots]: n of each               */
    const double *sums; /* slot i's stage.sum_count begin at sums[i * stride] */
    size_t stride;
    double *totals; /* [stage.total_count]; kept from forward to backward */
    float *values;  /* network_values: running statistics may be written  */
    bool backward;
};

typedef void (*stage_function)(const struct stage *stage, const struct slot *slot);

struct stage {
    int first, count; /* layers it covers */
    const struct network *network;
    const struct engine *engine;
    struct shape in, out;
    /* y is x's memory and dx is dy's: this stage's backward needs y at most, and the stage before
       has no further use for its own output. */
    bool in_place;
    bool dx_in_place; /* only dx is dy's memory */

    size_t saved_size;   /* bytes a slot; plan.c sets it to 0 without training: save nothing */
    size_t scratch_size; /* bytes a thread                 */
    size_t sum_count;    /* doubles a slot                 */
    size_t total_count;  /* doubles                        */

    stage_function forward[2];  /* [1] NULL = no barrier */
    stage_function backward[2]; /* [1] NULL = no barrier */
    void (*reduce)(const struct stage *stage, const struct slot_sums *sums);

    /* Into how many parts, 0 .. parts - 1, prepare and collect are cut: each is a thread's work.
       Gradients begin with those of units of one size, which are shared out to the parts
       (stage_units); what is behind them goes with part 0. */
    int parts; /* at least 1; plan_layout.c sets 0 to 1 */
    int units;
    size_t unit_count; /* gradients of one, floats */

    /* Weights packed or folded for the stage's own use; prepare is called whenever they changed. */
    size_t prepared_size; /* bytes */
    void *prepared;
    void (*prepare)(const struct stage *stage, const float *values, int part);

    /* Gradients of the stage's parameters in its own layout, and their way into network_gradients.
       collect NULL: they lie as its tensors do in the network; plan_layout.c sets the count. */
    size_t gradient_count; /* floats */
    size_t fresh_count;    /* the first of them, that backward[0] does not add to if slot.fresh */
    void (*collect)(const struct stage *stage, float *network_gradients, const float *gradients,
                    int part);

    /* Multiply-adds that the last forward or backward of this slot made, for benchmarks. NULL: all
       of the layers', as if dense. */
    double (*work)(const struct stage *stage, const struct slot *slot, bool backward);

    /* The stage's own notes, written by compile. */
    _Alignas(8) unsigned char detail[STAGE_DETAIL_SIZE];
};

/* Units begin .. end - 1 are a part's, perhaps none. */
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

typedef void engine_enter(float *x, const float *images, struct shape shape, int n);
struct native_kernels;

struct engine {
    const char *name;
    const char *isa; /* the instruction set it is for; NULL = has no choice   */
    const struct native_kernels
        *kernels; /* of the native engine                                  */
    /* Describes in *stage the stage that begins at layer first and takes none from end on; returns
       how many layers it takes, at least 1. training: backward will be asked for. Everything else
       of *stage is zero but network and engine. */
    int (*compile)(struct stage *stage, int first, int end, bool training);
    /* Before a plan is made: whatever runs of batches on so many threads will need, such as a library's
       memory. False with error set. Or NULL. */
    bool (*prepare)(int threads, struct error *error);
    /* Before each run of batches, on the caller's thread: e.g. holds a library to one thread. Or
       NULL. */
    void (*begin)(void);

    /* Floats that a value of shape takes for each image between stages; of the network's input. */
    size_t (*value_floats)(struct shape shape);
    size_t (*input_floats)(const struct network *network);
    /* How images [n, C, H, W] become the first stage's input; returns NULL if they are it as they
       are. */
    engine_enter *(*entrance)(const struct network *network);
    /* Between stages: the values [C, H, W] of one of n images out of y, and into y. */
    void (*take)(float *values, const float *y, struct shape shape, int image, int n);
    void (*put)(float *y, const float *values, struct shape shape, int image, int n);
    /* How the last stage's output lies for n images. */
    struct logits_layout (*logits)(int classes, int n);
};

extern const struct engine engine_openblas; /* im2col + sgemm: short and plain, the reference */
/* Our own kernels (native.h), one engine for each instruction set: the same bits from all. */
extern const struct engine engine_native_plain, engine_native_avx2, engine_native_avx512,
    engine_native_neon;

/* By name and instruction set (NULL or "auto" = the best that this processor has); NULL = no such,
   or the processor cannot run it. engine_at(0), engine_at(1)... until NULL lists all that it can
   run. */
const struct engine *engine_find(const char *name, const char *isa);
const struct engine *engine_at(int index);

/* What runs unless the user says otherwise: native. */
const struct engine *engine_default(void);

#endif
