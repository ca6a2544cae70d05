/*
 * bench_jobs - training, inference, single images, augmentation and loading, with the functions
 * that the other commands use.
 *
 * Training is timed by the progress ticks of a trainer (trainer.h), so shuffling, the optimizer and
 * the ends of epochs are included. Inference runs a plan batch by batch; single images use
 * predict.h, with floats as input. Images are repeated if the data set is too small, so that every
 * step has the same number.
 */
#include "mnist/bench/bench_jobs.h"

#include <stdlib.h>

#include "mnist/base/clock.h"
#include "mnist/nn/engine/plan.h"
#include "mnist/nn/engine/predict.h"
#include "mnist/workspace/fetch.h"

enum {
    SEED = 42,
    STEPS_LEAST = 64,           /* of an epoch, so that its end contributes little   */
    SINGLE_IMAGES = 256,        /* used in turn                                      */
    SINGLE_STEP = 16,           /* images between two readings of the clock          */
    SINGLE_TIMES_MAX = 1 << 18, /* times for percentiles; later ones are ignored     */
    PIECE_IMAGES = 32,          /* of a task                                         */
    THREAD_PIECES = 8,          /* tasks of each thread in a step                    */
};

/* ---- images ---- */

struct data_loader *bench_images(const struct bench *bench, int batch,
                                 const struct augment_config *augment, struct error *error)
{
    const struct data *data = &bench->session->data;
    const struct dataset_part *train = &bench->dataset->train;
    bool split = bench->dataset == data->prepared && data->validation > 0;
    int there = split ? data->split.train_count : train->count;
    int steps = there / batch > STEPS_LEAST ? there / batch : STEPS_LEAST, count = steps * batch;
    uint32_t *items = malloc((size_t)count * sizeof *items);
    if (items == NULL) {
        error_memory(error, "the order of the images", (size_t)count * sizeof *items);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        items[i] = split ? data->split.train[i % there] : (uint32_t)(i % there);
    const struct data_loader_config config = {
        .images = train->images,
        .labels = train->labels,
        .rows = bench->dataset->rows,
        .columns = bench->dataset->columns,
        .items = items,
        .count = count,
        .normalization = &data->preparation.normalization,
        .augment = augment != NULL ? *augment : (struct augment_config){0},
        .seed = SEED,
    };
    struct data_loader *images = data_loader_new(&config, error);
    free(items);
    return images;
}

bool bench_ended(const struct bench *bench, struct error *error)
{
    return !bench->rounds.stopped || error_interrupted(error);
}

/* Runs one more batch to count its operations. False with error set if memory runs out. */
static bool count_work(struct bench *bench, struct plan *plan, struct data_loader *images,
                       struct error *error)
{
    struct data_source source = data_loader_source(images);
    size_t count = (size_t)bench->batch;
    struct plan_stage_cost costs[PLAN_STAGES_MAX];
    struct thread_pool *pool = thread_pool_new(1, error);
    uint32_t *indices = malloc(count * sizeof *indices);
    bool ready = pool != NULL;
    if (ready && indices == NULL)
        ready = error_memory(error, "the order of the images", count * sizeof *indices);
    if (ready) {
        for (uint32_t i = 0; i < count; i++)
            indices[i] = i % (uint32_t)source.count;
        struct plan_batch batch = {
            .source = &source, .indices = indices, .images = bench->batch, .epoch = 1};
        double work = 0;
        for (int i = plan_profile(plan, pool, &batch, costs) - 1; i >= 0; i--)
            work += costs[i].forward.multiply_adds + costs[i].weights.multiply_adds +
                    costs[i].input.multiply_adds;
        bench->multiply_adds = work / bench->batch;
    }
    free(indices);
    thread_pool_free(&pool);
    return ready;
}

/* ---- train ---- */

static bool train_rounds(struct bench *bench, struct trainer *trainer, struct error *error)
{
    struct session *s = bench->session;
    bench_rounds_begin(&bench->rounds, s, bench->batch, bench->seconds);
    if (trainer_run(trainer, s->pool, &bench->rounds.progress, NULL, error))
        return bench->rounds.count > 0 ||
               error_set(
                   error, ERROR_USAGE,
                   "%d epochs ended before the first round was measured: use a smaller `seconds=`",
                   TRAINER_EPOCHS_MAX);
    return error->kind == ERROR_INTERRUPTED && bench_ended(bench, error);
}

static bool count_training(struct bench *bench, struct network *network, struct data_loader *images,
                           struct error *error)
{
    const struct plan_config config = {.engine = bench->session->engine,
                                       .batch = bench->batch,
                                       .training = true,
                                       .threads = thread_pool_threads(bench->session->pool)};
    struct plan *plan = plan_new(network, &config, error);
    bool done = plan != NULL && count_work(bench, plan, images, error);
    plan_free(&plan);
    return done;
}

bool bench_train(struct bench *bench, struct error *error)
{
    struct trainer_config config = trainer_config_default();
    config.epochs = TRAINER_EPOCHS_MAX;
    config.batch = bench->batch;
    config.schedule = SCHEDULE_CONSTANT;
    config.rate = 0.001f;
    config.seed = SEED;
    struct data_loader *images = bench_images(bench, bench->batch, bench->augment, error);
    struct network *network = images != NULL ? network_clone(bench->network, error) : NULL;
    struct trainer *trainer = NULL;
    if (network != NULL) {
        struct data_source source = data_loader_source(images);
        trainer = trainer_new(network, bench->session->engine, &config, &source, NULL, error);
    }
    bool done = trainer != NULL && train_rounds(bench, trainer, error) &&
                count_training(bench, network, images, error);
    trainer_free(&trainer);
    network_free(&network);
    data_loader_free(&images);
    return done;
}

/* ---- infer ---- */

static void infer_rounds(struct bench *bench, struct plan *plan, const struct data_source *source,
                         uint32_t *indices, float *probabilities)
{
    struct plan_batch batch = {.source = source, .indices = indices, .images = bench->batch};
    int first = 0;
    bench_rounds_begin(&bench->rounds, bench->session, bench->batch, bench->seconds);
    do {
        for (int i = 0; i < bench->batch; i++)
            indices[i] = (uint32_t)(first + i);
        plan_predict(plan, bench->session->pool, &batch, probabilities, NULL);
        first = (first + bench->batch) % source->count;
    } while (bench_rounds_step(&bench->rounds));
}

bool bench_infer(struct bench *bench, struct error *error)
{
    const struct plan_config config = {.engine = bench->session->engine,
                                       .batch = bench->batch,
                                       .threads = thread_pool_threads(bench->session->pool)};
    size_t batch = (size_t)bench->batch, classes = (size_t)network_classes(bench->network);
    struct data_loader *images = bench_images(bench, bench->batch, NULL, error);
    struct network *network = images != NULL ? network_clone(bench->network, error) : NULL;
    struct plan *plan = network != NULL ? plan_new(network, &config, error) : NULL;
    uint32_t *indices = malloc(batch * sizeof *indices);
    float *probabilities = malloc(batch * classes * sizeof *probabilities);
    bool ready = plan != NULL;
    if (ready && (indices == NULL || probabilities == NULL))
        ready = error_memory(error, "the answers", batch * classes * sizeof *probabilities);
    if (ready) {
        struct data_source source = data_loader_source(images);
        infer_rounds(bench, plan, &source, indices, probabilities);
        ready = count_work(bench, plan, images, error);
    }
    free(probabilities);
    free(indices);
    plan_free(&plan);
    network_free(&network);
    data_loader_free(&images);
    return ready && bench_ended(bench, error);
}

/* ---- single ---- */

/* x [SINGLE_IMAGES, rows, columns]; times_us [SINGLE_TIMES_MAX]: *count times after the warm-up. */
static void single_rounds(struct bench *bench, struct predictor *predictor, const float *x,
                          double *times_us, int *count)
{
    size_t size = dataset_image_size(bench->dataset);
    float probabilities[NETWORK_CLASSES_MAX];
    int image = 0;
    *count = 0;
    bench_rounds_begin(&bench->rounds, bench->session, SINGLE_STEP, bench->seconds);
    do {
        for (int i = 0; i < SINGLE_STEP; i++) {
            double began_s = clock_s();
            predictor_one(predictor, x + (size_t)image * size, probabilities);
            if (bench->rounds.warm && *count < SINGLE_TIMES_MAX)
                times_us[(*count)++] = 1e6 * (clock_s() - began_s);
            image = (image + 1) % SINGLE_IMAGES;
        }
    } while (bench_rounds_step(&bench->rounds));
}

static bool single_measure(struct bench *bench, struct predictor *predictor,
                           struct data_loader *images, struct error *error)
{
    size_t x_size = SINGLE_IMAGES * dataset_image_size(bench->dataset) * sizeof(float),
           times_size = SINGLE_TIMES_MAX * sizeof(double);
    float *x = malloc(x_size);
    double *times_us = malloc(times_size);
    bool ready = x != NULL && times_us != NULL;
    if (ready) {
        uint32_t indices[SINGLE_IMAGES];
        int count;
        for (int i = 0; i < SINGLE_IMAGES; i++)
            indices[i] = (uint32_t)i;
        data_loader_fill(images, x, NULL, indices, SINGLE_IMAGES, 0);
        single_rounds(bench, predictor, x, times_us, &count);
        if (count > 0) {
            bench->median_us = bench_median(times_us, count); /* sorts them */
            bench->p99_us = times_us[(count - 1) * 99LL / 100];
        }
    }
    free(times_us);
    free(x);
    return ready ? bench_ended(bench, error)
                 : error_memory(error, "the images and their times", x_size + times_size);
}

bool bench_single(struct bench *bench, struct error *error)
{
    struct session *s = bench->session;
    struct data_loader *images = bench_images(bench, SINGLE_IMAGES, NULL, error);
    struct predictor *predictor =
        images != NULL ? predictor_new(bench->network, s->engine, s->pool, error) : NULL;
    bool done = predictor != NULL && single_measure(bench, predictor, images, error);
    predictor_free(&predictor);
    data_loader_free(&images);
    return done;
}

/* ---- augment ---- */

struct augmenting {
    struct data_loader *images;
    float *x; /* [threads, PIECE_IMAGES, rows, columns] */
    size_t x_stride;
    int first, epoch; /* of the step */
};

static void augment_piece(void *context, int piece, int worker)
{
    struct augmenting *a = context;
    uint32_t indices[PIECE_IMAGES];
    uint8_t labels[PIECE_IMAGES];
    for (int i = 0; i < PIECE_IMAGES; i++)
        indices[i] = (uint32_t)(a->first + piece * PIECE_IMAGES + i);
    data_loader_fill(a->images, a->x + (size_t)worker * a->x_stride, labels, indices, PIECE_IMAGES,
                     a->epoch);
}

static void augment_rounds(struct bench *bench, struct augmenting *a)
{
    struct thread_pool *pool = bench->session->pool;
    int pieces = thread_pool_threads(pool) * THREAD_PIECES, step = pieces * PIECE_IMAGES;
    bench_rounds_begin(&bench->rounds, bench->session, step, bench->seconds);
    do {
        thread_pool_run(pool, augment_piece, a, pieces);
        a->first += step;
        if (a->first >= data_loader_count(a->images)) {
            a->first = 0;
            a->epoch++;
        }
    } while (bench_rounds_step(&bench->rounds));
}

bool bench_augment(struct bench *bench, struct error *error)
{
    int threads = thread_pool_threads(bench->session->pool);
    struct augmenting a = {.epoch = 1,
                           .x_stride = PIECE_IMAGES * dataset_image_size(bench->dataset)};
    size_t size = (size_t)threads * a.x_stride * sizeof *a.x;
    a.images = bench_images(bench, threads * THREAD_PIECES * PIECE_IMAGES, bench->augment, error);
    a.x = a.images != NULL ? malloc(size) : NULL;
    bool ready = a.x != NULL;
    if (ready)
        augment_rounds(bench, &a);
    else if (a.images != NULL)
        error_memory(error, "augmented images", size);
    free(a.x);
    data_loader_free(&a.images);
    return ready && bench_ended(bench, error);
}

/* ---- load ---- */

struct stop_progress {
    struct progress progress;
    struct session *session;
};

static bool stop_tick(struct progress *progress, double done, double total)
{
    (void)done;
    (void)total;
    return !state_stopped(((struct stop_progress *)progress)->session);
}

bool bench_load(struct bench *bench, struct error *error)
{
    char folder[PROJECT_PATHS_SIZE];
    struct stop_progress stop = {{stop_tick}, bench->session};
    if (!project_paths_join(folder, bench->session->places.data, "raw", "", error) ||
        !fetch_if_missing(bench->session, "mnist", folder, error))
        return false;
    bench_rounds_begin(&bench->rounds, bench->session, 0, bench->seconds);
    do {
        struct dataset *dataset = dataset_load(folder, DATASET_MNIST, &stop.progress, error);
        if (dataset == NULL) {
            data_advise("mnist", error);
            return false;
        }
        int images = dataset->train.count + dataset->test.count;
        bench->rounds.step_images = images;
        bench->megabytes = 1e-6 * images * (double)(dataset_image_size(dataset) + 1);
        dataset_free(&dataset);
    } while (bench_rounds_step(&bench->rounds));
    return bench_ended(bench, error);
}
