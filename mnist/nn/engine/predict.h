/*
 * predict - inference with a trained network: probabilities of many images or of one, and the
 * activations of a layer.
 *
 * Used by commands/ (evaluate, predict, plot activations) and by trainer.c for validation.
 * Batch-norm uses its running statistics; dropout does nothing. The slots of images are distributed
 * over the thread pool. The results do not depend on the number of threads.
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

/* Allocates all memory, for the threads of the pool. network and pool are borrowed until
   predictor_free. The weights are packed at the first prediction; call predictor_refresh after
   changing them. Returns NULL with error set on failure. Caller frees with predictor_free. */
struct predictor *predictor_new(const struct network *network, const struct engine *engine,
                                struct thread_pool *pool, struct error *error)
    __attribute__((warn_unused_result));
void predictor_free(struct predictor **predictor);
void predictor_refresh(struct predictor *predictor);

/* Writes probabilities [source.count, classes] of all images, in the order of the source, and the
   labels [source.count] of the source (NULL = not needed). Returns false with error set if
   interrupted; the outputs are then incomplete. progress counts images. */
__attribute__((warn_unused_result)) bool predictor_run(struct predictor *predictor,
                                                       const struct data_source *source,
                                                       float *probabilities, uint8_t *labels,
                                                       struct progress *progress,
                                                       struct error *error);

/* Sets the loss (NULL = cross-entropy) and the metric (NULL = none) of predictor_score. Both are
   borrowed. */
void predictor_set_scoring(struct predictor *predictor, const struct plugin_loss *loss,
                           const struct plugin_metric *metric);

/* Scores of all images: mean loss (without smoothing), accuracy, and the metric (NAN without
   one). */
struct predictor_score {
    double loss, accuracy, metric;
};
__attribute__((warn_unused_result)) bool predictor_score(struct predictor *predictor,
                                                         const struct data_source *source,
                                                         struct predictor_score *score,
                                                         struct progress *progress,
                                                         struct error *error);

/* Writes the probabilities [classes] of the image x [C, H, W]. */
void predictor_one(struct predictor *predictor, const float *x, float *probabilities);

/* Writes the output [C', H', W'] of a layer for the image x [C, H, W]. Returns false with error set
   if memory runs out. */
__attribute__((warn_unused_result)) bool predict_activations(const struct network *network,
                                                             const struct engine *engine, int layer,
                                                             const float *x, float *output,
                                                             struct error *error);

#endif
