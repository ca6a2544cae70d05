/*
 * plan_layout - the inside of a plan, for plan.c, which runs it, and plan_layout.c, which makes it.
 *
 * One block of memory, carved once:
 *
 *     units     what one slot's images need on their way: input, each stage's output and what it
 *               saves, two gradients that take turns. One for each slot if there are barriers (all
 *               slots are under way at once), else one for each thread.
 *     threads   scratch, and the images as filled if the engine lays them out anew
 *     slots     sums for the barriers, loss
 *     lanes     gradients
 *     stages    prepared weights, totals
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
    bool barrier; /* after it */
};

/* Where a stage's buffers are within a unit, in bytes. */
struct memory_extent {
    size_t x, y, dy, dx, saved;
    bool wants_dx;
    size_t sums;      /* in doubles, within a slot's  */
    size_t gradients; /* in floats, within a lane's   */
};

/* Where the stage's trained tensors, which lie together, begin in the network's gradients. */
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
    int classes, slots_max, threads, unit_count, lanes;
    struct shape input;

    int stage_count, first_trained, step_count;
    struct stage stages[PLAN_STAGES_MAX];
    struct memory_extent places[PLAN_STAGES_MAX];
    double *totals[PLAN_STAGES_MAX];
    struct plan_step steps[STEPS_MAX];
    int part_count, first_part[PLAN_STAGES_MAX]; /* of all stages' parts, in a row */
    struct thread_pool_affinities lane_homes, part_homes;

    char *memory;
    uint64_t memory_size;
    char *units;
    size_t unit_size, labels_place;
    char *scratch;
    size_t scratch_size, raw_size;
    char *raw; /* [threads][n, C, H, W], only with an entrance */
    engine_enter *enter;
    double *sums;
    size_t sum_count;
    struct loss_sums *losses;
    int *images;
    float *lane_gradients;
    size_t lane_stride;
    struct plan_stage_cost *costs; /* of plan_profile, while it runs */
    bool prepared;                 /* weights have been packed at least once */
};

#endif
