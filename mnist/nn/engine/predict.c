/*
 * predict - runs all images through a plan without training, in chunks of a few slots per thread.
 *
 * Chunks are large enough to keep all threads busy and small enough to report progress and to stop
 * soon after an interrupt.
 */
#include "mnist/nn/engine/predict.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/nn/engine/loss.h"
#include "mnist/nn/engine/plan.h"

enum {
    SLOTS_PER_THREAD = 4
}; /* slots of a chunk: enough for an even load, few enough to stop soon */

struct predictor {
    struct network *network;
    struct thread_pool *pool;
    struct plan *plan;
    int classes, chunk; /* images of a chunk */
    uint32_t *indices;  /* [chunk] */
    const struct plugin_loss *loss;
    const struct plugin_metric *metric;
};

/* A plan without training only reads the network. The parameter of plan_new is not const because
   training writes to the network. */
static struct network *cast_away_const(const struct network *network)
{
    union {
        const struct network *from;
        struct network *to;
    } pointer = {.from = network};
    return pointer.to;
}

static bool check_class_count(const struct network *network, struct error *error)
{
    int classes = network_classes(network);
    if (classes <= NETWORK_CLASSES_MAX)
        return true;
    return error_set(
        error, ERROR_USAGE,
        "the network has %d outputs, but at most %d classes are supported: end it with a dense "
        "layer that has one unit per class",
        classes, NETWORK_CLASSES_MAX);
}

struct predictor *predictor_new(const struct network *network, const struct engine *engine,
                                struct thread_pool *pool, struct error *error)
{
    if (!check_class_count(network, error))
        return NULL;
    struct predictor *predictor = calloc(1, sizeof *predictor);
    if (predictor == NULL) {
        error_memory(error, "a predictor", sizeof *predictor);
        return NULL;
    }
    predictor->network = cast_away_const(network);
    predictor->pool = pool;
    predictor->classes = network_classes(network);
    predictor->chunk = SLOTS_PER_THREAD * thread_pool_threads(pool) * SLOT_IMAGES;
    predictor->indices = calloc((size_t)predictor->chunk, sizeof *predictor->indices);
    struct plan_config config = {
        .engine = engine, .batch = predictor->chunk, .threads = thread_pool_threads(pool)};
    if (predictor->indices == NULL)
        error_memory(error, "a predictor", (size_t)predictor->chunk * sizeof *predictor->indices);
    else
        predictor->plan = plan_new(predictor->network, &config, error);
    if (predictor->plan == NULL)
        predictor_free(&predictor);
    return predictor;
}

void predictor_free(struct predictor **predictor)
{
    if (*predictor == NULL)
        return;
    plan_free(&(*predictor)->plan);
    free((*predictor)->indices);
    free(*predictor);
    *predictor = NULL;
}

void predictor_refresh(struct predictor *predictor)
{
    plan_refresh(predictor->plan);
}

/* Runs all images in chunks. probabilities and labels may be NULL. The loss needs labels: without
   `labels`, those of each chunk are written to scratch_labels, if that is not NULL. */
static bool run_chunks(struct predictor *predictor, const struct data_source *source,
                       float *probabilities, uint8_t *labels, uint8_t *scratch_labels,
                       struct plan_result *sum, struct progress *progress, struct error *error)
{
    *sum = (struct plan_result){0};
    for (int done = 0; done < source->count;) {
        int left = source->count - done;
        struct plan_batch batch = {.source = source,
                                   .indices = predictor->indices,
                                   .images = left < predictor->chunk ? left : predictor->chunk,
                                   .loss = predictor->loss};
        for (int i = 0; i < batch.images; i++)
            predictor->indices[i] = (uint32_t)(done + i);
        float *to = probabilities;
        if (to != NULL)
            to += (size_t)done * (size_t)predictor->classes;
        struct plan_result result = plan_predict(predictor->plan, predictor->pool, &batch, to,
                                                 labels != NULL ? labels + done : scratch_labels);
        sum->loss += result.loss;
        sum->correct += result.correct;
        done += batch.images;
        if (!progress_tick(progress, done, source->count))
            return error_interrupted(error);
    }
    return true;
}

bool predictor_run(struct predictor *predictor, const struct data_source *source,
                   float *probabilities, uint8_t *labels, struct progress *progress,
                   struct error *error)
{
    struct plan_result sum;
    return run_chunks(predictor, source, probabilities, labels, NULL, &sum, progress, error);
}

void predictor_set_scoring(struct predictor *predictor, const struct plugin_loss *loss,
                           const struct plugin_metric *metric)
{
    predictor->loss = loss;
    predictor->metric = metric;
}

bool predictor_score(struct predictor *predictor, const struct data_source *source,
                     struct predictor_score *score, struct progress *progress, struct error *error)
{
    const struct plugin_metric *metric = predictor->metric;
    size_t images = (size_t)(metric != NULL ? source->count : predictor->chunk);
    uint8_t *labels = malloc(images + 1);
    float *probabilities = NULL;
    if (metric != NULL)
        probabilities = malloc((images * (size_t)predictor->classes + 1) * sizeof *probabilities);
    struct plan_result sum;
    bool done = labels != NULL && (metric == NULL || probabilities != NULL);
    if (!done)
        error_memory(error, "the predictions", images * (size_t)predictor->classes * sizeof(float));
    done = done && run_chunks(predictor, source, probabilities, metric != NULL ? labels : NULL,
                              labels, &sum, progress, error);
    if (done) {
        int count = source->count > 0 ? source->count : 1;
        *score = (struct predictor_score){sum.loss / count, (double)sum.correct / count, NAN};
        if (metric != NULL)
            score->metric = metric->value(metric->context, probabilities, labels, source->count,
                                          predictor->classes);
    }
    free(labels);
    free(probabilities);
    return done;
}

void predictor_one(struct predictor *predictor, const float *x, float *probabilities)
{
    float logits[NETWORK_CLASSES_MAX];
    struct logits_layout layout = {predictor->classes, 1, predictor->classes, 0};
    plan_forward_one(predictor->plan, x, logits);
    loss_softmax(probabilities, logits, &layout, 1);
}

bool predict_activations(const struct network *network, const struct engine *engine, int layer,
                         const float *x, float *output, struct error *error)
{
    assert(layer >= 0 && layer < network_layer_count(network));
    struct plan_config config = {
        .engine = engine, .batch = 1, .threads = 1, .end_layer = layer + 1};
    struct plan *plan = plan_new(cast_away_const(network), &config, error);
    if (plan == NULL)
        return false;
    plan_forward_one(plan, x, output);
    plan_free(&plan);
    return true;
}
