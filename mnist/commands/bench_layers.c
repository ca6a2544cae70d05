/*
 * bench_layers - `bench layers`: what each stage of a training takes, forward and both gradients, on one thread.
 *
 * The plan's own profile (plan.h) times the stages as they stand in the training, in their order and with what the ones
 * before left in the caches. Each figure is the median over the batches that fit the time.
 */
#include "mnist/commands/bench_jobs.h"

#include <stdlib.h>

#include "mnist/nn/plan.h"

enum { BATCHES_MAX = 1024 };

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
                        struct pool *pool, const struct source *source, uint32_t *indices)
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

static bool profile_plan(struct bench *bench, struct plan *plan, struct pool *pool,
                         struct batch *images, struct error *error)
{
    struct source source = batch_source(images);
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
    struct batch *images = bench_images(bench, bench->batch, bench->augment, error);
    struct network *network = images != NULL ? network_clone(bench->network, error) : NULL;
    struct plan *plan = network != NULL ? plan_new(network, &config, error) : NULL;
    struct pool *pool = plan != NULL ? pool_new(1, error) : NULL;
    bool done = pool != NULL && profile_plan(bench, plan, pool, images, error);
    pool_free(&pool);
    plan_free(&plan);
    network_free(&network);
    batch_free(&images);
    return done && bench_ended(bench, error);
}
