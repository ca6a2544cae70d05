/*
 * architecture - networks as text: the conversion of text to layer specs.
 *
 * The text of a network has one layer per line, in the syntax of the block below `model mine:`. The
 * parser in mnist/language reads all three kinds: a block in a cell, a built-in network
 * (workspace/blueprints.c), and the text in a model file.
 */

#include "mnist/commands/architecture.h"

#include "mnist/workspace/session_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The side of a square filter or window. */
static bool read_side(int *side, const struct bound_call *layer, const char *name,
                      struct diagnostic *diagnostic)
{
    struct bound_call_size size = bound_call_size(layer, name);
    *side = size.rows;
    return size.rows == size.columns ||
           bound_call_diagnostic(layer, diagnostic, name,
                                 "%s must be square: %dx%d or %dx%d, not %dx%d", name, size.rows,
                                 size.rows, size.columns, size.columns, size.rows, size.columns);
}

/* Sets the member of the spec that holds parameter i of its type, from the layer's line. */
static bool read_parameter(struct layer_spec *spec, int i, const struct bound_call *layer,
                           struct diagnostic *diagnostic)
{
    const char *name = spec->type->parameters[i].name;
    switch (spec->type->parameters[i].kind) {
    case LAYER_NUMBER: spec->numbers[i] = bound_call_number(layer, name); break;
    case LAYER_OUT: spec->out = (int)bound_call_integer(layer, name); break;
    case LAYER_FILTER:
    case LAYER_WINDOW: return read_side(&spec->kernel, layer, name, diagnostic);
    case LAYER_STRIDE:
        if (bound_call_has(layer, name))
            spec->stride = (int)bound_call_integer(layer, name);
        break;
    case LAYER_PAD:
        spec->pad = bound_call_is_integer(layer, name) ? (int)bound_call_integer(layer, name)
                                                       : LAYER_PAD_SAME;
        break;
    case LAYER_RATE: spec->rate = (float)bound_call_number(layer, name); break;
    case LAYER_STATISTIC: spec->maximum = bound_call_is(layer, name, "max"); break;
    case LAYER_SOURCE:
        snprintf(spec->source, sizeof spec->source, "%s", bound_call_string(layer, name));
        break;
    }
    return true;
}

/* The layer's type: a built-in one, or one that a C cell has registered. NULL with a diagnostic if
   it is registered no longer. */
static const struct layer_type *type_of(const struct bound_call *layer,
                                        struct diagnostic *diagnostic)
{
    const struct command *command = bound_call_command(layer);
    const struct layer_type *type = NULL;
    if (!command_is_layer(command))
        bound_call_diagnostic(layer, diagnostic, NULL, "this is not a layer");
    else if (command->id != COMMAND_PLUGIN_LAYER)
        type = layer_type_find(command->verb);
    else if ((type = plugin_find(PLUGIN_LAYER, command->verb)) == NULL)
        bound_call_diagnostic(
            layer, diagnostic, NULL,
            "the layer %s is no longer registered: run the cell that registers it again",
            command->verb);
    return type;
}

static bool read_spec(struct layer_spec *spec, const struct bound_call *layer,
                      struct diagnostic *diagnostic)
{
    const struct command *command = bound_call_command(layer);
    const struct layer_type *type = type_of(layer, diagnostic);
    *spec = (struct layer_spec){.type = type};
    for (int i = 0; type != NULL && i < type->parameter_count; i++) {
        if (command_parameter(command, type->parameters[i].name) == NULL)
            return bound_call_diagnostic(
                layer, diagnostic, NULL,
                "the parameters of the layer %s have changed since this line was parsed: run "
                "the cell again",
                type->name);
        if (!read_parameter(spec, i, layer, diagnostic))
            return false;
    }
    return type != NULL;
}

bool architecture_of_block(const struct bound_call *call, struct layer_spec *specs, int *count,
                           struct diagnostic *diagnostic)
{
    size_t layers = bound_call_block_count(call);
    if (layers > NETWORK_LAYERS_MAX)
        return bound_call_diagnostic(call, diagnostic, NULL,
                                     "a network has at most %d layers, not %zu", NETWORK_LAYERS_MAX,
                                     layers);
    for (size_t i = 0; i < layers; i++) {
        const struct bound_call *layer = bound_call_block(call, i);
        if (!read_spec(&specs[i], layer, diagnostic))
            return false;
        specs[i].line = bound_call_span(layer, NULL).line;
    }
    *count = (int)layers;
    return true;
}

/* The text as the indented block of a `model x:` command, for the parser. Caller frees. */
static char *as_cell(const char *text)
{
    size_t capacity = 2 * strlen(text) + 5 * NETWORK_LAYERS_MAX + 64, size;
    char *cell = malloc(capacity);
    if (cell == NULL)
        return NULL;
    size = (size_t)snprintf(cell, capacity, "model x:\n");
    for (const char *line = text; *line != '\0' && size < capacity;) {
        size_t length = strcspn(line, "\n");
        size += (size_t)snprintf(cell + size, capacity - size, "    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return cell;
}

static bool parse_cell(const struct program *program, struct layer_spec *specs, int *count,
                       struct diagnostic *diagnostic)
{
    if (program_diagnostic_count(program) > 0) {
        *diagnostic = *program_diagnostic(program, 0);
        return false;
    }
    if (program_statement_count(program) != 1 ||
        statement_kind(program_statement(program, 0)) != STATEMENT_COMMAND)
        return diagnostic_set(diagnostic, ERROR_DATA, (struct span){.line = 1},
                              "the text is not a list of layers");
    struct bound_call *call = bound_call_resolve(program_statement(program, 0), NULL, diagnostic);
    bool parsed = call != NULL && architecture_of_block(call, specs, count, diagnostic);
    bound_call_free(&call);
    return parsed;
}

bool architecture_parse(const char *text, struct layer_spec *specs, int *count, struct error *error)
{
    char *cell = as_cell(text);
    struct program *program = cell != NULL ? program_parse(cell, strlen(cell)) : NULL;
    struct diagnostic diagnostic;
    bool parsed = false;
    if (program == NULL)
        error_memory(error, "a network's text", strlen(text));
    else if (!(parsed = parse_cell(program, specs, count, &diagnostic))) {
        error_set(error, diagnostic.kind, "%.900s", diagnostic.text);
        error->line = diagnostic.span.line - 1;
    }
    program_free(&program);
    free(cell);
    return parsed;
}

struct network *architecture_build(struct session *s, const char *text, uint64_t seed,
                                   struct error *error)
{
    struct layer_spec specs[NETWORK_LAYERS_MAX];
    int count;
    if (!architecture_parse(text, specs, &count, error))
        return NULL;
    const struct shape input = {1, s->data.prepared->rows, s->data.prepared->columns};
    return network_new(specs, count, input, seed, error);
}
