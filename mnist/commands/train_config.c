/*
 * train_config - converts the parameters of `train` to the config of a training, and to the recipe
 * that is stored with the network.
 *
 * The recipe is the list of commands that trained the network, separated by "; ", with the values
 * of variables instead of their names:
 *
 *     train epochs=2 batch=64 seed=3; train resume epochs=3 rate=0.001
 */
#include "mnist/base/utf8.h"
#include "mnist/commands/train.h"
#include "mnist/workspace/session_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- config ---------------------------------------------------------------------------------- */

static enum optimizer_kind optimizer_of(const struct bound_call *call)
{
    return bound_call_is(call, "optimizer", "sgd")     ? OPTIMIZER_SGD
           : bound_call_is(call, "optimizer", "adamw") ? OPTIMIZER_ADAMW
           : bound_call_is(call, "optimizer", "adam")  ? OPTIMIZER_ADAM
                                                       : OPTIMIZER_PLUGIN;
}

static enum schedule_kind schedule_of(const struct bound_call *call)
{
    return bound_call_is(call, "schedule", "constant")   ? SCHEDULE_CONSTANT
           : bound_call_is(call, "schedule", "step")     ? SCHEDULE_STEP
           : bound_call_is(call, "schedule", "cosine")   ? SCHEDULE_COSINE
           : bound_call_is(call, "schedule", "onecycle") ? SCHEDULE_ONECYCLE
                                                         : SCHEDULE_PLUGIN;
}

/* The plugin that the parameter `name` selects; NULL if it has a built-in value or no value. */
static const void *plugin_of(const struct bound_call *call, const char *name, enum plugin_kind kind)
{
    const char *value = bound_call_string(call, name);
    return value != NULL ? plugin_find(kind, value) : NULL;
}

/* The default learning rate, as in `help train`. */
static float default_rate(const struct trainer_config *config)
{
    if (config->plugin_optimizer != NULL && config->plugin_optimizer->rate > 0)
        return config->plugin_optimizer->rate;
    if (config->optimizer == OPTIMIZER_SGD)
        return 0.05f;
    return config->schedule == SCHEDULE_ONECYCLE ? 0.01f : 0.001f;
}

/* Sets optimizer, schedule, loss and metric, each built-in or a plugin. */
static void set_choices(struct trainer_config *config, const struct bound_call *call,
                        bool (*has)(const struct bound_call *call, const char *name))
{
    if (has(call, "optimizer")) {
        config->plugin_optimizer = plugin_of(call, "optimizer", PLUGIN_OPTIMIZER);
        config->optimizer = optimizer_of(call);
    }
    if (has(call, "schedule")) {
        config->plugin_schedule = plugin_of(call, "schedule", PLUGIN_SCHEDULE);
        config->schedule = schedule_of(call);
    }
    if (has(call, "loss"))
        config->plugin_loss = plugin_of(call, "loss", PLUGIN_LOSS);
    if (has(call, "metric"))
        config->metric = plugin_of(call, "metric", PLUGIN_METRIC);
}

/* Sets the numbers whose default does not depend on other parameters. */
static void set_numbers(struct trainer_config *config, const struct bound_call *call,
                        bool (*has)(const struct bound_call *call, const char *name))
{
    if (has(call, "epochs"))
        config->epochs = (int)bound_call_integer(call, "epochs");
    if (has(call, "batch"))
        config->batch = (int)bound_call_integer(call, "batch");
    if (has(call, "momentum"))
        config->momentum = config->beta1 = (float)bound_call_number(call, "momentum");
    if (has(call, "warmup"))
        config->warmup = (float)bound_call_number(call, "warmup");
    if (has(call, "smoothing"))
        config->smoothing = (float)bound_call_number(call, "smoothing");
    if (has(call, "ema")) {
        config->ema = bound_call_number(call, "ema") > 0;
        config->ema_decay = config->ema ? (float)bound_call_number(call, "ema") : config->ema_decay;
    }
    if (has(call, "patience"))
        config->patience = (int)bound_call_integer(call, "patience");
    if (has(call, "clip"))
        config->clip = (float)bound_call_number(call, "clip");
    if (has(call, "seed"))
        config->seed = (uint64_t)bound_call_integer(call, "seed");
}

/* Sets the parameters for which `has` is true. defaults: also the default rate and decay. */
static void set_parameters(struct trainer_config *config, const struct bound_call *call,
                           bool (*has)(const struct bound_call *call, const char *name),
                           bool defaults)
{
    set_choices(config, call, has);
    set_numbers(config, call, has);
    if (bound_call_has(call, "rate"))
        config->rate = (float)bound_call_number(call, "rate");
    else if (defaults)
        config->rate = default_rate(config);
    if (bound_call_has(call, "decay"))
        config->decay = (float)bound_call_number(call, "decay");
    else if (defaults)
        config->decay = config->optimizer == OPTIMIZER_ADAMW ? 0.01f : 0.0f;
}

struct trainer_config train_config(const struct bound_call *call)
{
    struct trainer_config config = trainer_config_default();
    set_parameters(&config, call, bound_call_has, true);
    return config;
}

void train_config_change(struct trainer_config *config, const struct bound_call *call)
{
    bool other = bound_call_given(call, "optimizer") &&
                 (config->optimizer != optimizer_of(call) ||
                  config->plugin_optimizer != plugin_of(call, "optimizer", PLUGIN_OPTIMIZER));
    set_parameters(config, call, bound_call_given, other);
}

bool train_config_of_recipe(struct trainer_config *config, const char *recipe)
{
    struct program *program = program_parse(recipe, strlen(recipe));
    if (program == NULL)
        return false;
    const struct statement *statement =
        program_diagnostic_count(program) == 0 && program_statement_count(program) == 1
            ? program_statement(program, 0)
            : NULL;
    const struct command *command = statement != NULL ? statement_command(statement) : NULL;
    struct bound_call *call = command != NULL && command->id == COMMAND_TRAIN
                                  ? bound_call_resolve(statement, NULL, NULL)
                                  : NULL;
    bool done = call != NULL && !bound_call_boolean(call, "resume");
    if (done)
        *config = train_config(call);
    bound_call_free(&call);
    program_free(&program);
    return done;
}

/* ---- recipe ---------------------------------------------------------------------------------- */

/* The first given parameter after position `after` of the cell, without save=; NULL if there is
   none. */
static const struct parameter *next_given(const struct bound_call *call, size_t after)
{
    const struct command *command = bound_call_command(call);
    const struct parameter *next = NULL;
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *parameter = &command->parameters[i];
        bool saves = strcmp(parameter->name, "save") == 0;
        if (!bound_call_given(call, parameter->name) || saves)
            continue;
        size_t start = bound_call_span(call, parameter->name).start;
        if (start > after && (next == NULL || start < bound_call_span(call, next->name).start))
            next = parameter;
    }
    return next;
}

void train_command(const struct bound_call *call, char text[RECIPE_SIZE])
{
    const struct parameter *parameter;
    size_t used = (size_t)snprintf(text, RECIPE_SIZE, "train");
    size_t after = bound_call_span(call, NULL).start;
    while ((parameter = next_given(call, after)) != NULL && used < RECIPE_SIZE) {
        bool boolean = parameter->kind == PARAMETER_BOOLEAN;
        char *value = boolean ? NULL : value_display(bound_call_value(call, parameter->name, 0));
        after = bound_call_span(call, parameter->name).start;
        if (!boolean)
            used += (size_t)snprintf(text + used, RECIPE_SIZE - used, " %s=%s", parameter->name,
                                     value != NULL ? value : "?");
        else if (bound_call_boolean(call, parameter->name))
            used += (size_t)snprintf(text + used, RECIPE_SIZE - used, " %s", parameter->name);
        free(value);
    }
}
