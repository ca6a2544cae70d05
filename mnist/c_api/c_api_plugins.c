/*
 * c_api_plugins - register_..., random streams and the parameters of registered commands for
 * mnist.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_api/c_api.h"
#include "mnist/c_api/plugin_help.h"
#include "mnist/c_api/plugins.h"
#include "mnist/language/plugin_words.h"
#include "mnist/process/process_state.h"

/* ---- random streams -------------------------------------------------------------------------- */

uint32_t mnist_rng_random(struct mnist_rng *rng)
{
    return rng_u32((struct rng *)rng);
}

uint32_t mnist_rng_below(struct mnist_rng *rng, uint32_t limit)
{
    if (limit == 0)
        crash_fail("mnist_rng_below: the limit must be at least 1, not 0");
    return rng_below((struct rng *)rng, limit);
}

double mnist_rng_uniform(struct mnist_rng *rng)
{
    return (double)rng_uniform((struct rng *)rng);
}

/* ---- registration ---------------------------------------------------------------------------- */

/* The plugin's help: a comment in the running cell, if its text has the registration. Caller frees.
   */
static char *help_of(const struct session *s, const struct mnist_origin *origin)
{
    char file[32];
    snprintf(file, sizeof file, s->cell_number > 0 ? "cell %d" : "cell", s->cell_number);
    bool own = s->c_text != NULL && origin->file != NULL && strcmp(origin->file, file) == 0;
    return own ? plugin_help(s->c_text, origin->name, origin->line) : strdup("");
}

/* Adds the plugin's name, parameters and help to the language; a failure ends the cell. */
static void add_word(const char *function, enum name_kind kind, const struct mnist_origin *origin,
                     const char *parameters)
{
    struct session *s = c_api_session(function);
    struct error error;
    char *help = help_of(s, origin);
    const struct plugin_word word = {kind, origin->name, parameters, help != NULL ? help : ""};
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    bool added = plugin_words_add(&word, &error);
    process_state_numbers_leave(&cell);
    if (!added)
        crash_fail("%s: %s", function, error.text);
    free(help);
}

static void check_added(const char *function, bool added, const struct error *error)
{
    if (!added)
        crash_fail("%s: %s", function, error->text);
}

void mnist_register_layer(struct mnist_origin origin, struct mnist_layer_plugin plugin)
{
    struct error error;
    add_word("register_layer", NAME_PLUGIN, &origin,
             plugin.parameters != NULL ? plugin.parameters : "");
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    bool added = plugins_add_layer(origin.name, &plugin, &error);
    process_state_numbers_leave(&cell);
    check_added("register_layer", added, &error);
}

void mnist_register_activation(struct mnist_origin origin, struct mnist_activation_plugin plugin)
{
    struct error error;
    add_word("register_activation", NAME_PLUGIN, &origin, "");
    check_added("register_activation", plugins_add_activation(origin.name, &plugin, &error),
                &error);
}

void mnist_register_loss(struct mnist_origin origin, mnist_loss_plugin *plugin)
{
    struct error error;
    add_word("register_loss", NAME_LOSS, &origin, "");
    check_added("register_loss", plugins_add_loss(origin.name, plugin, &error), &error);
}

void mnist_register_optimizer(struct mnist_origin origin, struct mnist_optimizer_plugin plugin)
{
    struct error error;
    add_word("register_optimizer", NAME_OPTIMIZER, &origin, "");
    check_added("register_optimizer", plugins_add_optimizer(origin.name, &plugin, &error), &error);
}

void mnist_register_schedule(struct mnist_origin origin, mnist_schedule_plugin *plugin)
{
    struct error error;
    add_word("register_schedule", NAME_SCHEDULE, &origin, "");
    check_added("register_schedule", plugins_add_schedule(origin.name, plugin, &error), &error);
}

void mnist_register_augmentation(struct mnist_origin origin, mnist_augmentation_plugin *plugin)
{
    struct error error;
    add_word("register_augmentation", NAME_AUGMENTATION, &origin, "");
    check_added("register_augmentation", plugins_add_augmentation(origin.name, plugin, &error),
                &error);
}

void mnist_register_metric(struct mnist_origin origin, mnist_metric_plugin *plugin)
{
    struct error error;
    add_word("register_metric", NAME_METRIC, &origin, "");
    check_added("register_metric", plugins_add_metric(origin.name, plugin, &error), &error);
}

/* ---- registered commands --------------------------------------------------------------------- */

static const struct bound_call *call_of(const struct mnist_call *call)
{
    return (const struct bound_call *)call;
}

static const struct parameter *parameter_of(const char *function, const struct bound_call *call,
                                            const char *name)
{
    const struct parameter *parameter = command_parameter(bound_call_command(call), name);
    if (parameter == NULL)
        crash_fail("%s: %s has no parameter \"%s\"", function, bound_call_command(call)->verb,
                   name);
    return parameter;
}

double mnist_number(const struct mnist_call *call, const char *parameter)
{
    if (parameter_of("mnist_number", call_of(call), parameter)->kind != PARAMETER_NUMBER)
        crash_fail("mnist_number: %s is a string: use mnist_text", parameter);
    return bound_call_number(call_of(call), parameter);
}

const char *mnist_text(const struct mnist_call *call, const char *parameter)
{
    if (parameter_of("mnist_text", call_of(call), parameter)->kind == PARAMETER_NUMBER)
        crash_fail("mnist_text: %s is a number: use mnist_number", parameter);
    return bound_call_string(call_of(call), parameter);
}

/* The running command: the function that cells_call calls has no arguments. */
static struct {
    mnist_command_plugin *function;
    const struct bound_call *call;
} now;

void c_api_set_command(mnist_command_plugin *function, const struct bound_call *call)
{
    now.function = function;
    now.call = call;
}

void c_api_call_command(void)
{
    now.function((const struct mnist_call *)now.call);
}

void c_api_settle_plugins(void)
{
    c_api_set_command(NULL, NULL);
}

void mnist_register_command(struct mnist_origin origin, mnist_command_plugin *plugin,
                            const char *parameters)
{
    struct error error;
    add_word("register_command", NAME_COMMAND, &origin, parameters);
    check_added("register_command", plugins_add_command(origin.name, plugin, &error), &error);
}
