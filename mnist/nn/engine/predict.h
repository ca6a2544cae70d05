/*
 * predict - a trained network's answers: probabilities of many images, of one, and what a layer
 * sees.
 *
 * Used by commands/ (evaluate, predict, plot activations) and by trainer.c for validation.
 * Batch-norm uses its running statistics, dropout does nothing. Slots of images are shared out over
 * the pool; the answers do not depend on its threads.
 */
#ifndef MNIST_NN_ENGINE_PREDICT_H
#define MNIST_NN_ENGINE_PREDICT_H

#include <stdint.h>

#include "mnist/base/errors.h"
#include "mnist/base/progress.h"
#include "mnist/base/thread_pool.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/engine/data_source.h"

struct predictor;

/* All memory is taken here, for pool's threads. network and pool are borrowed until predictor_free.
   The weights are those of now; after changing them call predictor_refresh. NULL with error on
   failure. Caller frees. */
struct predictor *predictor_new(const struct network *network, const struct engine *engine,
                                struct thread_pool *pool, struct error *error)
    __attribute__((warn_unused_result));
void predictor_free(struct predictor **predictor);
void predictor_refresh(struct predictor *predictor);

/* probabilities [source.count, classes] of all images, in the source's order; labels [source.count]
   as the source gave them (NULL = not wanted). False = interrupted (error says so; what was written
   is of no use). watch counts images. */
__attribute__((warn_unused_result)) bool predictor_run(struct predictor *predictor,
                                                       const struct data_source *source,
                                                       float *probabilities, uint8_t *labels,
                                                       struct progress *watch, struct error *error);

/* What predictor_score judges by from now on: a loss of somebody else's (NULL = cross-entropy), and a
   metric (NULL = none). */
void predictor_judge(struct predictor *predictor, const struct plugin_loss *loss,
                     const struct plugin_metric *metric);

/* Of all images: mean loss (without smoothing), accuracy, and the metric, NAN where there is none. */
struct predictor_score {
    double loss, accuracy, metric;
};
__attribute__((warn_unused_result)) bool predictor_score(struct predictor *predictor,
                                                         const struct data_source *source,
                                                         struct predictor_score *score,
                                                         struct progress *watch,
                                                         struct error *error);

/* probabilities [classes] of the image x [C, H, W]. */
void predictor_one(struct predictor *predictor, const float *x, float *probabilities);

/* What layer gives for the image x [C, H, W]: output [C', H', W'] = network_layer(...)->out. False
 * with error when memory runs out. */
__attribute__((warn_unused_result)) bool predict_activations(const struct network *network,
                                                             const struct engine *engine, int layer,
                                                             const float *x, float *output,
                                                             struct error *error);

#endif
