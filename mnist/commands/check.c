/*
 * check - `check gradient LAYER`: compares a backward function with finite differences.
 *
 * LAYER is a layer of the network, or a plugin: a layer, an activation or a loss that a C cell has
 * registered. nn/train/gradient_check.h does the arithmetic.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/command_table.h"
#include "mnist/nn/model/plugin_trial.h"
#include "mnist/nn/train/gradient_check.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The input of a plugin that is not part of the network. */
static const struct shape default_shape = {3, 5, 5};

/* The index of the network's layer of this name (conv1), or of its first layer that is the plugin
   of this name; -1 if there is neither. */
static int find_layer(const struct network *network, const char *name)
{
    int found = -1;
    for (int i = 0; network != NULL && i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        if (strcmp(layer->name, name) == 0)
            return i;
        if (found < 0 && layer_is_plugin(layer) && strcmp(layer->spec.type->name, name) == 0)
            found = i;
    }
    return found;
}

static bool check_layer(struct session *s, const struct bound_call *call,
                        const struct layer_spec *spec, struct shape in, int index,
                        struct gradient_check *check, struct diagnostic *diagnostic)
{
    struct work work;
    struct error error;
    work_begin(&work, s, "checking", "elements");
    const struct gradient_check_config config = {
        .engine = s->engine,
        .pool = s->pool,
        .spec = spec,
        .in = in,
        .from = index >= 0 ? s->model.network : NULL,
        .from_layer = index,
        .count = (int)bound_call_integer(call, "count"),
        .seed = (uint64_t)bound_call_integer(call, "seed"),
        .watch = &work.progress,
    };
    return gradient_check_layer(&config, check, &error) || fail(call, diagnostic, &error);
}

/* Sets the plugin's parameters: from in_network, its line in the network (NULL = none), where the
   names are the same, else their defaults. Returns the name of a parameter that has neither, or
   NULL. */
static const char *set_numbers(struct layer_spec *spec, const struct layer_type *plugin,
                               const struct layer_spec *in_network)
{
    *spec = (struct layer_spec){.type = plugin};
    for (int i = 0; i < plugin->parameter_count; i++) {
        spec->numbers[i] = plugin->parameters[i].fallback;
        for (int j = 0; in_network != NULL && j < in_network->type->parameter_count; j++)
            if (strcmp(in_network->type->parameters[j].name, plugin->parameters[i].name) == 0)
                spec->numbers[i] = in_network->numbers[j];
        if (isnan(spec->numbers[i]))
            return plugin->parameters[i].name;
    }
    return NULL;
}

/* Checks the latest registration of a plugin. index is the network's layer with an older
   registration of the same name, or -1. */
static bool check_plugin(struct session *s, const struct bound_call *call,
                         const struct layer_type *plugin, int index, struct gradient_check *check,
                         struct diagnostic *diagnostic)
{
    struct layer_spec spec;
    const struct layer *layer = index >= 0 ? network_layer(s->model.network, index) : NULL;
    const char *missing = set_numbers(&spec, plugin, layer != NULL ? &layer->spec : NULL);
    if (missing != NULL)
        return bound_call_diagnostic(call, diagnostic, "layer",
                                     "%s needs %s=, which has no default: build a network that "
                                     "contains it, then use `check gradient %s1`",
                                     plugin->name, missing, plugin->name);
    return check_layer(s, call, &spec, layer != NULL ? layer->in : default_shape, -1, check,
                       diagnostic);
}

/* Finds the layer or plugin of this name and checks it. */
static bool check_named(struct session *s, const struct bound_call *call,
                        struct gradient_check *check, struct diagnostic *diagnostic)
{
    const char *name = bound_call_string(call, "layer");
    const struct layer_type *plugin = plugin_find(PLUGIN_LAYER, name);
    const struct plugin_loss *loss = plugin_find(PLUGIN_LOSS, name);
    int index = find_layer(s->model.network, name);
    if (index >= 0) {
        const struct layer *layer = network_layer(s->model.network, index);
        bool newer = plugin != NULL && layer_is_plugin(layer) && layer->spec.type != plugin &&
                     strcmp(layer->spec.type->name, name) == 0;
        if (!newer)
            return check_layer(s, call, &layer->spec, layer->in, index, check, diagnostic);
    }
    if (plugin != NULL)
        return check_plugin(s, call, plugin, index, check, diagnostic);
    if (loss != NULL) {
        struct error error;
        if (!plugin_trial_loss(loss, DATASET_CLASSES, &error))
            return bound_call_error(call, diagnostic, "layer", &error);
        gradient_check_loss(loss, DATASET_CLASSES, (int)bound_call_integer(call, "count"),
                            (uint64_t)bound_call_integer(call, "seed"), check);
        return true;
    }
    return bound_call_diagnostic(
        call, diagnostic, "layer",
        "%s is neither a layer of the network (`model summary` lists them) nor a layer, an "
        "activation or a loss that a C cell has registered",
        name);
}

static void show_rows(struct session *s, const char *name, const struct gradient_check *check)
{
    char caption[128], count[COUNT_TEXT_SIZE], of[COUNT_TEXT_SIZE];
    snprintf(caption, sizeof caption, "Gradient of %s compared with finite differences", name);
    struct table *table = table_new(caption);
    table_column(table, "tensor", TABLE_LEFT);
    table_column(table, "elements", TABLE_RIGHT);
    table_column(table, "at a kink", TABLE_RIGHT);
    table_column(table, "worst element", TABLE_LEFT);
    table_column(table, "backward", TABLE_RIGHT);
    table_column(table, "finite difference", TABLE_RIGHT);
    table_column(table, "relative error", TABLE_RIGHT);
    for (int i = 0; i < check->row_count; i++) {
        const struct gradient_check_row *row = &check->rows[i];
        table_row(table);
        table_cell(table, "%s", row->tensor);
        table_cell(table, "%s of %s", count_text(count, row->compared), count_text(of, row->of));
        table_cell(table, "%d", row->kinks);
        table_cell(table, "%s", row->worst);
        table_cell(table, "%.6g", row->backward);
        table_cell(table, "%.6g", row->difference);
        table_cell(table, "%.1e", row->error);
    }
    output_table(s->output, &table);
}

/* False with a diagnostic if the worst element is NaN or has too large an error. */
static bool judge(const struct bound_call *call, const struct gradient_check *check,
                  struct diagnostic *diagnostic)
{
    struct error error;
    const struct gradient_check_row *worst = &check->rows[0];
    for (int i = 1; i < check->row_count; i++)
        worst = check->rows[i].error > worst->error ? &check->rows[i] : worst;
    if (isnan(worst->backward) || isnan(worst->difference))
        error_set(&error, ERROR_NUMBER,
                  "the gradient is NaN: for %s, backward returns %g and the finite difference is "
                  "%g",
                  worst->worst, worst->backward, worst->difference);
    else if (worst->error > GRADIENT_CHECK_ERROR_MAX)
        error_set(&error, ERROR_NUMBER,
                  "backward is wrong: for %s it returns %.6g, but the finite difference is %.6g",
                  worst->worst, worst->backward, worst->difference);
    else
        return true;
    return bound_call_error(call, diagnostic, "layer", &error);
}

bool run_check_gradient(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic)
{
    struct gradient_check check;
    if (!check_named(s, call, &check, diagnostic))
        return false;
    show_rows(s, bound_call_string(call, "layer"), &check);
    if (!judge(call, &check, diagnostic))
        return false;
    output_print(s->output, OUTPUT_STDOUT, "backward agrees with the finite differences\n");
    return true;
}
