/*
 * bits - trains small networks and prints hashes of their weights; test_bits.py compares the lines.
 *
 * usage: bits [ISA [THREADS [NAME]]]
 *
 * It depends only on mnist/nn and the data loader, and on no library, so that it can be built for
 * other compilers and machines. The images are generated from random numbers. All random features
 * are enabled: augmentation, dropout, batch-norm, averaged weights, batches that do not divide the
 * number of images, an interrupt in mid-epoch, a plugin layer and a plugin loss. Each line is
 *
 *     NAME ISA HASH LOSS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/rng.h"
#include "mnist/data/data_loader.h"
#include "mnist/nn/train/trainer.h"

enum { IMAGES = 120, SIDE = 28, LAYERS_MAX = 24 };

/* A plugin layer: a trained scale per channel, with dropout of one value in eight. */
static void scale_plan(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers;
    plan->weights = plan->in.channels;
    plan->first = 1;
    plan->spread = 0.2f;
}

static bool keeps(struct layer_pass *pass)
{
    return !pass->training || rng_below(&pass->rng, 8) > 0;
}

static void scale_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    (void)context;
    size_t plane = shape_size(pass->in) / (size_t)pass->in.channels;
    for (size_t i = 0; i < shape_size(pass->in); i++)
        y[i] = keeps(pass) ? pass->weights[i / plane] * x[i] : 0;
}

static void scale_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    (void)context, (void)y;
    size_t plane = shape_size(pass->in) / (size_t)pass->in.channels;
    for (size_t i = 0; i < shape_size(pass->in); i++) {
        bool kept = keeps(pass);
        dx[i] = kept ? pass->weights[i / plane] * dy[i] : 0;
        pass->gradients[i / plane] += kept ? x[i] * dy[i] : 0;
    }
}

static const struct layer_type scale = {
    .name = "scale", .plan = scale_plan, .forward = scale_forward, .backward = scale_backward};

/* A plugin loss: half the squared distance to the one-hot vector. */
static double square_value(const void *context, const float *logits, int classes, int label,
                           float *gradient)
{
    (void)context;
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        gradient[c] = logits[c] - (c == label ? 1.0f : 0.0f);
        sum += 0.5 * (double)gradient[c] * (double)gradient[c];
    }
    return sum;
}

static const struct plugin_loss square = {.name = "square", .value = square_value};

static const struct experiment {
    const char *name;
    struct layer_spec layers[LAYERS_MAX];
    enum optimizer_kind optimizer;
    const struct plugin_loss *loss;
} experiments[] = {
    {"keras",
     {{.type = &layer_conv, .out = 32, .kernel = 3},
      {.type = &layer_relu},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_conv, .out = 64, .kernel = 3},
      {.type = &layer_relu},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_dropout, .rate = 0.5f},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_ADAM,
     NULL},
    {"norms",
     {{.type = &layer_conv, .out = 20, .kernel = 5},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_batchnorm},
      {.type = &layer_relu},
      {.type = &layer_conv, .out = 24, .kernel = 3, .pad = 1},
      {.type = &layer_batchnorm},
      {.type = &layer_relu},
      {.type = &layer_conv, .out = 16, .kernel = 3},
      {.type = &layer_globalpool, .maximum = true},
      {.type = &layer_dense, .out = 30},
      {.type = &layer_relu},
      {.type = &layer_dropout, .rate = 0.3f},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_ADAMW,
     NULL},
    {"strides",
     {{.type = &layer_conv, .out = 6, .kernel = 5, .pad = 2},
      {.type = &layer_relu},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_conv, .out = 16, .kernel = 5},
      {.type = &layer_relu},
      {.type = &layer_avgpool, .kernel = 2},
      {.type = &layer_conv, .out = 8, .kernel = 3, .stride = 2},
      {.type = &layer_flatten},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_SGD,
     NULL},
    /* Planes with smaller tiles at the edge. The weight gradient is a sum over batches of whole
       rows with up to NATIVE_TILES tiles, sorted by size. It depends on the number of rows that
       fit: 13 rows of 3 tiles (for a side of 10), 7 rows of 5 (for 18). */
    {"edges",
     {{.type = &layer_conv, .out = 6, .kernel = 5},
      {.type = &layer_conv, .out = 8, .kernel = 7},
      {.type = &layer_batchnorm},
      {.type = &layer_conv, .out = 12, .kernel = 3, .pad = 1},
      {.type = &layer_batchnorm},
      {.type = &layer_relu},
      {.type = &layer_avgpool, .kernel = 2, .pad = 1},
      {.type = &layer_conv, .out = 17, .kernel = 3, .pad = 1},
      {.type = &layer_batchnorm},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_ADAM,
     NULL},
    {"custom",
     {{.type = &layer_conv, .out = 20, .kernel = 3},
      {.type = &scale},
      {.type = &layer_relu},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_dense, .out = 33},
      {.type = &scale},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_ADAM,
     &square},
    {"activations",
     {{.type = &layer_conv, .out = 20, .kernel = 3},
      {.type = &layer_groupnorm, .numbers = {4}},
      {.type = &layer_gelu},
      {.type = &layer_conv, .out = 20, .kernel = 3, .pad = 1},
      {.type = &layer_layernorm},
      {.type = &layer_silu},
      {.type = &layer_add, .source = "gelu1"},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_conv, .out = 17, .kernel = 3},
      {.type = &layer_sigmoid},
      {.type = &layer_maxpool, .kernel = 2},
      {.type = &layer_leakyrelu, .numbers = {0.1}},
      {.type = &layer_conv, .out = 17, .kernel = 3, .pad = 1},
      {.type = &layer_elu, .numbers = {0.7}},
      {.type = &layer_add, .source = "leakyrelu1"},
      {.type = &layer_dense, .out = 30},
      {.type = &layer_tanh},
      {.type = &layer_dense, .out = 10}},
     OPTIMIZER_ADAM,
     NULL},
};

/* Dark noise with a bright bar whose position encodes the label. */
static void draw_images(uint8_t *images, uint8_t *labels)
{
    for (uint32_t i = 0; i < IMAGES; i++) {
        struct rng rng = rng_stream(7, RNG_SAMPLE, 0, i);
        labels[i] = (uint8_t)rng_below(&rng, 10);
        for (int p = 0; p < SIDE * SIDE; p++) {
            bool bar = p / SIDE / 2 == labels[i] + 2 && p % SIDE > 5 && p % SIDE < 22;
            images[i * SIDE * SIDE + (uint32_t)p] =
                (uint8_t)(rng_below(&rng, 60) + (bar ? 190 : 0));
        }
    }
}

static bool stop_once(struct progress *watch, double done, double total)
{
    (void)watch;
    (void)total;
    return done != 3;
}

static bool run(const struct experiment *experiment, const struct engine *engine,
                struct thread_pool *pool, struct data_loader *loader, struct error *error)
{
    int count = 0;
    while (count < LAYERS_MAX && experiment->layers[count].type != NULL)
        count++;
    struct network *network =
        network_new(experiment->layers, count, (struct shape){1, SIDE, SIDE}, 3, error);
    struct data_source source = {loader, IMAGES, data_loader_fill};
    struct trainer_config config = trainer_config_default();
    config.epochs = 1;
    config.batch = 45;
    config.ema = true;
    config.optimizer = experiment->optimizer;
    config.decay = 0.01f;
    config.smoothing = experiment->loss == NULL ? 0.05f : 0;
    config.plugin_loss = experiment->loss;
    struct trainer *trainer =
        network != NULL ? trainer_new(network, engine, &config, &source, NULL, error) : NULL;
    struct progress watch = {stop_once};
    bool done = trainer != NULL && !trainer_run(trainer, pool, &watch, NULL, error) &&
                error->kind == ERROR_INTERRUPTED && trainer_run(trainer, pool, NULL, NULL, error);
    if (done) {
        int epochs;
        printf("%s %s %016" PRIx64 " %.9g\n", experiment->name, engine->isa, network_hash(network),
               (double)trainer_history(trainer, &epochs)->train_loss);
    }
    trainer_free(&trainer);
    network_free(&network);
    return done;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    static uint8_t images[IMAGES * SIDE * SIDE], labels[IMAGES];
    draw_images(images, labels);
    const struct engine *engine = engine_find("native", argc > 1 ? argv[1] : "auto");
    struct normalization normalization;
    normalization_fit(&normalization, images, SIDE * SIDE, NULL, IMAGES);
    struct data_loader_config config = {
        .images = images,
        .labels = labels,
        .rows = SIDE,
        .columns = SIDE,
        .count = IMAGES,
        .normalization = &normalization,
        .augment = {.rotate = 15, .shift = 3, .scale = 0.15, .shear = 10, .elastic = 1},
        .seed = 5,
    };
    struct data_loader *loader = data_loader_new(&config, &error);
    struct thread_pool *pool =
        thread_pool_new(argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1, &error);
    bool done = engine != NULL && loader != NULL && pool != NULL;
    for (size_t i = 0; done && i < sizeof experiments / sizeof experiments[0]; i++)
        if (argc <= 3 || strcmp(experiments[i].name, argv[3]) == 0)
            done = run(&experiments[i], engine, pool, loader, &error);
    if (engine == NULL)
        fprintf(stderr, "this processor cannot run %s\n", argv[1]);
    else if (!done)
        fprintf(stderr, "%s\n", error.text);
    thread_pool_free(&pool);
    data_loader_free(&loader);
    return done ? 0 : 1;
}
