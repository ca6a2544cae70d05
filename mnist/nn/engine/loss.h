/*
 * loss - softmax and cross-entropy with label smoothing.
 *
 * plan.c calls it behind the last layer, slot by slot. Logits lie as the engine left them (struct
 * logits_layout). Computed in doubles with exact_exp and exact_log, the largest logit taken off
 * first:
 * no overflow for any finite logits.
 *
 *     p = softmax(z)      target = smoothing / classes + (1 - smoothing) [class = label]
 *     loss = - sum over classes of target * log p          dz = (p - target) / batch
 */
#ifndef MNIST_NN_ENGINE_LOSS_H
#define MNIST_NN_ENGINE_LOSS_H

#include <stdint.h>

#include "mnist/nn/model/plugin.h"

/* Class c of image i is at c * class_stride + i * image_stride. */
struct logits_layout {
    int classes;
    int class_stride, image_stride;
    int filled; /* classes and what fills them up, 0 in a gradient; 0 = nothing does */
};

struct loss_sums {
    double loss; /* summed over images, not yet divided by anything */
    int correct; /* images whose largest logit (ties: the first) is the label's */
};

/* probabilities [n, classes] of n images' logits. */
void loss_softmax(float *probabilities, const float *logits, const struct logits_layout *layout,
                  int n);

/* Loss of n images; dlogits (NULL = not wanted), laid out as logits, is the gradient of the mean
   loss
   over a batch of batch images. labels [n] below classes. */
struct loss_sums loss_cross_entropy(const float *logits, const struct logits_layout *layout,
                                    const uint8_t *labels, int n, float smoothing, int batch,
                                    float *dlogits);

/* The same by somebody else's loss. */
struct loss_sums loss_custom(const struct plugin_loss *loss, const float *logits,
                             const struct logits_layout *layout, const uint8_t *labels, int n,
                             int batch, float *dlogits);

#endif
