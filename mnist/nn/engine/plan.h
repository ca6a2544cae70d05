/*
 * plan - a network compiled by an engine for batches of a certain size, with all the memory that
 * takes.
 *
 * trainer.c and predict.c make one and run batches through it; nothing is allocated while they do.
 * A plan walks the stages (engine.h) slot by slot: forward, loss, backward. A stage with a second
 * phase is a barrier: all slots finish the first phase before any begins the second. Without
 * barriers, one thread takes a slot through everything while it lies in its cache.
 *
 * Gradients are summed in lanes: slot s adds to lane s mod PLAN_LANES, in order; then the lanes are
 * added in order. Neither depends on the threads.
 */
#ifndef MNIST_NN_ENGINE_PLAN_H
#define MNIST_NN_ENGINE_PLAN_H

#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/engine/data_source.h"

enum { PLAN_LANES = 16, PLAN_STAGES_MAX = NETWORK_LAYERS_MAX };

struct plan_config {
    const struct engine *engine;
    int batch; /* the largest */
    bool training;
    int threads;   /* of the pools that will run it, at most */
    int end_layer; /* first layer that is left out; 0 = none */
};

struct plan;

/* network is borrowed until plan_free; training writes to its gradients, and (batch-norm) to its
   running statistics. NULL with error when it takes more memory than the machine has. Caller
   frees. */
struct plan *plan_new(struct network *network, const struct plan_config *config,
                      struct error *error) __attribute__((warn_unused_result));
void plan_free(struct plan **plan);

struct plan_batch {
    const struct data_source *source;
    const uint32_t *indices; /* [images], of the source     */
    int images;              /* 1 .. config.batch           */
    int epoch;               /* for source.fill and dropout */
    uint32_t first_image;    /* place in the epoch          */
    uint64_t seed;           /* dropout                     */
    float smoothing;
    const struct plugin_loss *loss; /* NULL = cross-entropy */
};

struct plan_result {
    double loss; /* summed over the batch's images */
    int correct;
};

/* Forward and backward of one batch: the network's gradients are those of the batch's mean loss. */
struct plan_result plan_train(struct plan *plan, struct thread_pool *pool,
                              const struct plan_batch *batch);

/* Of a plan without training, after the network's values changed: packs the weights anew. */
void plan_refresh(struct plan *plan);

/* Of a plan without training: probabilities [images, classes] and labels [images]; each may be
   NULL. Returns the loss without smoothing and correct answers (0 when labels is NULL: then the source
   is not asked for any). */
struct plan_result plan_predict(struct plan *plan, struct thread_pool *pool,
                                const struct plan_batch *batch, float *probabilities,
                                uint8_t *labels);

/* Seconds of one thread; multiply-adds that the engine executes, what fills up its vectors
   included. */
struct plan_cost {
    double seconds, multiply_adds;
};

/* Of one stage, of a whole batch. */
struct plan_stage_cost {
    int first, count;         /* its layers                                             */
    struct plan_cost forward; /* these two without training 0                           */
    struct plan_cost weights; /* backward without the gradient of the stage's input     */
    struct plan_cost input;   /* what that gradient costs beyond it                     */
};

/* Runs one batch through the plan, training or not, with a pool of one thread, and returns how many
   stages it has. For benchmarks: the gradients that are left behind mean nothing. */
int plan_profile(struct plan *plan, struct thread_pool *pool, const struct plan_batch *batch,
                 struct plan_stage_cost costs[PLAN_STAGES_MAX]);

/* Of a plan without training: values [C', H', W'] that the last layer gives for the image x [C, H,
   W], on the calling thread. */
void plan_forward_one(struct plan *plan, const float *x, float *values);

/* Bytes taken. */
uint64_t plan_memory(const struct plan *plan);

#endif
