/*
 * trainer_config - the config of a training: defaults, ranges, and the resulting schedule.
 */
#include <assert.h>

#include "mnist/nn/train/trainer_state.h"

struct trainer_config trainer_config_default(void)
{
    return (struct trainer_config){
        .epochs = 5,
        .batch = 128,
        .rate = 0.01f,
        .optimizer = OPTIMIZER_ADAM,
        .momentum = 0.9f,
        .beta1 = 0.9f,
        .beta2 = 0.999f,
        .schedule = SCHEDULE_ONECYCLE,
        .step_epochs = 1,
        .step_factor = 0.5f,
        .ema_decay = 0.999f,
        .seed = 42,
    };
}

/* A number of the config with its valid range. */
struct limits {
    const char *name;
    double value, low, high;
    bool below; /* value must be less than high */
};

static bool check_limits(const struct limits *limits, int count, struct error *error)
{
    for (int i = 0; i < count; i++) {
        const struct limits *l = &limits[i];
        bool high = l->below ? l->value < l->high : l->value <= l->high;
        if (!(l->value >= l->low && high))
            return error_set(error, ERROR_USAGE, "%s must be from %g to %s%g, not %g", l->name,
                             l->low, l->below ? "below " : "", l->high, l->value);
    }
    return true;
}

bool trainer_check_config(const struct trainer_config *c, struct error *error)
{
    const struct limits limits[] = {
        {"epochs", c->epochs, 1, TRAINER_EPOCHS_MAX, false},
        {"batch", c->batch, 1, TRAINER_BATCH_MAX, false},
        {"rate", (double)c->rate, 1e-12, TRAINER_RATE_MAX, false},
        {"momentum", (double)c->momentum, 0, 1, true},
        {"beta1", (double)c->beta1, 0, 1, true},
        {"beta2", (double)c->beta2, 0, 1, true},
        {"decay", (double)c->decay, 0, 1e3, false},
        {"warmup", (double)c->warmup, 0, c->epochs, true},
        {"smoothing", (double)c->smoothing, 0, 1, true},
        {"ema_decay", (double)c->ema_decay, 0, 1, true},
        {"patience", c->patience, 0, TRAINER_EPOCHS_MAX, false},
        {"clip", (double)c->clip, 0, 1e12, false},
        {"step_epochs", (double)c->step_epochs, 0, TRAINER_EPOCHS_MAX, false},
        {"step_factor", (double)c->step_factor, 0, 1, false},
    };
    assert(c->optimizer < OPTIMIZER_KINDS && c->schedule < SCHEDULE_KINDS);
    assert((c->optimizer == OPTIMIZER_PLUGIN) == (c->plugin_optimizer != NULL));
    assert((c->schedule == SCHEDULE_PLUGIN) == (c->plugin_schedule != NULL));
    if (c->plugin_loss != NULL && c->smoothing > 0)
        return error_set(error, ERROR_USAGE,
                         "smoothing works with cross-entropy only, not with the loss `%s`",
                         c->plugin_loss->name);
    if (c->warmup > 0 && c->epochs > 0 && !(c->warmup < (float)c->epochs))
        return error_set(error, ERROR_USAGE,
                         "warmup must be less than the %d epoch%s of the training, not %g",
                         c->epochs, c->epochs == 1 ? "" : "s", (double)c->warmup);
    return check_limits(limits, sizeof limits / sizeof limits[0], error);
}

bool trainer_check_network(const struct network *network, const struct data_source *training,
                           const struct data_source *validation, struct error *error)
{
    const struct layer *last = network_layer(network, network_layer_count(network) - 1);
    if (network_parameter_count(network) == 0)
        return error_set(error, ERROR_USAGE,
                         "the network has no trainable parameters: add a conv or a dense layer");
    if (training->count < 1 || (validation != NULL && validation->count < 1))
        return error_set(error, ERROR_DATA, "the data set has no %s images",
                         training->count < 1 ? "training" : "validation");
    int classes = network_classes(network);
    if (last->out.height * last->out.width == 1 && classes <= NETWORK_CLASSES_MAX)
        return true;
    return network_check_classes(network, classes <= NETWORK_CLASSES_MAX ? classes : 10, error);
}

/* The first batch-norm with one value per channel and image; NULL if there is none. */
static const struct layer *find_vector_norm(const struct network *network)
{
    for (int i = 0; i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        if (layer_is(layer, &layer_batchnorm) && layer->in.height * layer->in.width == 1)
            return layer;
    }
    return NULL;
}

bool trainer_check_batches(const struct network *network, int images, int batch,
                           struct error *error)
{
    const struct layer *layer = find_vector_norm(network);
    int rest = images % batch, other = batch;
    if (layer == NULL || (batch > 1 && rest != 1))
        return true;
    if (batch == 1)
        return error_set(error, ERROR_USAGE,
                         "%s normalizes each value over the images of a batch, so a batch needs at "
                         "least 2 images: its output would be the same for every image. Choose a "
                         "larger batch, such as batch=32",
                         layer->name);
    while (other < TRAINER_BATCH_MAX && images % other == 1)
        other++;
    return error_set(error, ERROR_USAGE,
                     "%s normalizes each value over the images of a batch, so a batch needs at "
                     "least 2 images, but the last batch of an epoch would have 1 (%d images in "
                     "batches of %d). Choose another size, such as batch=%d",
                     layer->name, images, batch, other);
}

struct schedule trainer_schedule(const struct trainer_config *config, int epoch_batches)
{
    double batches = epoch_batches;
    double every = (double)config->step_epochs * batches;
    return (struct schedule){
        .kind = config->schedule,
        .rate = config->rate,
        .steps = (uint64_t)batches * (uint64_t)config->epochs,
        .warmup_steps = (uint64_t)((double)config->warmup * batches + 0.5),
        .every_steps = every > 1 ? (uint64_t)(every + 0.5) : 1,
        .factor = config->step_factor,
        .plugin = config->plugin_schedule,
    };
}

uint64_t trainer_planned_step(const struct trainer *trainer)
{
    const struct trainer_position *position = &trainer->progress.position;
    return (uint64_t)(position->epoch - 1) * (uint64_t)trainer_batches(trainer) +
           (uint64_t)position->batch;
}

float trainer_rate(const struct trainer *trainer)
{
    int batches = trainer_batches(trainer);
    struct schedule schedule = trainer_schedule(&trainer->config, batches);
    uint64_t begin = (uint64_t)(trainer->progress.schedule_epoch - 1) * (uint64_t)batches +
                     (uint64_t)trainer->progress.schedule_batch;
    schedule.steps -= begin;
    return schedule_rate(&schedule, trainer_planned_step(trainer) - begin);
}
