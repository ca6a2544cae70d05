/*
 * optimizer - updates weights from gradients: SGD with Nesterov momentum, Adam, AdamW, or a plugin.
 *
 * trainer.c calls optimizer_step once per batch. The formulas are PyTorch's (torch.optim.SGD, Adam,
 * AdamW), so that the results can be compared step by step:
 *
 *     SGD    g += decay w;  v = momentum v + g;  w -= rate (g + momentum v)            (Nesterov)
 *     Adam   g += decay w;  m = b1 m + (1-b1) g;  s = b2 s + (1-b2) g^2
 *            w -= rate / (1-b1^t) * m / (sqrt(s) / sqrt(1-b2^t) + epsilon)
 *     AdamW  w -= rate decay w;  then Adam with decay = 0
 *
 * Decay applies to weights of convolutions, dense layers and plugins, not to biases and batch-norm.
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
    OPTIMIZER_PLUGIN,
    OPTIMIZER_KINDS
};

struct optimizer_config {
    enum optimizer_kind kind;
    float momentum;     /* SGD: 0 <= momentum < 1            */
    float beta1, beta2; /* Adam, AdamW                       */
    float epsilon;      /* Adam, AdamW; 0 = 1e-8             */
    float decay;
    const struct plugin_optimizer *plugin;
};

struct optimizer;

/* An optimizer for the trained parameters of network, with zero moments. NULL with error when
   memory runs out. Caller frees. */
struct optimizer *optimizer_new(const struct network *network,
                                const struct optimizer_config *config, struct error *error);
void optimizer_free(struct optimizer **optimizer);

/* Changes the settings, except the kind and the plugin. Moments and step count stay. */
void optimizer_configure(struct optimizer *optimizer, const struct optimizer_config *config);

/* Updates the network's trained values by its gradients, in fixed chunks on the pool's threads.
   rate is the learning rate of this step. */
void optimizer_step(struct optimizer *optimizer, struct network *network, float rate,
                    struct thread_pool *pool);

/* The state, for checkpoints. SGD has 1 moment, Adam and AdamW 2, a plugin its own number. A moment
   is an array [parameter count], borrowed until optimizer_free. */
int optimizer_moment_count(const struct optimizer *optimizer);
float *optimizer_moment(struct optimizer *optimizer, int index);
/* "velocity"; "mean", "square"; "moment1"...; static. */
const char *optimizer_moment_name(const struct optimizer *optimizer, int index);
uint64_t optimizer_steps(const struct optimizer *optimizer);
void optimizer_set_steps(struct optimizer *optimizer, uint64_t steps);

/* "sgd", "adam", "adamw"; "optimizer" for OPTIMIZER_PLUGIN. Static. */
const char *optimizer_name(enum optimizer_kind kind);

#endif
