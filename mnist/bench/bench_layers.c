/*
 * bench_layers - `bench layers`: the time of each stage of a training, forward and both gradients,
 * on one thread.
 *
 * The profile of the plan (plan.h) times the stages within a training step, in their order and with
 * the cache contents that earlier stages leave. Each result is the median over the batches that fit
 * the time.
 */
#include "mnist/bench/bench_jobs.h"

#include <stdio.h>
#include <stdlib.h>

#include "mnist/nn/engine/plan.h"

enum { BATCHES_MAX = 1024, NAME_TEXT_SIZE = 160 };

struct profile {
    int stages, batches;
    struct plan_stage_cost costs[PLAN_STAGES_MAX]; /* of the last batch             */
    double *seconds;                               /* [stage][way][BATCHES_MAX]     */
};

static const struct plan_cost *cost_at(const struct plan_stage_cost *stage, int way)
{
    return way == 0 ? &stage->forward : way == 1 ? &stage->weights : &stage->input;
}

static double *seconds_at(const struct profile *profile, int stage, int way)
{
    return profile->seconds + (ptrdiff_t)(stage * BENCH_WAYS + way) * BATCHES_MAX;
}

static void keep(struct profile *profile)
{
    for (int i = 0; i < profile->stages; i++)
        for (int way = 0; way < BENCH_WAYS; way++)
            seconds_at(profile, i, way)[profile->batches] =
                cost_at(&profile->costs[i], way)->seconds;
    profile->batches++;
}

/* indices [batch]. */
static void run_batches(struct bench *bench, struct profile *profile, struct plan *plan,
                        struct thread_pool *pool, const struct data_source *source,
                        uint32_t *indices)
{
    struct plan_batch batch = {
        .source = source, .indices = indices, .images = bench->batch, .epoch = 1};
    int first = 0;
    bench_rounds_begin(&bench->rounds, bench->session, bench->batch, bench->seconds);
    bench->rounds.pool = pool;
    do {
        for (int i = 0; i < bench->batch; i++)
            indices[i] = (uint32_t)(first + i);
        profile->stages = plan_profile(plan, pool, &batch, profile->costs);
        first = (first + bench->batch) % source->count;
        if (bench->rounds.warm && profile->batches < BATCHES_MAX)
            keep(profile);
    } while (bench_rounds_step(&bench->rounds));
}

static void note(struct bench *bench, struct profile *profile)
{
    bench->stage_count = profile->stages;
    for (int i = 0; i < profile->stages; i++) {
        struct bench_stage *stage = &bench->stages[i];
        stage->first = profile->costs[i].first;
        stage->count = profile->costs[i].count;
        for (int way = 0; way < BENCH_WAYS; way++) {
            stage->us[way] =
                1e6 * bench_median(seconds_at(profile, i, way), profile->batches) / bench->batch;
            stage->mflop[way] =
                2e-6 * cost_at(&profile->costs[i], way)->multiply_adds / bench->batch;
        }
    }
}

static bool profile_plan(struct bench *bench, struct plan *plan, struct thread_pool *pool,
                         struct data_loader *images, struct error *error)
{
    struct data_source source = data_loader_source(images);
    struct profile profile = {0};
    size_t batch = (size_t)bench->batch, times = PLAN_STAGES_MAX * BENCH_WAYS * BATCHES_MAX;
    uint32_t *indices = malloc(batch * sizeof *indices);
    profile.seconds = malloc(times * sizeof *profile.seconds);
    bool ready = indices != NULL && profile.seconds != NULL;
    if (ready)
        run_batches(bench, &profile, plan, pool, &source, indices);
    else
        error_memory(error, "the times of the layers", times * sizeof *profile.seconds);
    if (ready && profile.batches > 0)
        note(bench, &profile);
    free(profile.seconds);
    free(indices);
    return ready;
}

bool bench_layers(struct bench *bench, struct error *error)
{
    const struct plan_config config = {
        .engine = bench->session->engine, .batch = bench->batch, .training = true, .threads = 1};
    struct data_loader *images = bench_images(bench, bench->batch, bench->augment, error);
    struct network *network = images != NULL ? network_clone(bench->network, error) : NULL;
    struct plan *plan = network != NULL ? plan_new(network, &config, error) : NULL;
    struct thread_pool *pool = plan != NULL ? thread_pool_new(1, error) : NULL;
    bool done = pool != NULL && profile_plan(bench, plan, pool, images, error);
    thread_pool_free(&pool);
    plan_free(&plan);
    network_free(&network);
    data_loader_free(&images);
    return done && bench_ended(bench, error);
}

/* ---- report ---- */

static void stage_name(char *text, size_t size, const struct bench *bench, int stage)
{
    const struct bench_stage *s = &bench->stages[stage];
    char layer[LAYER_TEXT_SIZE];
    size_t used = 0;
    for (int i = s->first; i < s->first + s->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > s->first ? ", " : "",
                                 layer_spec_print(&network_layer(bench->network, i)->spec, layer));
}

static void add_way(struct table *table, json_t *rows, const struct bench *bench, int stage,
                    int way, double peak)
{
    static const char *const ways[BENCH_WAYS] = {"forward", "gradient of the weights",
                                                 "gradient of the input"};
    char name[NAME_TEXT_SIZE];
    double us = bench->stages[stage].us[way], mflop = bench->stages[stage].mflop[way];
    if (us <= 0)
        return;
    stage_name(name, sizeof name, bench, stage);
    table_row(table);
    table_cell(table, "%s", way == 0 ? name : "");
    table_cell(table, "%s", ways[way]);
    table_cell(table, "%.2f", us);
    json_t *row = json_pack("{s:s, s:s, s:f}", "layers", name, "way", ways[way],
                            "microseconds_per_image", us);
    if (mflop > 0) {
        table_cell(table, "%.3f", mflop);
        table_cell(table, "%.1f", 1e3 * mflop / us);
        table_cell(table, "%.2f %%", 100 * 1e12 * mflop / us / peak);
        json_object_set_new(row, "mflop_per_image_executed", json_real(mflop));
        json_object_set_new(row, "gflops_executed", json_real(1e3 * mflop / us));
        json_object_set_new(row, "share_of_peak_executed", json_real(1e12 * mflop / us / peak));
    }
    json_array_append_new(rows, row);
}

struct table *bench_layers_table(struct bench *bench, json_t *rows)
{
    double peak = bench_peak(&bench->rounds);
    struct table *table = table_new("what each takes for an image, on one thread");
    table_column(table, "layers", TABLE_LEFT);
    table_column(table, "", TABLE_LEFT);
    table_key(table, "pass");
    table_column(table, "microseconds per image", TABLE_RIGHT);
    table_column(table, "MFLOP executed", TABLE_RIGHT);
    table_column(table, "GFLOP/s", TABLE_RIGHT);
    table_column(table, "share of the peak", TABLE_RIGHT);
    for (int i = 0; i < bench->stage_count; i++)
        for (int way = 0; way < BENCH_WAYS; way++)
            add_way(table, rows, bench, i, way, peak);
    return table;
}
