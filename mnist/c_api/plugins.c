/*
 * plugins - the user's functions, behind functions of our own that hand them what mnist.h promises.
 *
 * What is kept of a part is never freed: networks and trainings point to it.
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
struct listed {
    char name[PLUGIN_NAME_SIZE];
    mnist_command_part *command;
    mnist_augmentation_part *augmentation;
};

static struct {
    struct listed *items[LIST_MAX];
    int count;
    bool any;
} list;

static void *keep(const void *part, size_t size, struct error *error)
{
    void *copy = malloc(size);
    if (copy == NULL)
        error_memory(error, "a registered part", size);
    else
        memcpy(copy, part, size);
    return copy;
}

static bool refuse_null(const char *what, struct error *error)
{
    return error_set(error, ERROR_USAGE, "%s is a function, not NULL", what);
}

static void set_name(char to[PLUGIN_NAME_SIZE], const char *name)
{
    snprintf(to, PLUGIN_NAME_SIZE, "%s", name);
}

static bool add(enum plugin_kind kind, const void *part, struct error *error)
{
    list.any = true;
    return plugin_add(kind, part, error) != NULL;
}

/* ---- layers ---------------------------------------------------------------------------------- */

static struct mnist_shape shape_out(struct shape shape)
{
    return (struct mnist_shape){shape.channels, shape.height, shape.width};
}

static void layer_plan(const void *context, const double *numbers, struct plugin_plan *plan)
{
    const struct mnist_layer_part *part = context;
    struct mnist_layer_plan user = {
        .in = shape_out(plan->in), .out = shape_out(plan->out), .numbers = numbers};
    if (part->plan == NULL)
        return;
    plugin_calls_enter();
    part->plan(&user);
    plugin_calls_leave();
    plan->out = (struct shape){user.out.channels, user.out.rows, user.out.columns};
    plan->weights = user.weights;
    plan->first = user.first;
    plan->spread = user.spread;
    snprintf(plan->wrong, sizeof plan->wrong, "%s", user.wrong != NULL ? user.wrong : "");
}

static struct mnist_pass pass_of(struct plugin_pass *pass)
{
    return (struct mnist_pass){.in = shape_out(pass->in),
                               .out = shape_out(pass->out),
                               .numbers = pass->numbers,
                               .weights = pass->weights,
                               .gradients = pass->gradients,
                               .training = pass->training,
                               .rng = (struct mnist_rng *)&pass->rng};
}

static void layer_forward(const void *context, struct plugin_pass *pass, const float *x, float *y)
{
    const struct mnist_layer_part *part = context;
    struct mnist_pass user = pass_of(pass);
    plugin_calls_enter();
    part->forward(&user, x, y);
    plugin_calls_leave();
}

static void layer_backward(const void *context, struct plugin_pass *pass, const float *x,
                           const float *y, const float *dy, float *dx)
{
    const struct mnist_layer_part *part = context;
    struct mnist_pass user = pass_of(pass);
    plugin_calls_enter();
    part->backward(&user, x, y, dy, dx);
    plugin_calls_leave();
}

/* "width=3 scale": what plugin_words_add has accepted. */
static void read_numbers(struct plugin_layer *layer, const char *text)
{
    for (text += strspn(text, " \t\n"); *text != '\0' && layer->number_count < PLUGIN_NUMBERS_MAX;
         text += strspn(text, " \t\n")) {
        size_t size = strcspn(text, " \t\n"), name = strcspn(text, "= \t\n");
        int index = layer->number_count++;
        snprintf(layer->numbers[index].name, PLUGIN_NAME_SIZE, "%.*s", (int)name, text);
        layer->numbers[index].fallback = name < size ? strtod(text + name + 1, NULL) : NAN;
        text += size;
    }
}

bool plugins_add_layer(const char *name, const struct mnist_layer_part *part, struct error *error)
{
    if (part->forward == NULL || part->backward == NULL)
        return error_set(error, ERROR_USAGE, "a layer needs .forward and .backward");
    struct plugin_layer layer = {
        .context = keep(part, sizeof *part, error),
        .plan = layer_plan,
        .forward = layer_forward,
        .backward = layer_backward,
    };
    set_name(layer.name, name);
    read_numbers(&layer, part->parameters != NULL ? part->parameters : "");
    return layer.context != NULL && add(PLUGIN_LAYER, &layer, error);
}

static void same_shape(const void *context, const double *numbers, struct plugin_plan *plan)
{
    (void)context, (void)numbers, (void)plan;
}

static size_t values_of(const struct plugin_pass *pass)
{
    return shape_size(pass->in);
}

static void activation_forward(const void *context, struct plugin_pass *pass, const float *x,
                               float *y)
{
    const struct mnist_activation_part *part = context;
    plugin_calls_enter();
    for (size_t i = 0; i < values_of(pass); i++)
        y[i] = part->value(x[i]);
    plugin_calls_leave();
}

static void activation_backward(const void *context, struct plugin_pass *pass, const float *x,
                                const float *y, const float *dy, float *dx)
{
    const struct mnist_activation_part *part = context;
    (void)y;
    plugin_calls_enter();
    for (size_t i = 0; i < values_of(pass); i++)
        dx[i] = dy[i] * part->slope(x[i]);
    plugin_calls_leave();
}

bool plugins_add_activation(const char *name, const struct mnist_activation_part *part,
                            struct error *error)
{
    if (part->value == NULL || part->slope == NULL)
        return error_set(error, ERROR_USAGE, "an activation needs .value and .slope");
    struct plugin_layer layer = {
        .context = keep(part, sizeof *part, error),
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
    mnist_loss_part *const *part = context;
    plugin_calls_enter();
    double value = (*part)(logits, classes, label, gradient);
    plugin_calls_leave();
    return value;
}

bool plugins_add_loss(const char *name, mnist_loss_part *part, struct error *error)
{
    if (part == NULL)
        return refuse_null("a loss", error);
    struct plugin_loss loss = {.context = keep(&part, sizeof part, error), .value = loss_value};
    set_name(loss.name, name);
    return loss.context != NULL && add(PLUGIN_LOSS, &loss, error);
}

static void optimizer_move(const void *context, const struct plugin_step *step, float *weights,
                           const float *gradients, float *const *moments, int count)
{
    const struct mnist_optimizer_part *part = context;
    const struct mnist_step user = {step->rate, step->step, step->momentum, step->decay};
    plugin_calls_enter();
    part->step(&user, weights, gradients, moments, count);
    plugin_calls_leave();
}

bool plugins_add_optimizer(const char *name, const struct mnist_optimizer_part *part,
                           struct error *error)
{
    if (!(part->rate >= 0 && part->rate <= 10))
        return error_set(error, ERROR_USAGE,
                         "an optimizer's .rate must be 0 (the usual one) to 10, not %.15g",
                         part->rate);
    if (part->step == NULL || part->moments < 0 || part->moments > PLUGIN_MOMENTS_MAX)
        return error_set(error, ERROR_USAGE, "an optimizer needs .step, and 0 to %d .moments",
                         PLUGIN_MOMENTS_MAX);
    struct plugin_optimizer optimizer = {.context = keep(part, sizeof *part, error),
                                         .moments = part->moments,
                                         .rate = (float)part->rate,
                                         .step = optimizer_move};
    set_name(optimizer.name, name);
    return optimizer.context != NULL && add(PLUGIN_OPTIMIZER, &optimizer, error);
}

static double schedule_value(const void *context, double rate, uint64_t step, uint64_t steps)
{
    mnist_schedule_part *const *part = context;
    plugin_calls_enter();
    double value = (*part)(rate, step, steps);
    plugin_calls_leave();
    return value;
}

bool plugins_add_schedule(const char *name, mnist_schedule_part *part, struct error *error)
{
    if (part == NULL)
        return refuse_null("a schedule", error);
    struct plugin_schedule schedule = {.context = keep(&part, sizeof part, error),
                                       .rate = schedule_value};
    set_name(schedule.name, name);
    return schedule.context != NULL && add(PLUGIN_SCHEDULE, &schedule, error);
}

static double metric_value(const void *context, const float *probabilities, const uint8_t *labels,
                           int count, int classes)
{
    mnist_metric_part *const *part = context;
    plugin_calls_enter();
    double value = (*part)(probabilities, labels, count, classes);
    plugin_calls_leave();
    return value;
}

bool plugins_add_metric(const char *name, mnist_metric_part *part, struct error *error)
{
    if (part == NULL)
        return refuse_null("a metric", error);
    struct plugin_metric metric = {.context = keep(&part, sizeof part, error),
                                   .value = metric_value};
    set_name(metric.name, name);
    return metric.context != NULL && add(PLUGIN_METRIC, &metric, error);
}

/* ---- augmentations and commands -------------------------------------------------------------- */

static struct listed *find(const char *name, bool command)
{
    for (int i = list.count; i > 0; i--) {
        struct listed *item = list.items[i - 1];
        if (strcmp(item->name, name) == 0 && (item->command != NULL) == command)
            return item;
    }
    return NULL;
}

static bool add_listed(const struct listed *item, struct error *error)
{
    if (list.count == LIST_MAX)
        return error_set(error, ERROR_STATE,
                         "%d commands and augmentations have been registered: start a new "
                         "session (in a notebook: restart the kernel)",
                         LIST_MAX);
    struct listed *kept = keep(item, sizeof *item, error);
    if (kept != NULL)
        list.items[list.count++] = kept;
    list.any = true;
    return kept != NULL;
}

static void augmentation_change(const void *context, uint8_t *out, const uint8_t *in, int rows,
                                int columns, struct rng *rng)
{
    const struct listed *item = context;
    plugin_calls_enter();
    item->augmentation(out, in, rows, columns, (struct mnist_rng *)rng);
    plugin_calls_leave();
}

bool plugins_add_augmentation(const char *name, mnist_augmentation_part *part, struct error *error)
{
    if (part == NULL)
        return refuse_null("an augmentation", error);
    struct listed item = {.augmentation = part};
    set_name(item.name, name);
    return add_listed(&item, error);
}

bool plugins_add_command(const char *name, mnist_command_part *part, struct error *error)
{
    if (part == NULL)
        return refuse_null("a command", error);
    struct listed item = {.command = part};
    set_name(item.name, name);
    return add_listed(&item, error);
}

mnist_command_part *plugins_command(const char *name)
{
    struct listed *item = find(name, true);
    return item != NULL ? item->command : NULL;
}

bool plugins_augmentation(const char *name, struct augment_plugin *plugin)
{
    const struct listed *item = find(name, false);
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
        good = (canary_buffer_whole(&in) && canary_buffer_whole(&out)) ||
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
