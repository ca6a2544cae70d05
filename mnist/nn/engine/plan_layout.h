/*
 * plan_layout - the internals of a plan, shared by plan.c, which runs it, and plan_layout.c, which
 * builds it.
 *
 * All memory is one block with this layout:
 *
 *     slot buffers  the values of one slot: input, each stage's output and saved data, and two
 *                   gradient buffers used alternately; for each layer that `add` reads, its output
 *                   and the gradient that reaches it through `add`. One per slot if there are
 *                   barriers (all slots are then active at the same time), otherwise one per thread
 *     threads       scratch, and the unconverted images if the engine has its own input layout
 *     slots         sums for the barriers, loss
 *     accumulators  gradients
 *     stages        prepared weights, totals
 */
#ifndef MNIST_NN_ENGINE_PLAN_LAYOUT_H
#define MNIST_NN_ENGINE_PLAN_LAYOUT_H

#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/loss.h"
#include "mnist/nn/engine/plan.h"

enum plan_step_kind { STEP_FILL, STEP_FORWARD, STEP_LOSS, STEP_BACKWARD };

struct plan_step {
    enum plan_step_kind kind;
    int stage, phase;
    bool barrier; /* a barrier follows */
};

/* Offsets of a stage's buffers within a slot buffer, in bytes. */
struct stage_offsets {
    size_t x, y, dy, dx, saved;
    bool wants_dx;
    size_t sums;      /* in doubles, within the sums of a slot */
    size_t gradients; /* in floats, within an accumulator */
    int source;       /* `add`: index of the stage whose output it reads; -1 = none */
    bool overwrites;  /* `add`: the first one in backward that has this source */
    bool is_source;   /* later stages of `add` read the output, and write its gradient to: */
    size_t skip;
};

/* Offset of the stage's trained tensors, which are contiguous, in the network's gradients. */
static inline size_t stage_trained_offset(const struct stage *stage)
{
    for (int i = stage->first; i < stage->first + stage->count; i++)
        if (network_layer(stage->network, i)->weight >= 0)
            return network_tensor(stage->network, network_layer(stage->network, i)->weight)->offset;
    return 0;
}

enum { STEPS_MAX = 4 * PLAN_STAGES_MAX + 2 };

struct plan {
    struct network *network;
    const struct engine *engine;
    bool training, barriers;
    int classes, slots_max, threads, slot_buffer_count, accumulator_count;
    struct shape input;

    int stage_count, first_trained, step_count;
    struct stage stages[PLAN_STAGES_MAX];
    struct stage_offsets offsets[PLAN_STAGES_MAX];
    double *totals[PLAN_STAGES_MAX];
    struct plan_step steps[STEPS_MAX];
    int part_count, first_part[PLAN_STAGES_MAX]; /* parts of all stages, numbered consecutively */
    struct thread_pool_affinities accumulator_affinities, part_affinities;

    char *memory;
    char *slot_buffers;
    size_t slot_buffer_size, labels_offset;
    char *scratch;
    size_t scratch_size, raw_size;
    char *raw; /* [threads][n, C, H, W], only with import_input */
    engine_import_input *import_input;
    double *sums;
    size_t sum_count;
    struct loss_sums *losses;
    int *images;
    float *accumulators;
    size_t accumulator_stride;
    struct plan_stage_cost *costs; /* of plan_profile, while it runs; otherwise NULL */
    bool prepared;                 /* weights have been packed at least once */
};

#endif
