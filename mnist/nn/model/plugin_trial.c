/*
 * plugin_trial - one image through a layer or a loss, one step of an optimizer.
 *
 * Each array that a function receives is a canary buffer. Every check after a call has its own
 * message, which names the function and the array.
 */
#include "mnist/nn/model/plugin_trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mnist/base/canary_buffer.h"
#include "mnist/base/rng.h"

enum { TRIAL_SEED = 1, WEIGHTS_TRIED = 7 };

/* The initial gradients. Backward must add to them, so they stay near this value; a backward that
   assigns them makes them small. */
static const float initial_gradient = 1e6f;

/* The arguments of a layer's forward and backward; in, out and weights are numbers of values. */
struct layer_trial {
    const struct layer *layer;
    size_t in, out, weights;
    struct canary_buffer x, y, dy, dx, gradients;
};

static void fill_random(struct canary_buffer *values, size_t count, uint32_t item)
{
    float *to = values->bytes;
    struct rng rng = rng_stream(TRIAL_SEED, RNG_SAMPLE, 0, item);
    for (size_t i = 0; i < count; i++)
        to[i] = 2 * rng_uniform(&rng) - 1;
}

static bool allocate(struct layer_trial *t)
{
    return canary_buffer_init(&t->x, t->in * sizeof(float)) &&
           canary_buffer_init(&t->y, t->out * sizeof(float)) &&
           canary_buffer_init(&t->dy, t->out * sizeof(float)) &&
           canary_buffer_init(&t->dx, t->in * sizeof(float)) &&
           canary_buffer_init(&t->gradients, t->weights * sizeof(float));
}

static void release(struct layer_trial *t)
{
    canary_buffer_release(&t->x);
    canary_buffer_release(&t->y);
    canary_buffer_release(&t->dy);
    canary_buffer_release(&t->dx);
    canary_buffer_release(&t->gradients);
}

/* Sets an error with the layer's line; the text begins with the layer's name. */
__attribute__((format(printf, 3, 4))) static bool refuse(const struct layer *layer,
                                                         struct error *error, const char *format,
                                                         ...)
{
    char why[256];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    error_set(error, ERROR_USAGE, "%s: %s", layer->spec.type->name, why);
    if (error != NULL)
        error->line = layer->spec.line;
    return false;
}

static const char *const out_of_bounds = "writes beyond the ends of";

static bool check_forward(const struct layer_trial *t, struct error *error)
{
    if (!canary_buffer_intact(&t->y))
        return refuse(t->layer, error, "its forward %s y, which has %zu values", out_of_bounds,
                      t->out);
    if (!canary_buffer_intact(&t->x))
        return refuse(t->layer, error, "its forward %s x", out_of_bounds);
    long unwritten = canary_buffer_unwritten(&t->y);
    return unwritten < 0 ||
           refuse(t->layer, error, "its forward leaves y[%ld] of %zu values unwritten", unwritten,
                  t->out);
}

static bool check_backward(const struct layer_trial *t, struct error *error)
{
    const float *gradients = t->gradients.bytes;
    if (!canary_buffer_intact(&t->dx))
        return refuse(t->layer, error, "its backward %s dx, which has %zu values", out_of_bounds,
                      t->in);
    if (!canary_buffer_intact(&t->gradients))
        return refuse(t->layer, error, "its backward %s the gradients, which has %zu values",
                      out_of_bounds, t->weights);
    if (!canary_buffer_intact(&t->dy) || !canary_buffer_intact(&t->x) ||
        !canary_buffer_intact(&t->y))
        return refuse(t->layer, error, "its backward %s x, y or dy", out_of_bounds);
    for (size_t i = 0; i < t->weights; i++)
        if (fabsf(gradients[i]) < initial_gradient / 2)
            return refuse(
                t->layer, error,
                "its backward assigns the gradients of its weights: it must add to them (+=), "
                "because all images of a batch share them");
    long unwritten = canary_buffer_unwritten(&t->dx);
    return unwritten < 0 ||
           refuse(t->layer, error, "its backward leaves dx[%ld] of %zu values unwritten", unwritten,
                  t->in);
}

static bool try_layer(struct layer_trial *t, const float *weights, struct error *error)
{
    const struct layer_type *plugin = t->layer->spec.type;
    struct layer_pass pass = {.in = t->layer->in,
                              .out = t->layer->out,
                              .numbers = t->layer->spec.numbers,
                              .weights = weights,
                              .training = true,
                              .rng = rng_stream(TRIAL_SEED, RNG_LAYER, 1, 1)};
    struct layer_pass back = pass;
    float *gradients = t->gradients.bytes;
    fill_random(&t->x, t->in, 1);
    fill_random(&t->dy, t->out, 2);
    plugin->forward(plugin->context, &pass, t->x.bytes, t->y.bytes);
    if (!check_forward(t, error))
        return false;
    for (size_t i = 0; i < t->weights; i++)
        gradients[i] = initial_gradient;
    back.gradients = weights != NULL ? gradients : NULL;
    plugin->backward(plugin->context, &back, t->x.bytes, t->y.bytes, t->dy.bytes, t->dx.bytes);
    return check_backward(t, error);
}

bool plugin_trial_layer(const struct layer *layer, const float *weights, struct error *error)
{
    struct layer_trial t = {.layer = layer,
                            .in = shape_size(layer->in),
                            .out = shape_size(layer->out),
                            .weights = weights != NULL ? (size_t)layer->parameters : 0};
    bool good = allocate(&t)
                    ? try_layer(&t, weights, error)
                    : error_memory(error, "a layer's trial", 2 * (t.in + t.out) * sizeof(float));
    release(&t);
    return good;
}

bool plugin_trial_network(const struct network *network, struct error *error)
{
    for (int i = 0; i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        const float *weights = NULL;
        if (layer->weight >= 0)
            weights =
                network_values_const(network) + network_tensor(network, layer->weight)->offset;
        if (layer_is_plugin(layer) && !plugin_trial_layer(layer, weights, error))
            return false;
    }
    return true;
}

bool plugin_trial_loss(const struct plugin_loss *loss, int classes, struct error *error)
{
    struct canary_buffer gradient;
    float logits[NETWORK_CLASSES_MAX] = {0};
    size_t size = (size_t)classes * sizeof(float);
    if (!canary_buffer_init(&gradient, size))
        return error_memory(error, "a loss's trial", size);
    memset(gradient.bytes, 0, size);
    for (int c = 0; c < classes; c++)
        logits[c] = (float)c / 10 - 0.5f;
    double value = loss->value(loss->context, logits, classes, 0, gradient.bytes);
    bool whole = canary_buffer_intact(&gradient);
    canary_buffer_release(&gradient);
    if (!whole)
        return error_set(error, ERROR_USAGE, "%s %s gradient, which has %d values", loss->name,
                         out_of_bounds, classes);
    return isfinite(value) ||
           error_set(error, ERROR_USAGE, "%s returns %g for logits from -0.5 to %g", loss->name,
                     value, (double)logits[classes - 1]);
}

bool plugin_trial_optimizer(const struct plugin_optimizer *optimizer, struct error *error)
{
    struct canary_buffer memory[PLUGIN_MOMENTS_MAX + 2] = {{NULL, NULL, 0}};
    float *moments[PLUGIN_MOMENTS_MAX] = {NULL};
    int count = optimizer->moments + 2;
    size_t size = WEIGHTS_TRIED * sizeof(float);
    bool good = true;
    for (int i = 0; i < count && good; i++) {
        good = canary_buffer_init(&memory[i], size) ||
               error_memory(error, "an optimizer's trial", size);
        if (good && i < 2)
            fill_random(&memory[i], WEIGHTS_TRIED, (uint32_t)i);
        else if (good)
            moments[i - 2] = memset(memory[i].bytes, 0, size);
    }
    const struct plugin_step step = {.rate = 0.01, .step = 1, .momentum = 0.9, .beta2 = 0.999};
    if (good)
        optimizer->step(optimizer->context, &step, memory[0].bytes, memory[1].bytes, moments,
                        WEIGHTS_TRIED);
    for (int i = 0; i < count && good; i++)
        good = canary_buffer_intact(&memory[i]) ||
               error_set(error, ERROR_USAGE, "%s %s %s, where there are %d", optimizer->name,
                         out_of_bounds,
                         i == 0   ? "the weights"
                         : i == 1 ? "the gradients"
                                  : "its moments",
                         WEIGHTS_TRIED);
    for (int i = 0; i < count; i++)
        canary_buffer_release(&memory[i]);
    return good;
}
