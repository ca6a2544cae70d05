/*
 * plugins - one adapter for each kind of plugin, around the user's function.
 *
 * Copies of registered plugins are never freed, because networks and trainings point to them.
 */
#include "mnist/c_api/plugins.h"

#include "mnist/base/canary_buffer.h"
#include "mnist/c_api/plugin_calls.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 16384 };

/* Commands and augmentations: newest last. */
struct listed_plugin {
    char name[PLUGIN_NAME_SIZE];
    mnist_command_plugin *command;
    mnist_augmentation_plugin *augmentation;
};

static struct {
    struct listed_plugin *items[LIST_MAX];
    int count;
    bool any;
} list;

/* A permanent copy. NULL with error set. */
static void *keep(const void *plugin, size_t size, struct error *error)
{
    void *copy = malloc(size);
    if (copy == NULL)
        error_memory(error, "a plugin", size);
    else
        memcpy(copy, plugin, size);
    return copy;
}

static bool refuse_null(const char *what, struct error *error)
{
    return error_set(error, ERROR_USAGE, "%s must be a function, not NULL", what);
}

static void set_name(char to[PLUGIN_NAME_SIZE], const char *name)
{
    snprintf(to, PLUGIN_NAME_SIZE, "%s", name);
}

static bool add(enum plugin_kind kind, const void *plugin, struct error *error)
{
    list.any = true;
    return plugin_add(kind, plugin, error) != NULL;
}

/* ---- layers ---------------------------------------------------------------------------------- */

static struct mnist_shape shape_out(struct shape shape)
{
    return (struct mnist_shape){shape.channels, shape.height, shape.width};
}

static void layer_plan(const void *context, const double *numbers, struct plugin_plan *plan)
{
    const struct mnist_layer_plugin *plugin = context;
    struct mnist_layer_plan user = {
        .in = shape_out(plan->in), .out = shape_out(plan->out), .numbers = numbers};
    if (plugin->plan == NULL)
        return;
    plugin_calls_enter();
    plugin->plan(&user);
    plugin_calls_leave();
    plan->out = (struct shape){user.out.channels, user.out.rows, user.out.columns};
    plan->weights = user.weights;
    plan->first = user.first;
    plan->spread = user.spread;
    snprintf(plan->wrong, sizeof plan->wrong, "%s", user.wrong != NULL ? user.wrong : "");
}

static struct mnist_pass pass_of(struct layer_pass *pass)
{
    return (struct mnist_pass){.in = shape_out(pass->in),
                               .out = shape_out(pass->out),
                               .numbers = pass->numbers,
                               .weights = pass->weights,
                               .gradients = pass->gradients,
                               .training = pass->training,
                               .rng = (struct mnist_rng *)&pass->rng};
}

static void layer_forward(const void *context, struct layer_pass *pass, const float *x, float *y)
{
    const struct mnist_layer_plugin *plugin = context;
    struct mnist_pass user = pass_of(pass);
    plugin_calls_enter();
    plugin->forward(&user, x, y);
    plugin_calls_leave();
}

static void layer_backward(const void *context, struct layer_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    const struct mnist_layer_plugin *plugin = context;
    struct mnist_pass user = pass_of(pass);
    plugin_calls_enter();
    plugin->backward(&user, x, y, dy, dx);
    plugin_calls_leave();
}

/* Parses "width=3 scale", which plugin_words_add has validated. */
static void read_numbers(struct layer_type *layer, const char *text)
{
    for (text += strspn(text, " \t\n");
         *text != '\0' && layer->parameter_count < LAYER_PARAMETERS_MAX;
         text += strspn(text, " \t\n")) {
        size_t size = strcspn(text, " \t\n"), name = strcspn(text, "= \t\n");
        int index = layer->parameter_count++;
        snprintf(layer->parameters[index].name, PLUGIN_NAME_SIZE, "%.*s", (int)name, text);
        layer->parameters[index].fallback = name < size ? strtod(text + name + 1, NULL) : NAN;
        text += size;
    }
}

bool plugins_add_layer(const char *name, const struct mnist_layer_plugin *plugin,
                       struct error *error)
{
    if (plugin->forward == NULL || plugin->backward == NULL)
        return error_set(error, ERROR_USAGE, "a layer needs .forward and .backward");
    struct layer_type layer = {
        .context = keep(plugin, sizeof *plugin, error),
        .plan = layer_plan,
        .forward = layer_forward,
        .backward = layer_backward,
    };
    set_name(layer.name, name);
    read_numbers(&layer, plugin->parameters != NULL ? plugin->parameters : "");
    return layer.context != NULL && add(PLUGIN_LAYER, &layer, error);
}

static void same_shape(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers, (void)plan;
}

static size_t values_of(const struct layer_pass *pass)
{
    return shape_size(pass->in);
}

static void activation_forward(const void *context, struct layer_pass *pass, const float *x,
                               float *y)
{
    const struct mnist_activation_plugin *plugin = context;
    plugin_calls_enter();
    for (size_t i = 0; i < values_of(pass); i++)
        y[i] = plugin->value(x[i]);
    plugin_calls_leave();
}

static void activation_backward(const void *context, struct layer_pass *pass, const float *x,
                                const float *y, const float *dy, float *dx)
{
    const struct mnist_activation_plugin *plugin = context;
    (void)y;
    plugin_calls_enter();
    for (size_t i = 0; i < values_of(pass); i++)
        dx[i] = dy[i] * plugin->slope(x[i]);
    plugin_calls_leave();
}

bool plugins_add_activation(const char *name, const struct mnist_activation_plugin *plugin,
                            struct error *error)
{
    if (plugin->value == NULL || plugin->slope == NULL)
        return error_set(error, ERROR_USAGE, "an activation needs .value and .slope");
    struct layer_type layer = {
        .context = keep(plugin, sizeof *plugin, error),
        .plan = same_shape,
        .forward = activation_forward,
        .backward = activation_backward,
    };
    set_name(layer.name, name);
    return layer.context != NULL && add(PLUGIN_LAYER, &layer, error);
}

/* ---- training -------------------------------------------------------------------------------- */

static double loss_value(const void *context, const float *logits, int classes, int label,
                         float *gradient)
{
    mnist_loss_plugin *const *plugin = context;
    plugin_calls_enter();
    double value = (*plugin)(logits, classes, label, gradient);
    plugin_calls_leave();
    return value;
}

bool plugins_add_loss(const char *name, mnist_loss_plugin *plugin, struct error *error)
{
    if (plugin == NULL)
        return refuse_null("a loss", error);
    struct plugin_loss loss = {.context = keep(&plugin, sizeof plugin, error), .value = loss_value};
    set_name(loss.name, name);
    return loss.context != NULL && add(PLUGIN_LOSS, &loss, error);
}

static void optimizer_move(const void *context, const struct plugin_step *step, float *weights,
                           const float *gradients, float *const *moments, int count)
{
    const struct mnist_optimizer_plugin *plugin = context;
    const struct mnist_step user = {step->rate, step->step, step->momentum, step->decay};
    plugin_calls_enter();
    plugin->step(&user, weights, gradients, moments, count);
    plugin_calls_leave();
}

bool plugins_add_optimizer(const char *name, const struct mnist_optimizer_plugin *plugin,
                           struct error *error)
{
    if (!(plugin->rate >= 0 && plugin->rate <= 10))
        return error_set(error, ERROR_USAGE,
                         "an optimizer's .rate must be 0 (the default of `train`) to 10, not %.15g",
                         plugin->rate);
    if (plugin->step == NULL || plugin->moments < 0 || plugin->moments > PLUGIN_MOMENTS_MAX)
        return error_set(error, ERROR_USAGE, "an optimizer needs .step, and 0 to %d .moments",
                         PLUGIN_MOMENTS_MAX);
    struct plugin_optimizer optimizer = {.context = keep(plugin, sizeof *plugin, error),
                                         .moments = plugin->moments,
                                         .rate = (float)plugin->rate,
                                         .step = optimizer_move};
    set_name(optimizer.name, name);
    return optimizer.context != NULL && add(PLUGIN_OPTIMIZER, &optimizer, error);
}

static double schedule_value(const void *context, double rate, uint64_t step, uint64_t steps)
{
    mnist_schedule_plugin *const *plugin = context;
    plugin_calls_enter();
    double value = (*plugin)(rate, step, steps);
    plugin_calls_leave();
    return value;
}

bool plugins_add_schedule(const char *name, mnist_schedule_plugin *plugin, struct error *error)
{
    if (plugin == NULL)
        return refuse_null("a schedule", error);
    struct plugin_schedule schedule = {.context = keep(&plugin, sizeof plugin, error),
                                       .rate = schedule_value};
    set_name(schedule.name, name);
    return schedule.context != NULL && add(PLUGIN_SCHEDULE, &schedule, error);
}

static double metric_value(const void *context, const float *probabilities, const uint8_t *labels,
                           int count, int classes)
{
    mnist_metric_plugin *const *plugin = context;
    plugin_calls_enter();
    double value = (*plugin)(probabilities, labels, count, classes);
    plugin_calls_leave();
    return value;
}

bool plugins_add_metric(const char *name, mnist_metric_plugin *plugin, struct error *error)
{
    if (plugin == NULL)
        return refuse_null("a metric", error);
    struct plugin_metric metric = {.context = keep(&plugin, sizeof plugin, error),
                                   .value = metric_value};
    set_name(metric.name, name);
    return metric.context != NULL && add(PLUGIN_METRIC, &metric, error);
}

/* ---- augmentations and commands -------------------------------------------------------------- */

static struct listed_plugin *find(const char *name, bool command)
{
    for (int i = list.count; i > 0; i--) {
        struct listed_plugin *item = list.items[i - 1];
        if (strcmp(item->name, name) == 0 && (item->command != NULL) == command)
            return item;
    }
    return NULL;
}

static bool add_listed(const struct listed_plugin *item, struct error *error)
{
    if (list.count == LIST_MAX)
        return error_set(error, ERROR_STATE,
                         "%d commands and augmentations have been registered: start a new "
                         "session (in a notebook: restart the kernel)",
                         LIST_MAX);
    struct listed_plugin *kept = keep(item, sizeof *item, error);
    if (kept != NULL)
        list.items[list.count++] = kept;
    list.any = true;
    return kept != NULL;
}

static void augmentation_change(const void *context, uint8_t *out, const uint8_t *in, int rows,
                                int columns, struct rng *rng)
{
    const struct listed_plugin *item = context;
    plugin_calls_enter();
    item->augmentation(out, in, rows, columns, (struct mnist_rng *)rng);
    plugin_calls_leave();
}

bool plugins_add_augmentation(const char *name, mnist_augmentation_plugin *plugin,
                              struct error *error)
{
    if (plugin == NULL)
        return refuse_null("an augmentation", error);
    struct listed_plugin item = {.augmentation = plugin};
    set_name(item.name, name);
    return add_listed(&item, error);
}

bool plugins_add_command(const char *name, mnist_command_plugin *plugin, struct error *error)
{
    if (plugin == NULL)
        return refuse_null("a command", error);
    struct listed_plugin item = {.command = plugin};
    set_name(item.name, name);
    return add_listed(&item, error);
}

mnist_command_plugin *plugins_command(const char *name)
{
    struct listed_plugin *item = find(name, true);
    return item != NULL ? item->command : NULL;
}

bool plugins_augmentation(const char *name, struct augment_plugin *plugin)
{
    const struct listed_plugin *item = find(name, false);
    if (item == NULL)
        return false;
    *plugin = (struct augment_plugin){.context = item, .change = augmentation_change};
    snprintf(plugin->name, sizeof plugin->name, "%s", name);
    return true;
}

bool plugins_try_augmentation(const struct augment_plugin *plugin, int rows, int columns,
                              struct error *error)
{
    struct canary_buffer in, out;
    struct rng rng = rng_stream(1, RNG_BENDING, 0, 0);
    size_t size = (size_t)rows * (size_t)columns;
    bool taken = canary_buffer_init(&in, size), both = canary_buffer_init(&out, size) && taken,
         good = false;
    if (both) {
        for (size_t i = 0; i < size; i++)
            ((uint8_t *)in.bytes)[i] = (uint8_t)rng_below(&rng, 256);
        plugin->change(plugin->context, out.bytes, in.bytes, rows, columns, &rng);
        good = (canary_buffer_intact(&in) && canary_buffer_intact(&out)) ||
               error_set(error, ERROR_USAGE,
                         "%s writes beyond the ends of its images, which have %d x %d bytes",
                         plugin->name, rows, columns);
    } else {
        error_memory(error, "an augmentation's trial", size);
    }
    canary_buffer_release(&in);
    canary_buffer_release(&out);
    return good;
}

bool plugins_any(void)
{
    return list.any;
}

void plugins_forget(void)
{
    plugin_forget();
    list.count = 0;
}
