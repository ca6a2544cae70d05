/*
 * plan - a network compiled by an engine for batches up to a given size, with all the memory for
 * them.
 *
 * trainer.c and predict.c create a plan and run batches through it. Running a batch allocates no
 * memory. A plan runs the stages (engine.h) slot by slot: forward, loss, backward. A stage with a
 * second phase is a barrier: all slots finish its first phase before any slot begins the second.
 * Without barriers, one thread runs a slot through the whole network while the slot stays in cache.
 *
 * Gradients are summed in accumulators: slot s adds to accumulator s mod PLAN_ACCUMULATORS, in slot
 * order; then the accumulators are added in order. Neither step depends on the number of threads.
 */
#ifndef MNIST_NN_ENGINE_PLAN_H
#define MNIST_NN_ENGINE_PLAN_H

#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/engine/data_source.h"

enum { PLAN_ACCUMULATORS = 16, PLAN_STAGES_MAX = NETWORK_LAYERS_MAX };

struct plan_config {
    const struct engine *engine;
    int batch; /* maximum number of images */
    bool training;
    int threads;   /* maximum number of threads of the pools that will run it */
    int end_layer; /* compile the layers before this one; 0 = all layers */
    bool separate; /* for tests: no stage works in place; the results have the same bits */
};

struct plan;

/* network is borrowed until plan_free. Training writes its gradients and, with batch-norm, its
   running statistics. Returns NULL with error set if the plan needs more memory than the machine
   has. Caller frees with plan_free. */
struct plan *plan_new(struct network *network, const struct plan_config *config,
                      struct error *error) __attribute__((warn_unused_result));
void plan_free(struct plan **plan);

struct plan_batch {
    const struct data_source *source;
    const uint32_t *indices; /* [images], of the source */
    int images;              /* 1 .. config.batch */
    int epoch;               /* for source.fill and dropout */
    uint32_t first_image;    /* position of the batch in the epoch */
    uint64_t seed;           /* dropout */
    float smoothing;
    const struct plugin_loss *loss; /* NULL = cross-entropy */
};

struct plan_result {
    double loss; /* sum over the images of the batch */
    int correct;
};

/* Forward and backward of one batch. Overwrites the network's gradients with those of the mean loss
   of the batch. */
struct plan_result plan_train(struct plan *plan, struct thread_pool *pool,
                              const struct plan_batch *batch);

/* Packs the weights again. Plans without training: call it after the network's values have
   changed. */
void plan_refresh(struct plan *plan);

/* Plans without training: writes probabilities [images, classes] and labels [images]; each may be
   NULL. Returns the loss without smoothing and the number of correct answers; both are 0 if labels
   is NULL, and the source is not asked for labels then. */
struct plan_result plan_predict(struct plan *plan, struct thread_pool *pool,
                                const struct plan_batch *batch, float *probabilities,
                                uint8_t *labels);

/* Seconds of one thread, and multiply-adds that the engine executes, padded lanes included. */
struct plan_cost {
    double seconds, multiply_adds;
};

/* Cost of one stage for a whole batch. */
struct plan_stage_cost {
    int first, count;         /* range of layers */
    struct plan_cost forward; /* weights and input are 0 without training */
    struct plan_cost weights; /* backward without the input gradient */
    struct plan_cost input;   /* additional cost of the input gradient */
};

/* For benchmarks: runs one batch through the plan, with or without training, on a pool of one
   thread, and writes the cost of each stage. Returns the number of stages. The network's gradients
   are invalid afterwards. */
int plan_profile(struct plan *plan, struct thread_pool *pool, const struct plan_batch *batch,
                 struct plan_stage_cost costs[PLAN_STAGES_MAX]);

/* Plans without training: computes the last layer's values [C', H', W'] for one image x [C, H, W],
   on the calling thread. */
void plan_forward_one(struct plan *plan, const float *x, float *values);

#endif
