/*
 * plugin_trial - one image, one step.
 */
#include "mnist/nn/model/plugin_trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mnist/base/canary_buffer.h"
#include "mnist/base/rng.h"

enum { TRIAL_SEED = 1, WEIGHTS_TRIED = 7 };

/* What the gradients are before backward adds to them: far from what it would set them to. */
static const float before = 1e6f;

/* The memory of a layer's two functions. */
struct trial {
    const struct layer *layer;
    size_t in, out, weights;
    struct canary_buffer x, y, dy, dx, gradients;
};

static void draw(struct canary_buffer *values, size_t count, uint32_t item)
{
    float *to = values->bytes;
    struct rng rng = rng_stream(TRIAL_SEED, RNG_SAMPLE, 0, item);
    for (size_t i = 0; i < count; i++)
        to[i] = 2 * rng_uniform(&rng) - 1;
}

static bool take_memory(struct trial *t)
{
    return canary_buffer_init(&t->x, t->in * sizeof(float)) &&
           canary_buffer_init(&t->y, t->out * sizeof(float)) &&
           canary_buffer_init(&t->dy, t->out * sizeof(float)) &&
           canary_buffer_init(&t->dx, t->in * sizeof(float)) &&
           canary_buffer_init(&t->gradients, t->weights * sizeof(float));
}

static void release(struct trial *t)
{
    canary_buffer_release(&t->x);
    canary_buffer_release(&t->y);
    canary_buffer_release(&t->dy);
    canary_buffer_release(&t->dx);
    canary_buffer_release(&t->gradients);
}

/* Of a layer's fault: its line, and the layer named first. */
__attribute__((format(printf, 3, 4))) static bool blame(const struct layer *layer,
                                                        struct error *error, const char *format,
                                                        ...)
{
    char why[256];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    error_set(error, ERROR_USAGE, "%s: %s", layer_spec_name(&layer->spec), why);
    if (error != NULL)
        error->line = layer->spec.line;
    return false;
}

static const char *const beyond = "writes beyond the ends of";

static bool judge_forward(const struct trial *t, struct error *error)
{
    if (!canary_buffer_whole(&t->y))
        return blame(t->layer, error, "its forward %s y, which has %zu values", beyond, t->out);
    if (!canary_buffer_whole(&t->x))
        return blame(t->layer, error, "its forward %s x", beyond);
    long unwritten = canary_buffer_unwritten(&t->y);
    return unwritten < 0 ||
           blame(t->layer, error, "its forward leaves y[%ld] of %zu values unwritten", unwritten,
                 t->out);
}

static bool judge_backward(const struct trial *t, struct error *error)
{
    const float *gradients = t->gradients.bytes;
    if (!canary_buffer_whole(&t->dx))
        return blame(t->layer, error, "its backward %s dx, which has %zu values", beyond, t->in);
    if (!canary_buffer_whole(&t->gradients))
        return blame(t->layer, error, "its backward %s the gradients, which are %zu", beyond,
                     t->weights);
    if (!canary_buffer_whole(&t->dy) || !canary_buffer_whole(&t->x) || !canary_buffer_whole(&t->y))
        return blame(t->layer, error, "its backward %s x, y or dy", beyond);
    for (size_t i = 0; i < t->weights; i++)
        if (fabsf(gradients[i]) < before / 2)
            return blame(
                t->layer, error,
                "its backward sets the gradients of its weights: it must add to them (+=), "
                "since the images of a batch share them");
    long unwritten = canary_buffer_unwritten(&t->dx);
    return unwritten < 0 ||
           blame(t->layer, error, "its backward leaves dx[%ld] of %zu values unwritten", unwritten,
                 t->in);
}

static bool try_layer(struct trial *t, const float *weights, struct error *error)
{
    const struct plugin_layer *custom = t->layer->spec.custom;
    struct plugin_pass pass = {.in = t->layer->in,
                               .out = t->layer->out,
                               .numbers = t->layer->spec.numbers,
                               .weights = weights,
                               .training = true,
                               .rng = rng_stream(TRIAL_SEED, RNG_LAYER, 1, 1)};
    struct plugin_pass back = pass;
    float *gradients = t->gradients.bytes;
    draw(&t->x, t->in, 1);
    draw(&t->dy, t->out, 2);
    custom->forward(custom->context, &pass, t->x.bytes, t->y.bytes);
    if (!judge_forward(t, error))
        return false;
    for (size_t i = 0; i < t->weights; i++)
        gradients[i] = before;
    back.gradients = weights != NULL ? gradients : NULL;
    custom->backward(custom->context, &back, t->x.bytes, t->y.bytes, t->dy.bytes, t->dx.bytes);
    return judge_backward(t, error);
}

bool plugin_trial_layer(const struct layer *layer, const float *weights, struct error *error)
{
    struct trial t = {.layer = layer,
                      .in = shape_size(layer->in),
                      .out = shape_size(layer->out),
                      .weights = weights != NULL ? (size_t)layer->parameters : 0};
    bool good = take_memory(&t)
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
        if (layer->spec.kind == LAYER_CUSTOM && !plugin_trial_layer(layer, weights, error))
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
    bool whole = canary_buffer_whole(&gradient);
    canary_buffer_release(&gradient);
    if (!whole)
        return error_set(error, ERROR_USAGE, "%s %s gradient, which has %d values", loss->name,
                         beyond, classes);
    return isfinite(value) ||
           error_set(error, ERROR_USAGE, "%s gives %g for logits from -0.5 to %g", loss->name,
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
            draw(&memory[i], WEIGHTS_TRIED, (uint32_t)i);
        else if (good)
            moments[i - 2] = memset(memory[i].bytes, 0, size);
    }
    const struct plugin_step step = {.rate = 0.01, .step = 1, .momentum = 0.9, .beta2 = 0.999};
    if (good)
        optimizer->step(optimizer->context, &step, memory[0].bytes, memory[1].bytes, moments,
                        WEIGHTS_TRIED);
    for (int i = 0; i < count && good; i++)
        good =
            canary_buffer_whole(&memory[i]) ||
            error_set(error, ERROR_USAGE, "%s %s %s, where there are %d", optimizer->name, beyond,
                      i == 0   ? "the weights"
                      : i == 1 ? "the gradients"
                               : "its moments",
                      WEIGHTS_TRIED);
    for (int i = 0; i < count; i++)
        canary_buffer_release(&memory[i]);
    return good;
}
