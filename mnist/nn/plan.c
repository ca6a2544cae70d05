/*
 * plan - memory, order of work, barriers, sums.
 *
 * One block of memory, carved once:
 *
 *     units     what one slot's images need on their way: input, each stage's output and what it
 *               saves, two gradients that take turns. One for each slot if there are barriers (all
 *               slots are under way at once), else one for each thread.
 *     threads   scratch, and the images as filled if they have several channels
 *     slots     sums for the barriers, loss
 *     lanes     gradients
 *     stages    prepared weights, totals
 *
 * A training batch is a list of steps: fill, forward..., loss, backward...; it is cut into segments
 * where a step ends in a barrier. The pool runs a segment over the lanes; a lane takes its slots
 * one after the other.
 */
#include "mnist/nn/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mnist/nn/loops.h"
#include "mnist/nn/loss.h"

enum step_kind { STEP_FILL, STEP_FORWARD, STEP_LOSS, STEP_BACKWARD };

struct step {
    enum step_kind kind;
    int stage, phase;
    bool barrier; /* after it */
};

/* Where a stage's buffers are within a unit, in bytes. */
struct place {
    size_t x, y, dy, dx, saved;
    bool wants_dx;
    size_t sums; /* in doubles, within a slot's */
};

enum { STEPS_MAX = 4 * PLAN_STAGES_MAX + 2, REDUCE_CHUNK = 16384 };

struct plan {
    struct network *network;
    const struct engine *engine;
    bool training, barriers;
    int classes, slots_max, threads, unit_count, lanes;
    struct shape input;

    int stage_count, first_trained, step_count;
    struct stage stages[PLAN_STAGES_MAX];
    struct place places[PLAN_STAGES_MAX];
    double *totals[PLAN_STAGES_MAX];
    struct step steps[STEPS_MAX];

    char *memory;
    uint64_t memory_size;
    char *units;
    size_t unit_size, labels_place;
    char *scratch;
    size_t scratch_size, raw_size;
    char *raw; /* [threads][n, C, H, W], several channels only */
    double *sums;
    size_t sum_count;
    struct loss_sums *losses;
    int *images;
    float *lane_gradients;
    size_t lane_stride;
    bool prepared;
};

/* ---- compiling ------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + STAGE_ALIGNMENT - 1) / STAGE_ALIGNMENT * STAGE_ALIGNMENT;
}

/* Bytes of one slot's values of a shape. */
static size_t slot_size(struct shape shape)
{
    return aligned(SLOT_IMAGES * shape_size(shape) * sizeof(float));
}

static bool stage_trains(const struct stage *stage)
{
    for (int i = stage->first; i < stage->first + stage->count; i++)
        if (network_layer(stage->network, i)->weight >= 0)
            return true;
    return false;
}

static void compile_stages(struct plan *plan, int end)
{
    plan->first_trained = -1;
    for (int first = 0; first < end;) {
        struct stage *stage = &plan->stages[plan->stage_count];
        *stage = (struct stage){.network = plan->network};
        int count = plan->engine->compile(stage, first, end, plan->training);
        assert(count >= 1 && first + count <= end);
        stage->first = first;
        stage->count = count;
        stage->in = network_layer(plan->network, first)->in;
        stage->out = network_layer(plan->network, first + count - 1)->out;
        if (!plan->training)
            stage->saved_size = 0;
        if (plan->first_trained < 0 && stage_trains(stage))
            plan->first_trained = plan->stage_count;
        plan->barriers |= stage->forward[1] != NULL || stage->backward[1] != NULL;
        plan->stage_count++;
        first += count;
    }
    if (plan->first_trained < 0)
        plan->first_trained = plan->stage_count;
}

static void add_step(struct plan *plan, enum step_kind kind, int stage, int phase, bool barrier)
{
    assert(plan->step_count < STEPS_MAX);
    plan->steps[plan->step_count++] = (struct step){kind, stage, phase, barrier};
}

static void add_stage_steps(struct plan *plan, enum step_kind kind, int index)
{
    const struct stage *stage = &plan->stages[index];
    const stage_function *phases = kind == STEP_FORWARD ? stage->forward : stage->backward;
    add_step(plan, kind, index, 0, phases[1] != NULL);
    if (phases[1] != NULL)
        add_step(plan, kind, index, 1, false);
}

static void list_steps(struct plan *plan)
{
    add_step(plan, STEP_FILL, 0, 0, false);
    for (int i = 0; i < plan->stage_count; i++)
        add_stage_steps(plan, STEP_FORWARD, i);
    add_step(plan, STEP_LOSS, 0, 0, false);
    if (plan->training)
        for (int i = plan->stage_count - 1; i >= plan->first_trained; i--)
            add_stage_steps(plan, STEP_BACKWARD, i);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Where everything of a unit lies. Without training two buffers take turns; with it every output is
   kept. */
static void place_forward(struct plan *plan)
{
    size_t largest = slot_size(plan->input);
    for (int i = 0; i < plan->stage_count; i++)
        if (slot_size(plan->stages[i].out) > largest)
            largest = slot_size(plan->stages[i].out);
    size_t end = plan->training ? slot_size(plan->input) : 2 * largest, last = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        const struct stage *stage = &plan->stages[i];
        struct place *place = &plan->places[i];
        place->x = last;
        if (stage->in_place) {
            place->y = last;
        } else if (plan->training) {
            place->y = end;
            end += slot_size(stage->out);
        } else {
            place->y = last == 0 ? largest : 0;
        }
        last = place->y;
        if (plan->training) {
            place->saved = end;
            end += aligned(stage->saved_size);
        }
    }
    plan->unit_size = end;
}

static void place_backward(struct plan *plan)
{
    size_t largest = 0;
    for (int i = plan->first_trained; i < plan->stage_count; i++) {
        size_t out = slot_size(plan->stages[i].out);
        largest = out > largest ? out : largest;
    }
    size_t turns[2] = {plan->unit_size, plan->unit_size + largest};
    plan->unit_size += 2 * largest;
    int turn = 0;
    for (int i = plan->stage_count - 1; i >= plan->first_trained; i--) {
        plan->places[i].dy = turns[turn];
        if (!plan->stages[i].in_place)
            turn = 1 - turn;
        plan->places[i].dx = turns[turn];
        plan->places[i].wants_dx = i > plan->first_trained;
    }
}

static void measure(struct plan *plan)
{
    place_forward(plan);
    if (plan->training)
        place_backward(plan);
    plan->labels_place = plan->unit_size;
    plan->unit_size += aligned(SLOT_IMAGES);
    for (int i = 0; i < plan->stage_count; i++) {
        const struct stage *stage = &plan->stages[i];
        size_t scratch = aligned(stage->scratch_size);
        plan->scratch_size = scratch > plan->scratch_size ? scratch : plan->scratch_size;
        plan->places[i].sums = plan->sum_count;
        plan->sum_count += stage->sum_count;
    }
    plan->raw_size = plan->input.channels > 1 ? slot_size(plan->input) : 0;
    plan->unit_count = plan->training && plan->barriers ? plan->slots_max : plan->threads;
    plan->lanes = plan->slots_max < PLAN_LANES ? plan->slots_max : PLAN_LANES;
    plan->lane_stride =
        aligned(network_parameter_count(plan->network) * sizeof(float)) / sizeof(float);
}

/* The next size bytes of the block; in the first pass, without a block, it only counts. */
static void *carve(struct plan *plan, uint64_t *used, uint64_t size)
{
    char *place = plan->memory == NULL ? NULL : plan->memory + *used;
    *used += (size + STAGE_ALIGNMENT - 1) / STAGE_ALIGNMENT * STAGE_ALIGNMENT;
    return place;
}

static uint64_t carve_all(struct plan *plan)
{
    uint64_t used = 0, threads = (uint64_t)plan->threads, slots = (uint64_t)plan->slots_max;
    plan->units = carve(plan, &used, (uint64_t)plan->unit_count * plan->unit_size);
    plan->scratch = carve(plan, &used, threads * plan->scratch_size);
    plan->raw = carve(plan, &used, threads * plan->raw_size);
    plan->sums = carve(plan, &used, slots * plan->sum_count * sizeof(double));
    plan->losses = carve(plan, &used, slots * sizeof *plan->losses);
    plan->images = carve(plan, &used, slots * sizeof *plan->images);
    if (plan->training)
        plan->lane_gradients =
            carve(plan, &used, (uint64_t)plan->lanes * plan->lane_stride * sizeof(float));
    for (int i = 0; i < plan->stage_count; i++) {
        plan->stages[i].prepared = carve(plan, &used, plan->stages[i].prepared_size);
        plan->totals[i] = carve(plan, &used, plan->stages[i].total_count * sizeof(double));
    }
    return used;
}

static bool take_memory(struct plan *plan, int batch, struct error *error)
{
    uint64_t size = carve_all(plan);
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (size > machine)
        return error_set(error, ERROR_USAGE,
                         "batches of %d images take %.1f GiB in this network, and this machine has "
                         "%.1f GiB: use a smaller batch, or pool earlier in the network",
                         batch, (double)size / 0x1p30, (double)machine / 0x1p30);
    plan->memory = aligned_alloc(STAGE_ALIGNMENT, size > 0 ? size : STAGE_ALIGNMENT);
    if (plan->memory == NULL)
        return error_memory(error, "a batch on its way through the network", size);
    plan->memory_size = carve_all(plan);
    return true;
}

struct plan *plan_new(struct network *network, const struct plan_config *config,
                      struct error *error)
{
    assert(config->batch >= 1 && config->threads >= 1);
    struct plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        error_memory(error, "a plan", sizeof *plan);
        return NULL;
    }
    int end = config->end_layer > 0 ? config->end_layer : network_layer_count(network);
    plan->network = network;
    plan->engine = config->engine;
    plan->training = config->training;
    plan->threads = config->threads;
    plan->input = network_input(network);
    plan->slots_max = (config->batch + SLOT_IMAGES - 1) / SLOT_IMAGES;
    compile_stages(plan, end);
    plan->classes = (int)shape_size(plan->stages[plan->stage_count - 1].out);
    list_steps(plan);
    measure(plan);
    if (!take_memory(plan, config->batch, error))
        plan_free(&plan);
    return plan;
}

void plan_free(struct plan **plan)
{
    if (*plan == NULL)
        return;
    free((*plan)->memory);
    free(*plan);
    *plan = NULL;
}

uint64_t plan_memory(const struct plan *plan)
{
    return plan->memory_size;
}

/* ---- one slot -------------------------------------------------------------------------------- */

/* A batch on its way; the context of the pool's tasks. */
struct pass {
    struct plan *plan;
    const struct plan_batch *batch;
    int slots;
    int first_step, end_step;
    float *probabilities; /* of prediction */
    uint8_t *labels;
};

static char *unit_of(const struct plan *plan, int slot, int worker)
{
    int index = plan->training && plan->barriers ? slot : worker;
    return plan->units + (size_t)index * plan->unit_size;
}

/* [n, C, H, W] -> [C, n, H, W]. */
static void channels_first(float *to, const float *from, struct shape shape, int n)
{
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    for (int c = 0; c < shape.channels; c++)
        for (int i = 0; i < n; i++)
            memcpy(to + ((size_t)c * (size_t)n + (size_t)i) * plane,
                   from + ((size_t)i * (size_t)shape.channels + (size_t)c) * plane,
                   plane * sizeof *to);
}

static void fill_slot(const struct pass *pass, int slot, int n, int worker, char *unit)
{
    const struct plan *plan = pass->plan;
    const struct plan_batch *batch = pass->batch;
    bool several = plan->input.channels > 1;
    bool labelled = plan->training || pass->labels != NULL;
    float *x = (float *)(void *)unit;
    float *raw = several ? (float *)(void *)(plan->raw + (size_t)worker * plan->raw_size) : x;
    uint8_t *labels = (uint8_t *)unit + plan->labels_place;
    batch->source->fill(batch->source->context, raw, labelled ? labels : NULL,
                        batch->indices + slot * SLOT_IMAGES, n, batch->epoch);
    if (several)
        channels_first(x, raw, plan->input, n);
}

/* The gradient of the logits lands where the last stage's backward looks for it. */
static void slot_loss(const struct pass *pass, int slot, int n, char *unit)
{
    struct plan *plan = pass->plan;
    const struct place *last = &plan->places[plan->stage_count - 1];
    const float *logits = (const float *)(const void *)(unit + last->y);
    const uint8_t *labels = (const uint8_t *)unit + plan->labels_place;
    if (plan->training) {
        plan->losses[slot] =
            loss_cross_entropy(logits, labels, plan->classes, n, pass->batch->smoothing,
                               pass->batch->images, (float *)(void *)(unit + last->dy));
        return;
    }
    plan->losses[slot] = (struct loss_sums){0};
    size_t done = (size_t)slot * SLOT_IMAGES;
    if (pass->probabilities != NULL)
        loss_softmax(pass->probabilities + done * (size_t)plan->classes, logits, plan->classes, n);
    if (pass->labels != NULL) {
        memcpy(pass->labels + done, labels, (size_t)n);
        plan->losses[slot] = loss_cross_entropy(logits, labels, plan->classes, n, 0, n, NULL);
    }
}

static void run_stage(const struct pass *pass, const struct step *step, int index, int n,
                      int worker, char *unit)
{
    struct plan *plan = pass->plan;
    const struct stage *stage = &plan->stages[step->stage];
    const struct place *place = &plan->places[step->stage];
    size_t lane = (size_t)(index % PLAN_LANES);
    bool backward = step->kind == STEP_BACKWARD;
    struct slot slot = {
        .images = n,
        .batch_images = pass->batch->images,
        .x = (const float *)(const void *)(unit + place->x),
        .y = (float *)(void *)(unit + place->y),
        .dy = backward ? (float *)(void *)(unit + place->dy) : NULL,
        .dx = backward && place->wants_dx ? (float *)(void *)(unit + place->dx) : NULL,
        .saved = unit + place->saved,
        .scratch = plan->scratch + (size_t)worker * plan->scratch_size,
        .values = network_values_const(plan->network),
        .gradients = plan->training ? plan->lane_gradients + lane * plan->lane_stride : NULL,
        .sums = plan->sums + (size_t)index * plan->sum_count + place->sums,
        .totals = plan->totals[step->stage],
        .seed = pass->batch->seed,
        .epoch = (uint32_t)pass->batch->epoch,
        .first_image = pass->batch->first_image + (uint32_t)index * SLOT_IMAGES,
    };
    (backward ? stage->backward : stage->forward)[step->phase](stage, &slot);
}

static void run_steps(const struct pass *pass, int slot, int worker)
{
    struct plan *plan = pass->plan;
    int left = pass->batch->images - slot * SLOT_IMAGES;
    int n = left < SLOT_IMAGES ? left : SLOT_IMAGES;
    char *unit = unit_of(plan, slot, worker);
    plan->images[slot] = n;
    for (int i = pass->first_step; i < pass->end_step; i++) {
        const struct step *step = &plan->steps[i];
        if (step->kind == STEP_FILL)
            fill_slot(pass, slot, n, worker, unit);
        else if (step->kind == STEP_LOSS)
            slot_loss(pass, slot, n, unit);
        else
            run_stage(pass, step, slot, n, worker, unit);
    }
}

/* ---- the pool's tasks ------------------------------------------------------------------------ */

static void lane_task(void *context, int lane, int worker)
{
    const struct pass *pass = context;
    struct plan *plan = pass->plan;
    if (pass->first_step == 0)
        memset(plan->lane_gradients + (size_t)lane * plan->lane_stride, 0,
               plan->lane_stride * sizeof(float));
    for (int slot = lane; slot < pass->slots; slot += PLAN_LANES)
        run_steps(pass, slot, worker);
}

static void slot_task(void *context, int slot, int worker)
{
    run_steps(context, slot, worker);
}

/* One chunk of the gradients: the lanes' sum, in order. */
static void sum_lanes_task(void *context, int chunk, int worker)
{
    (void)worker;
    const struct pass *pass = context;
    struct plan *plan = pass->plan;
    size_t begin = (size_t)chunk * REDUCE_CHUNK,
           count = network_parameter_count(plan->network) - begin;
    count = count < REDUCE_CHUNK ? count : REDUCE_CHUNK;
    float *sum = network_gradients(plan->network) + begin;
    memcpy(sum, plan->lane_gradients + begin, count * sizeof *sum);
    for (int lane = 1; lane < plan->lanes && lane < pass->slots; lane++)
        loop_add(sum, plan->lane_gradients + (size_t)lane * plan->lane_stride + begin, count);
}

/* The slots' sums of the stage that ends a segment. */
static void reduce_stage(const struct pass *pass, const struct step *step)
{
    struct plan *plan = pass->plan;
    const struct stage *stage = &plan->stages[step->stage];
    struct slot_sums sums = {
        .slots = pass->slots,
        .images = plan->images,
        .sums = plan->sums + plan->places[step->stage].sums,
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
    for (int i = 0; i < plan->stage_count; i++)
        if (plan->stages[i].prepare != NULL)
            plan->stages[i].prepare(&plan->stages[i], network_values_const(plan->network));
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

struct plan_result plan_train(struct plan *plan, struct pool *pool, const struct plan_batch *batch)
{
    int slots = (batch->images + SLOT_IMAGES - 1) / SLOT_IMAGES;
    struct pass pass = {.plan = plan, .batch = batch, .slots = slots};
    assert(plan->training && slots <= plan->slots_max && pool_threads(pool) <= plan->threads);
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    plan_refresh(plan);
    while (pass.end_step < plan->step_count) {
        pass.first_step = pass.end_step;
        while (!plan->steps[pass.end_step].barrier && pass.end_step + 1 < plan->step_count)
            pass.end_step++;
        const struct step *last = &plan->steps[pass.end_step++];
        pool_run(pool, lane_task, &pass, slots < plan->lanes ? slots : plan->lanes);
        if (last->barrier)
            reduce_stage(&pass, last);
    }
    size_t count = network_parameter_count(plan->network);
    pool_run(pool, sum_lanes_task, &pass, (int)((count + REDUCE_CHUNK - 1) / REDUCE_CHUNK));
    return sum_losses(plan, slots);
}

struct plan_result plan_predict(struct plan *plan, struct pool *pool,
                                const struct plan_batch *batch, float *probabilities,
                                uint8_t *labels)
{
    int slots = (batch->images + SLOT_IMAGES - 1) / SLOT_IMAGES;
    assert(!plan->training && slots <= plan->slots_max && pool_threads(pool) <= plan->threads);
    struct pass pass = {.plan = plan,
                        .batch = batch,
                        .slots = slots,
                        .end_step = plan->step_count,
                        .probabilities = probabilities,
                        .labels = labels};
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    if (!plan->prepared)
        plan_refresh(plan);
    pool_run(pool, slot_task, &pass, slots);
    return sum_losses(plan, slots);
}

const float *plan_forward_one(struct plan *plan, const float *x)
{
    assert(!plan->training);
    struct plan_batch batch = {.images = 1};
    struct pass pass = {.plan = plan, .batch = &batch, .slots = 1};
    if (plan->engine->begin != NULL)
        plan->engine->begin();
    if (!plan->prepared)
        plan_refresh(plan);
    memcpy(plan->units, x, shape_size(plan->input) * sizeof *x);
    for (int i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == STEP_FORWARD)
            run_stage(&pass, &plan->steps[i], 0, 1, 0, plan->units);
    return (const float *)(const void *)(plan->units + plan->places[plan->stage_count - 1].y);
}
