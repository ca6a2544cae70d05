/*
 * engine - who does the arithmetic of a network.
 *
 * A network (network.h) is shapes and values; an engine turns its chain of layers into a chain of
 * stages, each of which does one layer or a run of them (convolution + batch-norm + relu + maxpool
 * in one pass, if the engine knows how). plan.c owns everything that engines share: memory,
 * threads, slots, barriers, the loss, the order of sums.
 *
 *     slot     SLOT_IMAGES images of a batch (the last may have fewer), one thread's work through a
 * run of stages stage    forward and backward of one slot; between two stages a slot's values lie
 * as [C, n, H, W] (channel-major: n images of the slot in the middle), a vector's as [n, C] barrier
 * a stage that needs sums over the whole batch (batch-norm in training) has two phases each way;
 * before the second, the slots' sums are added up in the order of the slots
 *
 * Which thread takes which slot is chance; every sum over slots is made in slot order: so bits do
 * not depend on threads.
 */
#ifndef MNIST_NN_ENGINE_H
#define MNIST_NN_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/nn/network.h"

enum {
    SLOT_IMAGES = 32,
    STAGE_ALIGNMENT = 64, /* bytes: every buffer that a stage gets begins at a multiple */
};

struct stage;

/* What a stage's function works on: one slot of one batch. Pointers are borrowed for the call. */
struct slot {
    int images;          /* n, 1 .. SLOT_IMAGES                                                  */
    int batch_images;    /* of the whole batch                                                   */
    int index;           /* of the slot in the batch                                             */
    bool training;       /* dropout drops, batch-norm uses the batch's statistics                */
    const float *x;      /* stage input                                                          */
    float *y;            /* stage output; in backward what forward left there                    */
    const float *dy;     /* backward: gradient of y (stages may not write to it)                 */
    float *dx;           /* backward: gradient of x, to be written; NULL = not wanted            */
    void *saved;         /* stage.saved_size bytes, kept from this slot's forward to its backward */
    void *scratch;       /* stage.scratch_size bytes of this thread, lost after the call         */
    const float *values; /* network_values                                                       */
    float *gradients;    /* this slot's own block, laid out as network_gradients; to be added to */
    double *sums;        /* phase 0 writes, stage.sum_count: this slot's share                   */
    const double *totals; /* phase 1 reads: what reduce made of all slots' sums                   */
    uint64_t seed;        /* for RNG_DROPOUT                                                      */
    uint32_t epoch;       /* dito                                                                 */
    uint32_t first_image; /* place in the epoch of the slot's first image; dito                   */
};

typedef void (*stage_function)(const struct stage *stage, const struct slot *slot);

struct stage {
    int first, count; /* layers it covers */
    const struct network *network;
    struct shape in, out;
    bool in_vector, out_vector; /* input or output lies as [n, C] */
    bool in_place; /* y may be x's memory: nobody after it needs x (backward looks at y only) */

    size_t saved_size;   /* bytes a slot, training only */
    size_t scratch_size; /* bytes a thread              */
    size_t sum_count;    /* doubles a slot              */

    stage_function forward[2];  /* [1] NULL = no barrier */
    stage_function backward[2]; /* [1] NULL = no barrier */

    /* At a barrier, once, after all slots' phase 0: sums [slots][sum_count] and how many images
       each had -> totals [sum_count]. backward says which way. values may be written (running
       statistics). */
    void (*reduce)(const struct stage *stage, double *totals, const double *sums, const int *images,
                   int slots, float *values, float *gradients, bool backward);

    /* Once before the first slot of a step, and after weights changed: pack or fold weights into
     * prepared. */
    size_t prepared_size;
    void *prepared;
    void (*prepare)(const struct stage *stage, const float *values);
};

struct engine {
    const char *name;
    /* Describes in *stage the stage that begins at layer first; returns how many layers it takes
       (>= 1). training: backward will be asked for. Everything else of *stage was set to zero but
       network. */
    int (*compile)(struct stage *stage, const struct network *network, int first, bool training);
    /* Once before a run of batches, on the caller's thread (may be NULL): e.g. tells a library to
     * use one thread. */
    void (*begin)(void);
};

extern const struct engine engine_openblas; /* im2col + sgemm: short and plain, the reference */

/* By name; NULL = no such. engine_at(0), engine_at(1)... until NULL lists them. */
const struct engine *engine_find(const char *name);
const struct engine *engine_at(int index);

/* What runs unless the user says otherwise. */
const struct engine *engine_default(void);

#endif
