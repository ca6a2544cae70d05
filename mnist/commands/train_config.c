/*
 * train_config - the config of a training from the parameters of `train`, and the recipe that is kept
 * with the network.
 *
 * The recipe is the list of commands that made the network, separated by "; ", with the values of
 * variables in place of their names:
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

/* The registered part that the word names; NULL for a built-in word and for no word. */
static const void *part_of(const struct bound_call *call, const char *name, enum plugin_kind kind)
{
    const char *word = bound_call_string(call, name);
    return word != NULL ? plugin_find(kind, word) : NULL;
}

/* The default rate, as `help train` states it. */
static float usual_rate(const struct trainer_config *config)
{
    if (config->plugin_optimizer != NULL && config->plugin_optimizer->rate > 0)
        return config->plugin_optimizer->rate;
    if (config->optimizer == OPTIMIZER_SGD)
        return 0.05f;
    return config->schedule == SCHEDULE_ONECYCLE ? 0.01f : 0.001f;
}

/* The words: optimizer, schedule, loss, metric. */
static void take_parts(struct trainer_config *config, const struct bound_call *call,
                       bool (*has)(const struct bound_call *call, const char *name))
{
    if (has(call, "optimizer")) {
        config->plugin_optimizer = part_of(call, "optimizer", PLUGIN_OPTIMIZER);
        config->optimizer = optimizer_of(call);
    }
    if (has(call, "schedule")) {
        config->plugin_schedule = part_of(call, "schedule", PLUGIN_SCHEDULE);
        config->schedule = schedule_of(call);
    }
    if (has(call, "loss"))
        config->plugin_loss = part_of(call, "loss", PLUGIN_LOSS);
    if (has(call, "metric"))
        config->metric = part_of(call, "metric", PLUGIN_METRIC);
}

/* The numbers that have no default of their own. */
static void take_numbers(struct trainer_config *config, const struct bound_call *call,
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

static void take(struct trainer_config *config, const struct bound_call *call,
                 bool (*has)(const struct bound_call *call, const char *name), bool defaults)
{
    take_parts(config, call, has);
    take_numbers(config, call, has);
    if (bound_call_has(call, "rate"))
        config->rate = (float)bound_call_number(call, "rate");
    else if (defaults)
        config->rate = usual_rate(config);
    if (bound_call_has(call, "decay"))
        config->decay = (float)bound_call_number(call, "decay");
    else if (defaults)
        config->decay = config->optimizer == OPTIMIZER_ADAMW ? 0.01f : 0.0f;
}

struct trainer_config train_config(const struct bound_call *call)
{
    struct trainer_config config = trainer_config_default();
    take(&config, call, bound_call_has, true);
    return config;
}

void train_config_change(struct trainer_config *config, const struct bound_call *call)
{
    bool other = bound_call_given(call, "optimizer") &&
                 (config->optimizer != optimizer_of(call) ||
                  config->plugin_optimizer != part_of(call, "optimizer", PLUGIN_OPTIMIZER));
    take(config, call, bound_call_given, other);
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

/* The parameter that stands next in the cell after `after`; NULL when there is none. */
static const struct parameter *next_given(const struct bound_call *call, size_t after)
{
    const struct command *command = bound_call_command(call);
    const struct parameter *next = NULL;
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *parameter = &command->parameters[i];
        bool where = strcmp(parameter->name, "save") == 0; /* not how it was trained */
        if (!bound_call_given(call, parameter->name) || where)
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
        bool flag = parameter->kind == PARAMETER_BOOLEAN;
        char *value = flag ? NULL : value_display(bound_call_value(call, parameter->name, 0));
        after = bound_call_span(call, parameter->name).start;
        if (!flag)
            used += (size_t)snprintf(text + used, RECIPE_SIZE - used, " %s=%s", parameter->name,
                                     value != NULL ? value : "?");
        else if (bound_call_boolean(call, parameter->name))
            used += (size_t)snprintf(text + used, RECIPE_SIZE - used, " %s", parameter->name);
        free(value);
    }
}

void recipe_add(char recipe[RECIPE_SIZE], const char *command)
{
    static const char cut[] = " ...";
    size_t used = strlen(recipe), size = strlen(command);
    const char *between = used > 0 ? "; " : "";
    if (used + strlen(between) + size < RECIPE_SIZE - sizeof cut) {
        snprintf(recipe + used, RECIPE_SIZE - used, "%s%s", between, command);
        return;
    }
    bool before = used >= sizeof cut && strcmp(recipe + used - (sizeof cut - 1), cut) == 0;
    if (!before && used < RECIPE_SIZE - sizeof cut)
        snprintf(recipe + used, RECIPE_SIZE - used, "%s", cut);
}

void recipe_begin_with(char recipe[RECIPE_SIZE], const char *command)
{
    char rest[RECIPE_SIZE];
    utf8_copy(rest, sizeof rest, recipe, strlen(recipe));
    recipe[0] = '\0';
    recipe_add(recipe, command);
    recipe_add(recipe, rest);
}

static const char stopped[] = " (stopped ";

void recipe_forget_stop(char recipe[RECIPE_SIZE])
{
    char *at = NULL;
    for (char *next = recipe; (next = strstr(next, stopped)) != NULL; next++)
        at = next;
    if (at != NULL && strchr(at, ';') == NULL)
        *at = '\0';
}

void recipe_note_stop(char recipe[RECIPE_SIZE], const struct trainer *trainer)
{
    struct trainer_position position = trainer_position(trainer);
    recipe_forget_stop(recipe);
    size_t used = strlen(recipe);
    if (!trainer_finished(trainer) && used + 80 < RECIPE_SIZE)
        snprintf(recipe + used, RECIPE_SIZE - used, "%sin epoch %d after %d of %d batches)",
                 stopped, position.epoch, position.batch, trainer_batches(trainer));
}
