/*
 * c_api_plugins - mnist.h's register_..., the streams that parts draw from, and commands that are a
 * cell's functions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_api/c_api.h"
#include "mnist/c_api/plugin_help.h"
#include "mnist/c_api/plugins.h"
#include "mnist/commands/command_table.h"
#include "mnist/language/plugin_words.h"
#include "mnist/process/process_state.h"

/* ---- streams --------------------------------------------------------------------------------- */

uint32_t mnist_rng_random(struct mnist_rng *rng)
{
    return rng_u32((struct rng *)rng);
}

uint32_t mnist_rng_below(struct mnist_rng *rng, uint32_t limit)
{
    if (limit == 0)
        crash_fail("mnist_rng_below: there is no number from 0 on below 0");
    return rng_below((struct rng *)rng, limit);
}

double mnist_rng_uniform(struct mnist_rng *rng)
{
    return (double)rng_uniform((struct rng *)rng);
}

/* ---- registering ----------------------------------------------------------------------------- */

/* The comment that explains the part, if it was registered by the running cell's own text. */
static char *help_of(const struct session *s, const struct mnist_origin *origin)
{
    char file[32];
    snprintf(file, sizeof file, s->cell_number > 0 ? "cell %d" : "cell", s->cell_number);
    bool own = s->c_text != NULL && origin->file != NULL && strcmp(origin->file, file) == 0;
    return own ? plugin_help(s->c_text, origin->name, origin->line) : strdup("");
}

/* What has been done so far of registering a part; the first that fails ends the cell. */
static void tell_word(const char *function, enum name_kind kind, const struct mnist_origin *origin,
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

static void settle(const char *function, bool added, const struct error *error)
{
    if (!added)
        crash_fail("%s: %s", function, error->text);
}

void mnist_register_layer(struct mnist_origin origin, struct mnist_layer_part part)
{
    struct error error;
    tell_word("register_layer", NAME_PLUGIN, &origin,
              part.parameters != NULL ? part.parameters : "");
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    bool added = plugins_add_layer(origin.name, &part, &error);
    process_state_numbers_leave(&cell);
    settle("register_layer", added, &error);
}

void mnist_register_activation(struct mnist_origin origin, struct mnist_activation_part part)
{
    struct error error;
    tell_word("register_activation", NAME_PLUGIN, &origin, "");
    settle("register_activation", plugins_add_activation(origin.name, &part, &error), &error);
}

void mnist_register_loss(struct mnist_origin origin, mnist_loss_part *part)
{
    struct error error;
    tell_word("register_loss", NAME_LOSS, &origin, "");
    settle("register_loss", plugins_add_loss(origin.name, part, &error), &error);
}

void mnist_register_optimizer(struct mnist_origin origin, struct mnist_optimizer_part part)
{
    struct error error;
    tell_word("register_optimizer", NAME_OPTIMIZER, &origin, "");
    settle("register_optimizer", plugins_add_optimizer(origin.name, &part, &error), &error);
}

void mnist_register_schedule(struct mnist_origin origin, mnist_schedule_part *part)
{
    struct error error;
    tell_word("register_schedule", NAME_SCHEDULE, &origin, "");
    settle("register_schedule", plugins_add_schedule(origin.name, part, &error), &error);
}

void mnist_register_augmentation(struct mnist_origin origin, mnist_augmentation_part *part)
{
    struct error error;
    tell_word("register_augmentation", NAME_AUGMENTATION, &origin, "");
    settle("register_augmentation", plugins_add_augmentation(origin.name, part, &error), &error);
}

void mnist_register_metric(struct mnist_origin origin, mnist_metric_part *part)
{
    struct error error;
    tell_word("register_metric", NAME_METRIC, &origin, "");
    settle("register_metric", plugins_add_metric(origin.name, part, &error), &error);
}

void mnist_register_command(struct mnist_origin origin, mnist_command_part *part,
                            const char *parameters)
{
    struct error error;
    tell_word("register_command", NAME_COMMAND, &origin, parameters);
    settle("register_command", plugins_add_command(origin.name, part, &error), &error);
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
        crash_fail("mnist_number: %s is a text: mnist_text gives it", parameter);
    return bound_call_number(call_of(call), parameter);
}

const char *mnist_text(const struct mnist_call *call, const char *parameter)
{
    if (parameter_of("mnist_text", call_of(call), parameter)->kind == PARAMETER_NUMBER)
        crash_fail("mnist_text: %s is a number: mnist_number gives it", parameter);
    return bound_call_string(call_of(call), parameter);
}

/* Of the command that runs: cells_call's function has no arguments. */
static struct {
    mnist_command_part *function;
    const struct bound_call *call;
} now;

static void call_now(void)
{
    now.function((const struct mnist_call *)now.call);
}

bool run_plugin_command(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    const char *name = bound_call_command(call)->verb;
    mnist_command_part *function = plugins_command(name);
    const struct cells_request request = {
        .memory = s->c_memory, .seconds = s->c_seconds, .output = s->output};
    if (function == NULL || s->cells == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "%s is not registered any more: run the cell that does", name);
    c_api_begin(s);
    now.function = function;
    now.call = call;
    cells_call(s->cells, &request, call_now);
    c_api_end(s);
    return true;
}
