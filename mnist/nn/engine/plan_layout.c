/*
 * plan_layout - builds a plan: compiles the stages, lists the steps, computes sizes and offsets,
 * and allocates one block of memory.
 *
 * carve_all runs twice: without a block it computes the total size, with the block it sets the
 * pointers. Every buffer is a multiple of STAGE_ALIGNMENT bytes, so every buffer is aligned.
 */
#include "mnist/nn/engine/plan_layout.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 * 1024 * 1024 };

/* ---- compiling ------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + STAGE_ALIGNMENT - 1) / STAGE_ALIGNMENT * STAGE_ALIGNMENT;
}

/* Bytes of one slot's values of a shape, in engine layout. */
static size_t slot_size(const struct plan *plan, struct shape shape)
{
    return aligned(SLOT_IMAGES * plan->engine->value_floats(shape) * sizeof(float));
}

static size_t input_size(const struct plan *plan)
{
    return aligned(SLOT_IMAGES * plan->engine->input_floats(plan->network) * sizeof(float));
}

/* Number of trained values of the stage's layers. */
static size_t trained_count(const struct stage *stage)
{
    size_t count = 0;
    for (int i = stage->first; i < stage->first + stage->count; i++)
        count += (size_t)network_layer(stage->network, i)->parameters;
    return count;
}

static bool stage_trains(const struct stage *stage)
{
    for (int i = stage->first; i < stage->first + stage->count; i++)
        if (network_layer(stage->network, i)->weight >= 0)
            return true;
    return false;
}

/* The end of the layers that a stage may cover from first on. `add` reads the output of its source,
   so no stage covers both a source and the layer after it. */
static int stage_end(const struct network *network, int first, int end)
{
    int limit = end;
    for (int i = first; i < end; i++) {
        int source = network_layer(network, i)->source;
        if (source >= first && source < limit)
            limit = source + 1;
    }
    return limit;
}

/* The stage whose last layer this is. */
static int stage_of_layer(const struct plan *plan, int layer)
{
    int stage = 0;
    while (plan->stages[stage].first + plan->stages[stage].count <= layer)
        stage++;
    assert(plan->stages[stage].first + plan->stages[stage].count == layer + 1);
    return stage;
}

/* Connects the stages of `add` with their sources. Backward runs from the last stage to the first,
   so the last stage with a source writes the source's gradient first. */
static void connect_sources(struct plan *plan)
{
    for (int i = 0; i < plan->stage_count; i++)
        plan->offsets[i].source = -1;
    for (int i = plan->stage_count - 1; i >= 0; i--) {
        int layer = network_layer(plan->network, plan->stages[i].first)->source;
        if (layer < 0)
            continue;
        int source = stage_of_layer(plan, layer);
        plan->offsets[i].source = source;
        plan->offsets[i].overwrites = !plan->offsets[source].is_source;
        plan->offsets[source].is_source = true;
    }
}

/* Clears in_place where the memory of x is still needed: by `add`, or by the backward of an earlier
   stage that reads it or its sign. That is the previous stage, or, for the sign, one from which
   stages in place that keep signs (dropout) lead to this one. Without training, the output of a source must outlive the
   two alternating buffers. */
static void check_in_place(struct plan *plan, bool separate)
{
    bool sign_needed = false; /* of x, by the backward of a stage before this one */
    for (int i = 0; i < plan->stage_count; i++) {
        struct stage *stage = &plan->stages[i];
        if (separate || (i > 0 && plan->offsets[i - 1].is_source))
            stage->in_place = false;
        if (sign_needed && stage->changes_sign)
            stage->in_place = false;
        if (plan->training && i > 0 && plan->stages[i - 1].reads_y)
            stage->in_place = false;
        if (!plan->training && plan->offsets[i].is_source)
            stage->in_place = false;
        sign_needed = plan->training && (stage->reads_sign || (stage->in_place && sign_needed));
    }
}

static void compile_stages(struct plan *plan, int end, bool separate)
{
    plan->first_trained = -1;
    for (int first = 0; first < end;) {
        struct stage *stage = &plan->stages[plan->stage_count];
        *stage = (struct stage){.network = plan->network, .engine = plan->engine};
        int limit = stage_end(plan->network, first, end);
        int count = plan->engine->compile(stage, first, limit, plan->training);
        assert(count >= 1 && first + count <= limit);
        stage->first = first;
        stage->count = count;
        stage->in = network_layer(plan->network, first)->in;
        stage->out = network_layer(plan->network, first + count - 1)->out;
        if (!plan->training)
            stage->saved_size = 0;
        if (stage->parts == 0)
            stage->parts = 1;
        plan->first_part[plan->stage_count] = plan->part_count;
        plan->part_count += stage->parts;
        if (stage->unpack_gradients == NULL)
            stage->gradient_count = trained_count(stage);
        if (plan->first_trained < 0 && stage_trains(stage))
            plan->first_trained = plan->stage_count;
        plan->barriers |= stage->forward[1] != NULL || stage->backward[1] != NULL;
        plan->stage_count++;
        first += count;
    }
    if (plan->first_trained < 0)
        plan->first_trained = plan->stage_count;
    connect_sources(plan);
    check_in_place(plan, separate);
}

static void add_step(struct plan *plan, enum plan_step_kind kind, int stage, int phase,
                     bool barrier)
{
    assert(plan->step_count < STEPS_MAX);
    plan->steps[plan->step_count++] = (struct plan_step){kind, stage, phase, barrier};
}

static void add_stage_steps(struct plan *plan, enum plan_step_kind kind, int index)
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

/* Offsets in a slot buffer. Without training, two buffers are used alternately; with training,
   every output is kept for backward. The output of a source is kept in both cases. */
static void lay_out_forward(struct plan *plan)
{
    size_t largest = input_size(plan);
    for (int i = 0; i < plan->stage_count; i++)
        if (slot_size(plan, plan->stages[i].out) > largest)
            largest = slot_size(plan, plan->stages[i].out);
    size_t end = plan->training ? input_size(plan) : 2 * largest, last = 0;
    for (int i = 0; i < plan->stage_count; i++) {
        const struct stage *stage = &plan->stages[i];
        struct stage_offsets *offset = &plan->offsets[i];
        offset->x = last;
        if (stage->in_place) {
            offset->y = last;
        } else if (plan->training || offset->is_source) {
            offset->y = end;
            end += slot_size(plan, stage->out);
        } else {
            offset->y = last == 0 ? largest : 0;
        }
        last = offset->y;
        if (plan->training) {
            offset->saved = end;
            end += aligned(stage->saved_size);
        }
    }
    plan->slot_buffer_size = end;
}

static void lay_out_backward(struct plan *plan)
{
    size_t largest = 0;
    for (int i = plan->first_trained; i < plan->stage_count; i++) {
        size_t out = slot_size(plan, plan->stages[i].out);
        largest = out > largest ? out : largest;
    }
    size_t buffers[2] = {plan->slot_buffer_size, plan->slot_buffer_size + largest};
    plan->slot_buffer_size += 2 * largest;
    int current = 0;
    for (int i = plan->stage_count - 1; i >= plan->first_trained; i--) {
        plan->offsets[i].dy = buffers[current];
        if (!plan->stages[i].in_place && !plan->stages[i].dx_in_place)
            current = 1 - current;
        plan->offsets[i].dx = buffers[current];
        plan->offsets[i].wants_dx = i > plan->first_trained;
        if (plan->offsets[i].is_source) {
            plan->offsets[i].skip = plan->slot_buffer_size;
            plan->slot_buffer_size += slot_size(plan, plan->stages[i].out);
        }
    }
}

static void compute_sizes(struct plan *plan)
{
    lay_out_forward(plan);
    if (plan->training)
        lay_out_backward(plan);
    plan->labels_offset = plan->slot_buffer_size;
    plan->slot_buffer_size += aligned(SLOT_IMAGES);
    for (int i = 0; i < plan->stage_count; i++) {
        const struct stage *stage = &plan->stages[i];
        size_t scratch = aligned(stage->scratch_size);
        plan->scratch_size = scratch > plan->scratch_size ? scratch : plan->scratch_size;
        plan->offsets[i].sums = plan->sum_count;
        plan->sum_count += stage->sum_count;
        plan->offsets[i].gradients = plan->accumulator_stride;
        plan->accumulator_stride += aligned(stage->gradient_count * sizeof(float)) / sizeof(float);
    }
    plan->import_input = plan->engine->input_importer(plan->network);
    plan->raw_size = plan->import_input != NULL
                         ? aligned(SLOT_IMAGES * shape_size(plan->input) * sizeof(float))
                         : 0;
    plan->slot_buffer_count = plan->training && plan->barriers ? plan->slots_max : plan->threads;
    plan->accumulator_count =
        plan->slots_max < PLAN_ACCUMULATORS ? plan->slots_max : PLAN_ACCUMULATORS;
}

/* Returns the next size bytes of the block. Without a block it only adds up sizes. */
static void *carve(struct plan *plan, uint64_t *used, uint64_t size)
{
    char *offset = plan->memory == NULL ? NULL : plan->memory + *used;
    *used += (size + STAGE_ALIGNMENT - 1) / STAGE_ALIGNMENT * STAGE_ALIGNMENT;
    return offset;
}

static uint64_t carve_all(struct plan *plan)
{
    uint64_t used = 0, threads = (uint64_t)plan->threads, slots = (uint64_t)plan->slots_max;
    plan->slot_buffers =
        carve(plan, &used, (uint64_t)plan->slot_buffer_count * plan->slot_buffer_size);
    plan->scratch = carve(plan, &used, threads * plan->scratch_size);
    plan->raw = carve(plan, &used, threads * plan->raw_size);
    plan->sums = carve(plan, &used, slots * plan->sum_count * sizeof(double));
    plan->losses = carve(plan, &used, slots * sizeof *plan->losses);
    plan->images = carve(plan, &used, slots * sizeof *plan->images);
    if (plan->training)
        plan->accumulators =
            carve(plan, &used,
                  (uint64_t)plan->accumulator_count * plan->accumulator_stride * sizeof(float));
    plan->accumulator_affinities.tasks =
        carve(plan, &used, (uint64_t)plan->accumulator_count * sizeof(struct thread_pool_affinity));
    plan->part_affinities.tasks =
        carve(plan, &used, (uint64_t)plan->part_count * sizeof(struct thread_pool_affinity));
    for (int i = 0; i < plan->stage_count; i++) {
        plan->stages[i].prepared = carve(plan, &used, plan->stages[i].prepared_size);
        plan->totals[i] = carve(plan, &used, plan->stages[i].total_count * sizeof(double));
    }
    return used;
}

/* Uses huge pages where available. The slots are read repeatedly; with 4 KiB pages, nearly every
   access misses the TLB. Huge pages save 5 % of the time of `best`. */
static void *allocate(uint64_t size)
{
    if (size < HUGE_PAGE)
        return aligned_alloc(STAGE_ALIGNMENT, size > 0 ? size : STAGE_ALIGNMENT);
    void *memory = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
#if defined(MADV_HUGEPAGE)
    if (memory != NULL)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* optional: failure is harmless */
#endif
    return memory;
}

static bool allocate_memory(struct plan *plan, int batch, struct error *error)
{
    uint64_t size = carve_all(plan);
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (size > machine)
        return error_set(
            error, ERROR_USAGE,
            "batches of %d images need %.2f GiB in this network, more than this "
            "machine's %.2f GiB of memory: use a smaller batch, or pool earlier in the network",
            batch, (double)size / 0x1p30, (double)machine / 0x1p30);
    plan->memory = allocate(size);
    if (plan->memory == NULL)
        return error_memory(error, "the values of a batch", size);
#if defined(__SANITIZE_ADDRESS__)
    memset(plan->memory, 0xFF, size); /* NaN: makes reads of uninitialised memory visible */
#endif
    assert((uintptr_t)plan->memory % STAGE_ALIGNMENT == 0);
    (void)carve_all(plan);
    memset(plan->accumulator_affinities.tasks, 0,
           (size_t)plan->accumulator_count * sizeof(struct thread_pool_affinity));
    memset(plan->part_affinities.tasks, 0,
           (size_t)plan->part_count * sizeof(struct thread_pool_affinity));
    return true;
}

struct plan *plan_new(struct network *network, const struct plan_config *config,
                      struct error *error)
{
    assert(config->batch >= 1 && config->threads >= 1);
    if (config->engine->prepare != NULL && !config->engine->prepare(config->threads, error))
        return NULL;
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
    compile_stages(plan, end, config->separate);
    plan->classes = (int)shape_size(plan->stages[plan->stage_count - 1].out);
    list_steps(plan);
    compute_sizes(plan);
    if (!allocate_memory(plan, config->batch, error))
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
