/*
 * predict - rounds of a few slots through a plan without training, so that the watch ticks in
 * between.
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
}; /* of a round: enough to share out evenly, little enough to stop soon */

struct predictor {
    struct network *network;
    struct thread_pool *pool;
    struct plan *plan;
    int classes, round; /* images of a round */
    uint32_t *indices;  /* [round]           */
    const struct plugin_loss *loss;
    const struct plugin_metric *metric;
};

/* A plan without training only reads the network; plan_new's is not const for training's sake. */
static struct network *unconst(const struct network *network)
{
    union {
        const struct network *from;
        struct network *to;
    } pointer = {.from = network};
    return pointer.to;
}

static bool check_answers(const struct network *network, struct error *error)
{
    int classes = network_classes(network);
    if (classes <= NETWORK_CLASSES_MAX)
        return true;
    return error_set(
        error, ERROR_USAGE,
        "the network gives %d values for an image, but answers have at most %d classes: end "
        "it with a dense layer of as many units as there are classes",
        classes, NETWORK_CLASSES_MAX);
}

struct predictor *predictor_new(const struct network *network, const struct engine *engine,
                                struct thread_pool *pool, struct error *error)
{
    if (!check_answers(network, error))
        return NULL;
    struct predictor *predictor = calloc(1, sizeof *predictor);
    if (predictor == NULL) {
        error_memory(error, "a predictor", sizeof *predictor);
        return NULL;
    }
    predictor->network = unconst(network);
    predictor->pool = pool;
    predictor->classes = network_classes(network);
    predictor->round = SLOTS_PER_THREAD * thread_pool_threads(pool) * SLOT_IMAGES;
    predictor->indices = calloc((size_t)predictor->round, sizeof *predictor->indices);
    struct plan_config config = {
        .engine = engine, .batch = predictor->round, .threads = thread_pool_threads(pool)};
    if (predictor->indices == NULL)
        error_memory(error, "a predictor", (size_t)predictor->round * sizeof *predictor->indices);
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

/* All images in rounds; probabilities and labels may be NULL, but for a loss there must be labels,
   at least a round of them: scratch_labels. */
static bool run_rounds(struct predictor *predictor, const struct data_source *source,
                       float *probabilities, uint8_t *labels, uint8_t *scratch_labels,
                       struct plan_result *sum, struct progress *watch, struct error *error)
{
    *sum = (struct plan_result){0};
    for (int done = 0; done < source->count;) {
        int left = source->count - done;
        struct plan_batch batch = {.source = source,
                                   .indices = predictor->indices,
                                   .images = left < predictor->round ? left : predictor->round,
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
        if (!progress_tick(watch, done, source->count))
            return error_interrupted(error);
    }
    return true;
}

bool predictor_run(struct predictor *predictor, const struct data_source *source,
                   float *probabilities, uint8_t *labels, struct progress *watch,
                   struct error *error)
{
    struct plan_result sum;
    return run_rounds(predictor, source, probabilities, labels, NULL, &sum, watch, error);
}

void predictor_judge(struct predictor *predictor, const struct plugin_loss *loss,
                     const struct plugin_metric *metric)
{
    predictor->loss = loss;
    predictor->metric = metric;
}

bool predictor_score(struct predictor *predictor, const struct data_source *source,
                     struct predictor_score *score, struct progress *watch, struct error *error)
{
    const struct plugin_metric *metric = predictor->metric;
    size_t images = (size_t)(metric != NULL ? source->count : predictor->round);
    uint8_t *labels = malloc(images + 1);
    float *probabilities = NULL;
    if (metric != NULL)
        probabilities = malloc((images * (size_t)predictor->classes + 1) * sizeof *probabilities);
    struct plan_result sum;
    bool done = labels != NULL && (metric == NULL || probabilities != NULL);
    if (!done)
        error_memory(error, "the answers", images * (size_t)predictor->classes * sizeof(float));
    done = done && run_rounds(predictor, source, probabilities, metric != NULL ? labels : NULL,
                              labels, &sum, watch, error);
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
    struct plan *plan = plan_new(unconst(network), &config, error);
    if (plan == NULL)
        return false;
    plan_forward_one(plan, x, output);
    plan_free(&plan);
    return true;
}
