/*
 * model - `model NAME`, `model NAME:` with a block of layers, and `model summary`.
 *
 * A new network is untrained. Its weights are initialised with seed 42; `train seed=` initialises
 * them again. model_commands.c saves and loads networks.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/architecture.h"
#include "mnist/commands/command_table.h"
#include "mnist/nn/model/plugin_trial.h"
#include "mnist/workspace/session_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SEED = 42 };

static void dimensions(char *text, size_t size, struct shape shape)
{
    if (shape.height == 1 && shape.width == 1)
        snprintf(text, size, "%d", shape.channels);
    else
        snprintf(text, size, "%d x %d x %d", shape.channels, shape.height, shape.width);
}

static void show_summary(struct session *s)
{
    const struct network *network = s->model.network;
    char text[64], count[COUNT_TEXT_SIZE], line[LAYER_TEXT_SIZE];
    snprintf(text, sizeof text, "Network %.40s", s->model.name);
    struct table *table = table_new(text);
    table_column(table, "layer", TABLE_LEFT);
    table_column(table, "", TABLE_LEFT);
    table_key(table, "description");
    table_column(table, "output", TABLE_RIGHT);
    table_column(table, "parameters", TABLE_RIGHT);
    table_column(table, "multiply-adds", TABLE_RIGHT);
    table_row(table);
    table_cell(table, "input");
    table_cell(table, "%s", "");
    dimensions(text, sizeof text, network_input(network));
    table_cell(table, "%s", text);
    for (int i = 0; i < network_layer_count(network); i++) {
        const struct layer *layer = network_layer(network, i);
        table_row(table);
        table_cell(table, "%s", layer->name);
        table_cell(table, "%s", layer_spec_print(&layer->spec, line));
        dimensions(text, sizeof text, layer->out);
        table_cell(table, "%s", text);
        table_cell(table, "%s", count_text(count, (long long)layer->parameters));
        table_cell(table, "%s", count_text(count, (long long)layer->multiply_adds));
    }
    table_rule(table);
    table_row(table);
    table_cell(table, "total");
    table_cell(table, "%d layer%s, then softmax", network_layer_count(network),
               network_layer_count(network) == 1 ? "" : "s");
    table_cell(table, "%d", network_classes(network));
    table_cell(table, "%s", count_text(count, (long long)network_parameter_count(network)));
    table_cell(table, "%s", count_text(count, (long long)network_multiply_adds(network)));
    output_table(s->output, &table);
}

/* The last layer must have one output for each class. */
static bool check_classes(const struct network *network, struct error *error)
{
    struct shape out = network_layer(network, network_layer_count(network) - 1)->out;
    if (out.channels == DATASET_CLASSES && out.height == 1 && out.width == 1)
        return true;
    error_set(
        error, ERROR_USAGE,
        "the last layer must have one output for each class, not %d x %d x %d: end the network "
        "with `dense %d`",
        out.channels, out.height, out.width, DATASET_CLASSES);
    error->line = network_layer(network, network_layer_count(network) - 1)->spec.line;
    return false;
}

/* A diagnostic at the layer of the error's line. */
static bool fail_at_layer(const struct bound_call *call, struct diagnostic *diagnostic,
                          const struct error *error)
{
    for (size_t i = 0;
         error->line > 0 && bound_call_has_block(call) && i < bound_call_block_count(call); i++)
        if (bound_call_span(bound_call_block(call, i), NULL).line == error->line)
            return bound_call_error(bound_call_block(call, i), diagnostic, NULL, error);
    return bound_call_error(call, diagnostic, "name", error);
}

static bool build_block(struct session *s, const struct bound_call *call, struct network **network,
                        struct diagnostic *diagnostic)
{
    struct layer_spec specs[NETWORK_LAYERS_MAX];
    int count;
    struct error error;
    if (!architecture_of_block(call, specs, &count, diagnostic))
        return false;
    *network = network_new(specs, count,
                           (struct shape){1, s->data.prepared->rows, s->data.prepared->columns},
                           FIRST_SEED, &error);
    return *network != NULL || fail_at_layer(call, diagnostic, &error);
}

static bool build_named(struct session *s, const struct bound_call *call, struct network **network,
                        struct diagnostic *diagnostic)
{
    const char *name = bound_call_string(call, "name");
    const char *text = blueprints_find(&s->blueprints, name);
    struct error error;
    if (text == NULL)
        return bound_call_diagnostic(
            call, diagnostic, "name",
            "there is no network `%s`: the built-in networks are lenet, fast, keras and best; "
            "`model %s:` followed by layers defines a new one, and `model load %s` loads a saved "
            "one",
            name, name, name);
    *network = architecture_build(s, text, FIRST_SEED, &error);
    return *network != NULL || bound_call_error(call, diagnostic, "name", &error);
}

bool run_model(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    const char *name = bound_call_string(call, "name");
    struct network *network = NULL;
    struct error error;
    if (!data_need(s, call, diagnostic))
        return false;
    if (bound_call_has_block(call) && blueprint_builtin(name) != NULL)
        return bound_call_diagnostic(call, diagnostic, "name",
                                     "`%s` is a built-in network: choose another name", name);
    if (!(bound_call_has_block(call) ? build_block : build_named)(s, call, &network, diagnostic))
        return false;
    if (!check_classes(network, &error) || !plugin_trial_network(network, &error)) {
        network_free(&network);
        return fail_at_layer(call, diagnostic, &error);
    }
    char *text = bound_call_has_block(call) ? network_text(network) : NULL;
    if (bound_call_has_block(call) &&
        (text == NULL || !blueprints_store(&s->blueprints, name, text))) {
        network_free(&network);
        return bound_call_diagnostic(
            call, diagnostic, "name",
            "`%s` cannot be stored: memory has run out, or %d networks are already "
            "defined",
            name, BLUEPRINTS_MAX);
    }
    model_replace(s, network, name);
    show_summary(s);
    return true;
}

bool run_model_summary(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic)
{
    if (!model_need(s, call, diagnostic))
        return false;
    show_summary(s);
    return true;
}
