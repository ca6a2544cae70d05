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

static int pad_of(const struct bound_call *layer)
{
    if (bound_call_is_integer(layer, "pad"))
        return (int)bound_call_integer(layer, "pad");
    return bound_call_is(layer, "pad", "same") ? LAYER_PAD_SAME : 0;
}

static int stride_of(const struct bound_call *layer)
{
    return bound_call_has(layer, "stride") ? (int)bound_call_integer(layer, "stride") : 0;
}

/* The side of a square filter or pooling window. */
static bool side_of(const struct bound_call *layer, int *side, struct diagnostic *diagnostic)
{
    struct bound_call_size size = bound_call_size(layer, "size");
    *side = size.rows;
    return size.rows == size.columns ||
           bound_call_diagnostic(layer, diagnostic, "size",
                                 "size must be square: %dx%d or %dx%d, not %dx%d", size.rows,
                                 size.rows, size.columns, size.columns, size.rows, size.columns);
}

static bool pool_of(struct layer_spec *spec, enum layer_kind kind, const struct bound_call *layer,
                    struct diagnostic *diagnostic)
{
    int side;
    if (!side_of(layer, &side, diagnostic))
        return false;
    *spec = (struct layer_spec){.kind = kind,
                                .kernel = side,
                                .stride = stride_of(layer),
                                .pad = (int)bound_call_integer(layer, "pad")};
    return true;
}

static bool conv_of(struct layer_spec *spec, const struct bound_call *layer,
                    struct diagnostic *diagnostic)
{
    int side;
    if (!side_of(layer, &side, diagnostic))
        return false;
    *spec = (struct layer_spec){.kind = LAYER_CONV,
                                .out = (int)bound_call_integer(layer, "filters"),
                                .kernel = side,
                                .stride = stride_of(layer),
                                .pad = pad_of(layer)};
    return true;
}

/* A layer that a C cell has registered. */
static bool plugin_of(struct layer_spec *spec, const struct bound_call *layer,
                      struct diagnostic *diagnostic)
{
    const char *name = bound_call_command(layer)->verb;
    const struct plugin_layer *plugin = plugin_find(PLUGIN_LAYER, name);
    if (plugin == NULL)
        return bound_call_diagnostic(
            layer, diagnostic, NULL,
            "the layer %s is no longer registered: run the cell that registers it again", name);
    *spec = (struct layer_spec){.kind = LAYER_PLUGIN, .plugin = plugin};
    for (int i = 0; i < plugin->number_count; i++) {
        if (command_parameter(bound_call_command(layer), plugin->numbers[i].name) == NULL)
            return bound_call_diagnostic(
                layer, diagnostic, NULL,
                "the parameters of the layer %s have changed since this line was parsed: run "
                "the cell again",
                name);
        spec->numbers[i] = bound_call_number(layer, plugin->numbers[i].name);
    }
    return true;
}

static bool spec_of(struct layer_spec *spec, const struct bound_call *layer,
                    struct diagnostic *diagnostic)
{
    switch (bound_call_command(layer)->id) {
    case COMMAND_CONV: return conv_of(spec, layer, diagnostic);
    case COMMAND_MAXPOOL: return pool_of(spec, LAYER_MAXPOOL, layer, diagnostic);
    case COMMAND_AVGPOOL: return pool_of(spec, LAYER_AVGPOOL, layer, diagnostic);
    case COMMAND_GLOBALPOOL:
        spec->kind = bound_call_is(layer, "kind", "avg") ? LAYER_GLOBALAVG : LAYER_GLOBALMAX;
        return true;
    case COMMAND_DENSE:
        *spec = (struct layer_spec){.kind = LAYER_DENSE,
                                    .out = (int)bound_call_integer(layer, "units")};
        return true;
    case COMMAND_BATCHNORM: spec->kind = LAYER_BATCHNORM; return true;
    case COMMAND_RELU: spec->kind = LAYER_RELU; return true;
    case COMMAND_DROPOUT:
        *spec = (struct layer_spec){.kind = LAYER_DROPOUT,
                                    .rate = (float)bound_call_number(layer, "share")};
        return true;
    case COMMAND_FLATTEN: spec->kind = LAYER_FLATTEN; return true;
    case COMMAND_PLUGIN_LAYER: return plugin_of(spec, layer, diagnostic);
    default: return bound_call_diagnostic(layer, diagnostic, NULL, "this is not a layer");
    }
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
        specs[i] = (struct layer_spec){0};
        if (!spec_of(&specs[i], layer, diagnostic))
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
