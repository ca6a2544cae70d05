/*
 * optimizer - from gradients to new weights: SGD with Nesterov momentum, Adam, AdamW.
 *
 * trainer.c calls optimizer_step once a batch. The formulas are PyTorch's, term by term, so that
 * one can train here and compare there (torch.optim.SGD, Adam, AdamW):
 *
 *     SGD    g += decay w;  v = momentum v + g;  w -= rate (g + momentum v)            (Nesterov)
 *     Adam   g += decay w;  m = b1 m + (1-b1) g;  s = b2 s + (1-b2) g^2
 *            w -= rate / (1-b1^t) * m / (sqrt(s) / sqrt(1-b2^t) + epsilon)
 *     AdamW  w -= rate decay w;  then as Adam without its decay
 *
 * Decay applies to weights of convolutions and dense layers only, not to biases and batch-norm.
 */
#ifndef MNIST_NN_TRAIN_OPTIMIZER_H
#define MNIST_NN_TRAIN_OPTIMIZER_H

#include <stdint.h>

#include "mnist/base/thread_pool.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/model/plugin.h"

enum optimizer_kind {
    OPTIMIZER_SGD,
    OPTIMIZER_ADAM,
    OPTIMIZER_ADAMW,
    OPTIMIZER_CUSTOM, /* somebody else's: plugin.h */
    OPTIMIZER_KINDS
};

struct optimizer_config {
    enum optimizer_kind kind;
    float momentum;     /* SGD, 0 = plain: 0 <= momentum < 1 */
    float beta1, beta2; /* Adam, AdamW                       */
    float epsilon;      /* Adam, AdamW; 0 = 1e-8             */
    float decay;
    const struct plugin_optimizer *custom;
};

struct optimizer;

/* State (all zero) for the trained parameters of network. NULL with error when memory runs out.
 * Caller frees. */
struct optimizer *optimizer_new(const struct network *network,
                                const struct optimizer_config *config, struct error *error);
void optimizer_free(struct optimizer **optimizer);

/* Other numbers for an optimizer of the same kind; its state stays. */
void optimizer_configure(struct optimizer *optimizer, const struct optimizer_config *config);

/* network's values move by its gradients. rate is this step's learning rate. The pool's threads
   share
   the values out. */
void optimizer_step(struct optimizer *optimizer, struct network *network, float rate,
                    struct thread_pool *pool);

/* The state, for checkpoints: moments [moment][parameter count], 1 of SGD, 2 of Adam, as many as it says of a custom one;
   borrowed. */
int optimizer_moment_count(const struct optimizer *optimizer);
float *optimizer_moment(struct optimizer *optimizer, int index);
const char *optimizer_moment_name(const struct optimizer *optimizer,
                                  int index); /* "velocity", "mean", "square" */
uint64_t optimizer_steps(const struct optimizer *optimizer);
void optimizer_set_steps(struct optimizer *optimizer, uint64_t steps);
void optimizer_copy(struct optimizer *to,
                    const struct optimizer *from); /* same network, same kind */

/* "sgd", "adam", "adamw"; static; of a custom one "optimizer". */
const char *optimizer_name(enum optimizer_kind kind);

#endif
