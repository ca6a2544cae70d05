/*
 * loss - softmax and cross-entropy with label smoothing.
 *
 * plan.c calls it after the last layer, for one slot at a time. The logits have the engine's layout
 * (struct logits_layout). All sums are computed in double precision with exact_exp and exact_log.
 * The largest logit is subtracted first, so finite logits cannot overflow.
 *
 *     p = softmax(z)      target = smoothing / classes + (1 - smoothing) [class = label]
 *     loss = - sum over classes of target * log p          dz = (p - target) / batch
 */
#ifndef MNIST_NN_ENGINE_LOSS_H
#define MNIST_NN_ENGINE_LOSS_H

#include <stdint.h>

#include "mnist/nn/model/plugin.h"

/* Class c of image i has the index c * class_stride + i * image_stride. */
struct logits_layout {
    int classes;
    int class_stride, image_stride;
    int padded; /* classes with padding; gradients of the padding are set to 0; 0 = no padding */
};

struct loss_sums {
    double loss; /* sum over the images, not divided */
    int correct; /* images whose largest logit (ties: the first) is that of the label */
};

/* Writes probabilities [n, classes] for the logits of n images. */
void loss_softmax(float *probabilities, const float *logits, const struct logits_layout *layout,
                  int n);

/* Loss of n images with labels [n] below classes. dlogits (NULL = not needed) has the layout of
   logits; it receives the gradient of the mean loss over a batch of `batch` images. */
struct loss_sums loss_cross_entropy(const float *logits, const struct logits_layout *layout,
                                    const uint8_t *labels, int n, float smoothing, int batch,
                                    float *dlogits);

/* The same for a plugin's loss. */
struct loss_sums loss_plugin(const struct plugin_loss *loss, const float *logits,
                             const struct logits_layout *layout, const uint8_t *labels, int n,
                             int batch, float *dlogits);

#endif
