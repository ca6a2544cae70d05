/*
 * plan - runs batches through a compiled plan: slots, accumulators, barriers, sums.
 *
 * A training batch is a list of steps: fill, forward..., loss, backward... The list is cut into
 * segments after each step that ends in a barrier. The thread pool runs each segment once for every
 * accumulator; the task of an accumulator runs its slots in order. Which thread runs a task is
 * arbitrary. The order of additions is fixed: slots within an accumulator, then the accumulators.
 */
#include <assert.h>
#include <string.h>

#include "mnist/base/clock.h"
#include "mnist/nn/engine/plan_layout.h"
#include "mnist/nn/engine/vector_ops.h"

enum { REDUCE_CHUNK = 4096 }; /* gradients per chunk: their sum stays in the L1 cache */

/* ---- one slot -------------------------------------------------------------------------------- */

/* State of one batch while it runs; the context of the pool's tasks. */
struct plan_pass {
    struct plan *plan;
    const struct plan_batch *batch;
    int slots;
    int first_step, end_step;
    float *probabilities; /* prediction only */
    uint8_t *labels;
};

static char *slot_buffer(const struct plan *plan, int slot, int worker)
{
    int index = plan->training && plan->barriers ? slot : worker;
    return plan->slot_buffers + (size_t)index * plan->slot_buffer_size;
}

static void fill_slot(const struct plan_pass *pass, int slot, int n, int worker, char *buffer)
{
    const struct plan *plan = pass->plan;
    const struct plan_batch *batch = pass->batch;
    bool labelled = plan->training || pass->labels != NULL;
    float *x = (float *)(void *)buffer;
    float *raw = x;
    if (plan->import_input != NULL)
        raw = (float *)(void *)(plan->raw + (size_t)worker * plan->raw_size);
    uint8_t *labels = (uint8_t *)buffer + plan->labels_offset;
    batch->source->fill(batch->source->context, raw, labelled ? labels : NULL,
                        batch->indices + slot * SLOT_IMAGES, n, batch->epoch);
    if (plan->import_input != NULL)
        plan->import_input(x, raw, plan->input, n);
}

static struct loss_sums compute_loss(const struct plan_batch *batch, const float *logits,
                                     const struct logits_layout *layout, const uint8_t *labels,
                                     int n, int images, float *dlogits)
{
    if (batch->loss != NULL)
        return loss_plugin(batch->loss, logits, layout, labels, n, images, dlogits);
    return loss_cross_entropy(logits, layout, labels, n, dlogits != NULL ? batch->smoothing : 0,
                              images, dlogits);
}

/* Writes the gradient of the logits to the dy of the last stage. */
static void slot_loss(const struct plan_pass *pass, int slot, int n, char *buffer)
{
    struct plan *plan = pass->plan;
    const struct stage_offsets *last = &plan->offsets[plan->stage_count - 1];
    const float *logits = (const float *)(const void *)(buffer + last->y);
    const uint8_t *labels = (const uint8_t *)buffer + plan->labels_offset;
    struct logits_layout layout = plan->engine->logits(plan->classes, n);
    if (plan->training) {
        float *dlogits = (float *)(void *)(buffer + last->dy);
        int images = pass->batch->images;
        plan->losses[slot] = compute_loss(pass->batch, logits, &layout, labels, n, images, dlogits);
        return;
    }
    plan->losses[slot] = (struct loss_sums){0};
    size_t done = (size_t)slot * SLOT_IMAGES;
    if (pass->probabilities != NULL)
        loss_softmax(pass->probabilities + done * (size_t)plan->classes, logits, &layout, n);
    if (pass->labels != NULL) {
        memcpy(pass->labels + done, labels, (size_t)n);
        plan->losses[slot] = compute_loss(pass->batch, logits, &layout, labels, n, n, NULL);
    }
}

static double work_of(const struct stage *stage, const struct slot *slot, bool backward)
{
    if (stage->work != NULL)
        return stage->work(stage, slot, backward);
    double forward = 0;
    for (int i = stage->first; i < stage->first + stage->count; i++)
        forward += (double)network_layer(stage->network, i)->multiply_adds * slot->images;
    return backward && slot->dx != NULL ? 2 * forward : forward;
}

static void add_cost(struct plan_cost *cost, const struct stage *stage, int phase,
                     const struct slot *slot, bool backward)
{
    double began_s = clock_s();
    (backward ? stage->backward : stage->forward)[phase](stage, slot);
    cost->seconds += clock_s() - began_s;
    if (phase == 0)
        cost->multiply_adds += work_of(stage, slot, backward);
}

/* Runs the stage and measures its time. Backward runs twice, first without the input gradient. The
   weight gradients are then wrong, but all other stages do the same work as in training. */
static void profile_stage(struct plan_stage_cost *cost, const struct stage *stage, int phase,
                          const struct slot *slot, bool backward)
{
    if (!backward) {
        add_cost(&cost->forward, stage, phase, slot, false);
        return;
    }
    if (slot->dx == NULL || stage->in_place) {
        add_cost(slot->dx == NULL ? &cost->weights : &cost->input, stage, phase, slot, true);
        return;
    }
    struct slot alone = *slot;
    struct plan_cost weights = {0}, both = {0};
    alone.dx = NULL;
    add_cost(&weights, stage, phase, &alone, true);
    add_cost(&both, stage, phase, slot, true);
    cost->weights.seconds += weights.seconds;
    cost->weights.multiply_adds += weights.multiply_adds;
    cost->input.seconds += both.seconds - weights.seconds;
    cost->input.multiply_adds += both.multiply_adds - weights.multiply_adds;
}

/* Sets the buffers of a stage of `add`. Adds the gradient from later stages of `add` to the dy of
   their source. */
static void connect_slot(const struct plan *plan, int index, char *buffer, bool backward, int phase,
                         struct slot *slot)
{
    const struct stage_offsets *offset = &plan->offsets[index];
    if (offset->source >= 0) {
        const struct stage_offsets *source = &plan->offsets[offset->source];
        slot->source = (const float *)(const void *)(buffer + source->y);
        if (backward && offset->source >= plan->first_trained)
            slot->dsource = (float *)(void *)(buffer + source->skip);
        slot->dsource_overwrite = offset->overwrites;
    }
    if (backward && phase == 0 && offset->is_source)
        vector_add(slot->dy, (const float *)(const void *)(buffer + offset->skip),
                   stage_floats(&plan->stages[index], slot));
}

static void run_stage(const struct plan_pass *pass, const struct plan_step *step, int index, int n,
                      int worker, char *buffer)
{
    struct plan *plan = pass->plan;
    const struct stage *stage = &plan->stages[step->stage];
    const struct stage_offsets *offset = &plan->offsets[step->stage];
    size_t accumulator = (size_t)(index % PLAN_ACCUMULATORS);
    bool backward = step->kind == STEP_BACKWARD;
    struct slot slot = {
        .images = n,
        .batch_images = pass->batch->images,
        .x = (const float *)(const void *)(buffer + offset->x),
        .y = (float *)(void *)(buffer + offset->y),
        .dy = backward ? (float *)(void *)(buffer + offset->dy) : NULL,
        .dx = backward && offset->wants_dx ? (float *)(void *)(buffer + offset->dx) : NULL,
        .saved = buffer + offset->saved,
        .scratch = plan->scratch + (size_t)worker * plan->scratch_size,
        .values = network_values_const(plan->network),
        .overwrite = index < PLAN_ACCUMULATORS,
        .gradients = plan->training ? plan->accumulators + accumulator * plan->accumulator_stride +
                                          offset->gradients
                                    : NULL,
        .sums = plan->sums + (size_t)index * plan->sum_count + offset->sums,
        .totals = plan->totals[step->stage],
        .seed = pass->batch->seed,
        .epoch = (uint32_t)pass->batch->epoch,
        .first_image = pass->batch->first_image + (uint32_t)index * SLOT_IMAGES,
    };
    connect_slot(plan, step->stage, buffer, backward, step->phase, &slot);
    if (plan->costs != NULL)
        profile_stage(&plan->costs[step->stage], stage, step->phase, &slot, backward);
    else
        (backward ? stage->backward : stage->forward)[step->phase](stage, &slot);
}

static void run_steps(const struct plan_pass *pass, int slot, int worker)
{
    struct plan *plan = pass->plan;
    int left = pass->batch->images - slot * SLOT_IMAGES;
    int n = left < SLOT_IMAGES ? left : SLOT_IMAGES;
    char *buffer = slot_buffer(plan, slot, worker);
    plan->images[slot] = n;
    for (int i = pass->first_step; i < pass->end_step; i++) {
        const struct plan_step *step = &plan->steps[i];
        if (step->kind == STEP_FILL)
            fill_slot(pass, slot, n, worker, buffer);
        else if (step->kind == STEP_LOSS)
            slot_loss(pass, slot, n, buffer);
        else
            run_stage(pass, step, slot, n, worker, buffer);
    }
}

/* ---- the pool's tasks ------------------------------------------------------------------------ */

/* Clears the gradients that the first slot adds to. That slot overwrites all others. */
static void clear_accumulator(const struct plan *plan, int accumulator)
{
    float *gradients = plan->accumulators + (size_t)accumulator * plan->accumulator_stride;
    size_t end = plan->accumulator_stride;
    for (int i = plan->stage_count - 1; i >= 0; i--) {
        size_t begin = plan->offsets[i].gradients + plan->stages[i].overwrite_count;
        memset(gradients + begin, 0, (end - begin) * sizeof *gradients);
        end = plan->offsets[i].gradients;
    }
}

static void accumulator_task(void *context, int accumulator, int worker)
{
    const struct plan_pass *pass = context;
    struct plan *plan = pass->plan;
    if (pass->first_step == 0)
        clear_accumulator(plan, accumulator);
    for (int slot = accumulator; slot < pass->slots; slot += PLAN_ACCUMULATORS)
        run_steps(pass, slot, worker);
}

static void slot_task(void *context, int slot, int worker)
{
    run_steps(context, slot, worker);
}

/* Adds count gradients from begin on of all accumulators, in order, into the first accumulator. */
static void sum_accumulators(const struct plan_pass *pass, size_t begin, size_t count)
{
    const struct plan *plan = pass->plan;
    float *sum = plan->accumulators + begin;
    for (size_t size; count > 0; sum += size, count -= size) {
        size = count < REDUCE_CHUNK ? count : REDUCE_CHUNK;
        for (int accumulator = 1;
             accumulator < plan->accumulator_count && accumulator < pass->slots; accumulator++)
            vector_add(sum, sum + (size_t)accumulator * plan->accumulator_stride, size);
    }
}

/* The stage of a part; the parts of all stages have consecutive indices. */
static int stage_of_part(const struct plan *plan, int index)
{
    int stage = plan->stage_count - 1;
    while (plan->first_part[stage] > index)
        stage--;
    return stage;
}

/* One part of a stage's gradients: the sum of the accumulators, then a copy in network layout. */
static void reduce_gradients_task(void *context, int part, int worker)
{
    (void)worker;
    const struct plan_pass *pass = context;
    const struct plan *plan = pass->plan;
    int index = stage_of_part(plan, part);
    const struct stage *stage = &plan->stages[index];
    const float *from = plan->accumulators + plan->offsets[index].gradients;
    float *to = network_gradients(plan->network);
    struct unit_range range = stage_units(stage, part - plan->first_part[index]);
    size_t begin = plan->offsets[index].gradients,
           units_floats = (size_t)stage->units * stage->unit_floats;
    sum_accumulators(pass, begin + (size_t)range.begin * stage->unit_floats,
                     (size_t)(range.end - range.begin) * stage->unit_floats);
    if (part == plan->first_part[index])
        sum_accumulators(pass, begin + units_floats, stage->gradient_count - units_floats);
    if (stage->unpack_gradients != NULL)
        stage->unpack_gradients(stage, to, from, part - plan->first_part[index]);
    else if (stage->gradient_count > 0)
        memcpy(to + stage_trained_offset(stage), from, stage->gradient_count * sizeof *to);
}

static void prepare_task(void *context, int part, int worker)
{
    (void)worker;
    const struct plan_pass *pass = context;
    const struct plan *plan = pass->plan;
    int index = stage_of_part(plan, part);
    const struct stage *stage = &plan->stages[index];
    if (stage->prepare != NULL)
        stage->prepare(stage, network_values_const(plan->network), part - plan->first_part[index]);
}

/* Adds the slots' sums for the stage that ends a segment. */
static void reduce_stage(const struct plan_pass *pass, const struct plan_step *step)
{
    struct plan *plan = pass->plan;
    const struct stage *stage = &plan->stages[step->stage];
    struct slot_sums sums = {
        .slots = pass->slots,
        .images = plan->images,
        .sums = plan->sums + plan->offsets[step->stage].sums,
        .stride = plan->sum_count,
        .totals = plan->totals[step->stage],
        .values = network_values(plan->network),
        .backward = step->kind == STEP_BACKWARD,
    };
    stage->reduce(stage, &sums);
}

/* ---- batches --------------------------------------------------------------------------------- */

void plan_refresh(struct plan *plan)
{
    struct plan_pass pass = {.plan = plan};
    for (int i = 0; i < plan->part_count; i++)
        prepare_task(&pass, i, 0);
    plan->prepared = true;
}

static struct plan_result sum_losses(const struct plan *plan, int slots)
{
    struct plan_result result = {0};
    for (int i = 0; i < slots; i++) {
        result.loss += plan->losses[i].loss;
        result.correct += plan->losses[i].correct;
    }
    return result;
}

struct plan_result plan_train(struct plan *plan, struct thread_pool *pool,
                              const struct plan_batch *batch)
{
    int slots = (batch->images + SLOT_IMAGES - 1) / SLOT_IMAGES;
    struct plan_pass pass = {.plan = plan, .batch = batch, .slots = slots};
    assert(plan->training && slots <= plan->slots_max &&
           thread_pool_threads(pool) <= plan->threads);
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    thread_pool_run_affine(pool, prepare_task, &pass, plan->part_count, &plan->part_affinities);
    while (pass.end_step < plan->step_count) {
        pass.first_step = pass.end_step;
        while (!plan->steps[pass.end_step].barrier && pass.end_step + 1 < plan->step_count)
            pass.end_step++;
        const struct plan_step *last = &plan->steps[pass.end_step++];
        thread_pool_run_affine(pool, accumulator_task, &pass,
                               slots < plan->accumulator_count ? slots : plan->accumulator_count,
                               &plan->accumulator_affinities);
        if (last->barrier)
            reduce_stage(&pass, last);
    }
    thread_pool_run_affine(pool, reduce_gradients_task, &pass, plan->part_count,
                           &plan->part_affinities);
    return sum_losses(plan, slots);
}

struct plan_result plan_predict(struct plan *plan, struct thread_pool *pool,
                                const struct plan_batch *batch, float *probabilities,
                                uint8_t *labels)
{
    int slots = (batch->images + SLOT_IMAGES - 1) / SLOT_IMAGES;
    assert(!plan->training && slots <= plan->slots_max &&
           thread_pool_threads(pool) <= plan->threads);
    struct plan_pass pass = {.plan = plan,
                             .batch = batch,
                             .slots = slots,
                             .end_step = plan->step_count,
                             .probabilities = probabilities,
                             .labels = labels};
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    if (!plan->prepared)
        plan_refresh(plan);
    thread_pool_run(pool, slot_task, &pass, slots);
    return sum_losses(plan, slots);
}

int plan_profile(struct plan *plan, struct thread_pool *pool, const struct plan_batch *batch,
                 struct plan_stage_cost costs[PLAN_STAGES_MAX])
{
    assert(thread_pool_threads(pool) == 1);
    for (int i = 0; i < plan->stage_count; i++)
        costs[i] = (struct plan_stage_cost){.first = plan->stages[i].first,
                                            .count = plan->stages[i].count};
    plan->costs = costs;
    if (plan->training)
        plan_train(plan, pool, batch);
    else
        plan_predict(plan, pool, batch, NULL, NULL);
    plan->costs = NULL;
    return plan->stage_count;
}

void plan_forward_one(struct plan *plan, const float *x, float *values)
{
    assert(!plan->training);
    struct plan_batch batch = {.images = 1};
    struct plan_pass pass = {.plan = plan, .batch = &batch, .slots = 1};
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    if (!plan->prepared)
        plan_refresh(plan);
    if (plan->import_input != NULL)
        plan->import_input((float *)(void *)plan->slot_buffers, x, plan->input, 1);
    else
        memcpy(plan->slot_buffers, x, shape_size(plan->input) * sizeof *x);
    for (int i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == STEP_FORWARD)
            run_stage(&pass, &plan->steps[i], 0, 1, 0, plan->slot_buffers);
    int last = plan->stage_count - 1;
    const void *y = plan->slot_buffers + plan->offsets[last].y;
    plan->engine->unpack_image(values, y, plan->stages[last].out, 0, 1);
}
