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
 * Layout: the first stage receives the images as [C, n, H, W] (channel-major, the slot's n images
 * in the middle), the last one gives [classes, n]. Between its own stages an engine may use any
 * layout of the same size; engine_openblas stays with [C, n, H, W].
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
    float *gradients;     /* laid out as network_gradients; to be added to                      */
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
    struct shape in, out;
    /* y is x's memory and dx is dy's: this stage's backward needs y at most, and the stage before
       has no further use for its own output. */
    bool in_place;

    size_t saved_size;   /* bytes a slot; plan.c sets it to 0 without training: save nothing */
    size_t scratch_size; /* bytes a thread                 */
    size_t sum_count;    /* doubles a slot                 */
    size_t total_count;  /* doubles                        */

    stage_function forward[2];  /* [1] NULL = no barrier */
    stage_function backward[2]; /* [1] NULL = no barrier */
    void (*reduce)(const struct stage *stage, const struct slot_sums *sums);

    /* Weights packed or folded for the stage's own use; prepare is called whenever they changed. */
    size_t prepared_size; /* bytes */
    void *prepared;
    void (*prepare)(const struct stage *stage, const float *values);
};

struct engine {
    const char *name;
    /* Describes in *stage the stage that begins at layer first and takes none from end on; returns
       how many layers it takes, at least 1. training: backward will be asked for. Everything else
       of *stage is zero but network. */
    int (*compile)(struct stage *stage, int first, int end, bool training);
    /* Before each run of batches, on the caller's thread: e.g. holds a library to one thread. Or
       NULL. */
    void (*begin)(void);
};

extern const struct engine engine_openblas; /* im2col + sgemm: short and plain, the reference */

/* By name; NULL = no such. engine_at(0), engine_at(1)... until NULL lists them. */
const struct engine *engine_find(const char *name);
const struct engine *engine_at(int index);

/* What runs unless the user says otherwise. */
const struct engine *engine_default(void);

#endif
