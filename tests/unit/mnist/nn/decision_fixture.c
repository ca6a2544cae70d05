/*
 * decision_fixture - see decision_fixture.h.
 *
 * The relus and maxima of the network are replaced by plugin layers of the same name that compute
 * the same values and record the decisions. All other layers, and the number of layers, on which
 * dropout depends, are unchanged. The images are chosen with the native engine, whose bits are the
 * same on every processor.
 */
#include "tests/unit/mnist/nn/decision_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/nn/engine/exact_math.h"
#include "mnist/nn/engine/plan.h"

enum { IMAGES_MAX = 256, ROUNDS = 400 };

struct observer {
    struct decisions *decisions;
    struct layer layer; /* the layer that it replaces */
    int index;
    bool after_relu;
};

struct decisions {
    struct network *network;
    struct plan *plan;
    struct thread_pool *pool;
    struct observer observers[FIXTURE_SPECS_MAX];
    struct layer_type layers[FIXTURE_SPECS_MAX];
    bool any, batchnorm;
    int count;
    double margins[IMAGES_MAX]; /* [count]: of each image in the last pass */
    uint64_t hash;
};

/* Whether the derivative changes at 0. */
static bool has_corner(const struct layer_spec *spec)
{
    return spec->type == &layer_relu || spec->type == &layer_leakyrelu ||
           (spec->type == &layer_elu && spec->numbers[0] != 1);
}

/* ---- observers ------------------------------------------------------------------------------- */

/* The decisions of the layer on one image so far. */
struct record {
    double margin;
    uint64_t hash; /* FNV-1a */
};

static void record_decision(struct record *record, int chosen, double margin)
{
    record->hash = (record->hash ^ (uint64_t)chosen) * 0x100000001b3u;
    if (!(margin >= record->margin))
        record->margin = margin;
}

/* The value of relu, leakyrelu or elu for x <= 0. */
static float value_below_0(const struct layer_spec *spec, float x)
{
    if (spec->type == &layer_leakyrelu)
        return (float)(spec->numbers[0] * (double)x);
    if (spec->type == &layer_elu)
        return (float)(spec->numbers[0] * (exact_exp((double)x) - 1));
    return 0;
}

/* relu, leakyrelu and elu have a corner at 0. A value that the relu before has set to 0 passes no
   gradient. */
static void decide_corner(const struct observer *observer, const float *x, float *y,
                          struct record *record)
{
    for (size_t i = 0; i < shape_size(observer->layer.in); i++) {
        y[i] = x[i] > 0 ? x[i] : value_below_0(&observer->layer.spec, x[i]);
        if (!observer->after_relu || x[i] != 0)
            record_decision(record, x[i] > 0, fabs((double)x[i]));
    }
}

/* A window of a plane: rows top .. bottom - 1, columns left .. right - 1. */
struct window {
    int top, bottom, left, right;
};

static struct window window_at(const struct layer *layer, int row, int column)
{
    struct shape in = layer->in;
    if (layer_is(layer, &layer_globalpool))
        return (struct window){0, in.height, 0, in.width};
    const struct layer_spec *spec = &layer->spec;
    int top = row * spec->stride - spec->pad, left = column * spec->stride - spec->pad;
    int bottom = top + spec->kernel, right = left + spec->kernel;
    return (struct window){top > 0 ? top : 0, bottom < in.height ? bottom : in.height,
                           left > 0 ? left : 0, right < in.width ? right : in.width};
}

static float decide_window(const struct observer *observer, const float *plane,
                           struct window window, struct record *record)
{
    int width = observer->layer.in.width, chosen = -1;
    double best = -INFINITY, second = -INFINITY;
    for (int i = window.top; i < window.bottom; i++)
        for (int j = window.left; j < window.right; j++) {
            double value = (double)plane[i * width + j];
            if (value > best) {
                second = best;
                best = value;
                chosen = i * width + j;
            } else if (value > second) {
                second = value;
            }
        }
    if (!observer->after_relu || best > 0)
        record_decision(record, chosen, best - second);
    return (float)best;
}

static void decide_maxima(const struct observer *observer, const float *x, float *y,
                          struct record *record)
{
    struct shape in = observer->layer.in, out = observer->layer.out;
    for (int c = 0; c < in.channels; c++, x += in.height * in.width)
        for (int i = 0; i < out.height; i++)
            for (int j = 0; j < out.width; j++)
                *y++ = decide_window(observer, x, window_at(&observer->layer, i, j), record);
}

/* The index of the image, recovered from its stream of random numbers. */
static int image_of(const struct observer *observer, const struct layer_pass *pass)
{
    uint32_t layers = (uint32_t)network_layer_count(observer->decisions->network);
    for (int i = 0; i < observer->decisions->count; i++) {
        uint32_t item = (uint32_t)i * layers + (uint32_t)observer->index;
        struct rng rng = rng_stream(DECISION_SEED, RNG_LAYER, DECISION_EPOCH, item);
        if (memcmp(rng.counter, pass->rng.counter, sizeof rng.counter) == 0)
            return i;
    }
    fail_msg("layer %d: no image has this stream of random numbers", observer->index + 1);
    return 0;
}

static double root_mean_square(const float *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / (double)count);
}

static void plan_observer(const void *context, const double *numbers, struct plugin_plan *plan)
{
    const struct observer *observer = context;
    (void)numbers;
    plan->out = observer->layer.out;
}

static void observe(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    const struct observer *observer = context;
    struct decisions *decisions = observer->decisions;
    int image = image_of(observer, pass);
    struct record record = {INFINITY, 0xcbf29ce484222325u ^ (uint64_t)pass->rng.counter[1]};
    if (has_corner(&observer->layer.spec))
        decide_corner(observer, x, y, &record);
    else
        decide_maxima(observer, x, y, &record);
    double margin = record.margin / root_mean_square(x, shape_size(pass->in));
    if (!(margin >= decisions->margins[image]))
        decisions->margins[image] = margin;
    decisions->hash += record.hash; /* a sum over layers and images does not depend on the order */
}

/* The gradients are not used. */
static void no_gradient(const void *context, struct layer_pass *pass, const float *x,
                        const float *y, const float *dy, float *dx)
{
    (void)context, (void)x, (void)y, (void)dy;
    memset(dx, 0, shape_size(pass->in) * sizeof *dx);
}

/* ---- the network ----------------------------------------------------------------------------- */

static bool decides(const struct layer_spec *spec)
{
    return has_corner(spec) || spec->type == &layer_maxpool ||
           (spec->type == &layer_globalpool && spec->maximum);
}

static struct network *observed_network(struct decisions *decisions, const char *text,
                                        struct shape shape)
{
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct error error = {0};
    int count = specs_from_text(specs, text);
    struct network *plain = network_from_text(text, shape, 1);
    for (int i = 0; i < count; i++) {
        decisions->batchnorm = decisions->batchnorm || specs[i].type == &layer_batchnorm;
        if (!decides(&specs[i]))
            continue;
        decisions->any = true;
        decisions->observers[i] = (struct observer){
            .decisions = decisions,
            .layer = *network_layer(plain, i),
            .index = i,
            .after_relu = i > 0 && layer_is(network_layer(plain, i - 1), &layer_relu)};
        decisions->layers[i] = (struct layer_type){.context = &decisions->observers[i],
                                                   .plan = plan_observer,
                                                   .forward = observe,
                                                   .backward = no_gradient};
        snprintf(decisions->layers[i].name, LAYER_TYPE_NAME_SIZE, "%s", specs[i].type->name);
        specs[i] = (struct layer_spec){.type = &decisions->layers[i]};
    }
    network_free(&plain);
    struct network *network = network_new(specs, count, shape, 1, &error);
    if (network == NULL)
        fail_msg("%s: %s", text, error.text);
    return network;
}

struct decisions *decisions_new(const struct engine *engine, const char *text, struct shape shape,
                                int count)
{
    struct error error = {0};
    struct decisions *decisions = calloc(1, sizeof *decisions);
    assert_non_null(decisions);
    assert_in_range(count, 1, IMAGES_MAX);
    decisions->count = count;
    decisions->network = observed_network(decisions, text, shape);
    decisions->pool = thread_pool_new(1, &error);
    assert_non_null(decisions->pool);
    struct plan_config config = {.engine = engine, .batch = count, .training = true, .threads = 1};
    decisions->plan = plan_new(decisions->network, &config, &error);
    assert_non_null(decisions->plan);
    return decisions;
}

void decisions_free(struct decisions **decisions)
{
    plan_free(&(*decisions)->plan);
    thread_pool_free(&(*decisions)->pool);
    network_free(&(*decisions)->network);
    free(*decisions);
    *decisions = NULL;
}

double decisions_margin(struct decisions *decisions, const float *values,
                        struct memory_images *images, uint64_t *hash)
{
    uint32_t indices[IMAGES_MAX];
    struct data_source source = memory_source(images);
    struct plan_batch batch = {.source = &source,
                               .indices = indices,
                               .images = decisions->count,
                               .epoch = DECISION_EPOCH,
                               .seed = DECISION_SEED};
    double smallest = INFINITY;
    for (int i = 0; i < decisions->count; i++) {
        indices[i] = (uint32_t)i;
        decisions->margins[i] = INFINITY;
    }
    decisions->hash = 0;
    memcpy(network_values(decisions->network), values,
           network_value_count(decisions->network) * sizeof *values);
    if (decisions->any)
        plan_train(decisions->plan, decisions->pool, &batch);
    for (int i = 0; i < decisions->count; i++)
        if (!(decisions->margins[i] >= smallest))
            smallest = decisions->margins[i];
    if (hash != NULL)
        *hash = decisions->hash;
    return smallest;
}

/* ---- images ---------------------------------------------------------------------------------- */

static void draw_again(struct memory_images *images, int image, int round)
{
    struct memory_images other =
        memory_images_make(images->shape, 1, (uint64_t)(1000 + round * IMAGES_MAX + image));
    size_t size = shape_size(images->shape);
    memcpy(images->x + (size_t)image * size, other.x, size * sizeof *other.x);
    images->labels[image] = other.labels[0];
    memory_images_release(&other);
}

struct memory_images decided_images_make(const char *text, struct shape shape, uint64_t seed,
                                         int count, double margin)
{
    struct network *network = network_from_text(text, shape, seed);
    struct decisions *decisions = decisions_new(engine_default(), text, shape, count);
    struct memory_images images = memory_images_make(shape, count, 9);
    double got = 0;
    for (int round = 0; round < ROUNDS && !(got >= margin); round++) {
        got = decisions_margin(decisions, network_values(network), &images, NULL);
        for (int i = 0; i < count; i++)
            if (!((decisions->batchnorm ? got : decisions->margins[i]) >= margin))
                draw_again(&images, i, round);
    }
    if (!(got >= margin))
        fail_msg("%s, %d images %dx%dx%d: none found with a margin of %g in %d attempts", text,
                 count, shape.channels, shape.height, shape.width, margin, ROUNDS);
    decisions_free(&decisions);
    network_free(&network);
    return images;
}
