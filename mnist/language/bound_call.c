/*
 * bound_call - values of all parameters of a command.
 */
#include "mnist/language/bound_call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"
#include "mnist/base/utf8.h"
#include "mnist/language/parameter.h"
#include "mnist/language/statement.h"

/* The values of one parameter: none, the default, or those that the cell gives. */
struct argument_slot {
    bool given;
    struct span span; /* of the first value, if given */
    struct value *values;
    size_t count;
};

struct bound_call {
    const struct statement *statement;
    struct argument_slot slots[PARAMETERS_MAX]; /* in the order of the command's parameters */
    struct bound_call *block;
    size_t block_count;
    struct bound_call *wrapped;
};

static void bound_call_release(struct bound_call *call)
{
    for (size_t i = 0; i < PARAMETERS_MAX; i++) {
        for (size_t v = 0; v < call->slots[i].count; v++)
            value_release(&call->slots[i].values[v]);
        free(call->slots[i].values);
    }
    for (size_t i = 0; i < call->block_count; i++)
        bound_call_release(&call->block[i]);
    free(call->block);
    bound_call_free(&call->wrapped);
}

void bound_call_free(struct bound_call **call)
{
    if (*call == NULL)
        return;
    bound_call_release(*call);
    free(*call);
    *call = NULL;
}

static bool out_of_memory(const struct statement *statement, struct diagnostic *diagnostic)
{
    return diagnostic_set(diagnostic, ERROR_SYSTEM, statement->head, "out of memory");
}

/* Consumes value. */
static bool slot_add(struct argument_slot *slot, struct value *value)
{
    struct value *values =
        array_grow(slot->values, slot->count, sizeof *values, STATEMENT_ARGUMENTS_MAX);
    if (values == NULL) {
        value_release(value);
        return false;
    }
    slot->values = values;
    slot->values[slot->count++] = *value;
    return true;
}

static bool resolve_argument(struct bound_call *call, const struct argument *argument,
                             const struct variables *variables, struct diagnostic *diagnostic)
{
    const struct command *command = call->statement->command;
    struct argument_slot *slot = &call->slots[argument->parameter - command->parameters];
    struct value value = value_boolean(true);
    char why[PARAMETER_WHY_SIZE];
    if (argument->expression != NULL &&
        !expression_evaluate(argument->expression, variables, &value, diagnostic))
        return false;
    if (!parameter_convert(argument->parameter, &value, why)) {
        value_release(&value);
        return diagnostic_set(diagnostic, ERROR_USAGE, argument->span, "%s %s",
                              argument->parameter->name, why);
    }
    if (!slot->given)
        slot->span = argument->span;
    slot->given = true;
    return slot_add(slot, &value) || out_of_memory(call->statement, diagnostic);
}

/* Adds the default. A unit test converts every default of the vocabulary. */
static bool resolve_fallback(struct bound_call *call, size_t index, struct diagnostic *diagnostic)
{
    const struct parameter *parameter = &call->statement->command->parameters[index];
    struct value value;
    char why[PARAMETER_WHY_SIZE];
    if (call->slots[index].given || parameter->fallback == NULL)
        return true;
    if (!value_string(&value, parameter->fallback))
        return out_of_memory(call->statement, diagnostic);
    if (!parameter_convert(parameter, &value, why)) {
        value_release(&value);
        return diagnostic_set(diagnostic, ERROR_SYSTEM, call->statement->head,
                              "the default of %s %s", parameter->name, why);
    }
    return slot_add(&call->slots[index], &value) || out_of_memory(call->statement, diagnostic);
}

static bool resolve_block(struct bound_call *call, const struct variables *variables,
                          struct diagnostic *diagnostic);

static bool resolve(struct bound_call *call, const struct statement *statement,
                    const struct variables *variables, struct diagnostic *diagnostic)
{
    assert(statement->kind == STATEMENT_COMMAND && statement->command != NULL);
    call->statement = statement;
    for (size_t i = 0; i < statement->argument_count; i++) {
        if (!resolve_argument(call, &statement->arguments[i], variables, diagnostic))
            return false;
    }
    for (size_t i = 0; i < statement->command->parameter_count; i++) {
        if (!resolve_fallback(call, i, diagnostic))
            return false;
    }
    if (statement->wrapped != NULL) {
        call->wrapped = bound_call_resolve(statement->wrapped, variables, diagnostic);
        if (call->wrapped == NULL)
            return false;
    }
    return resolve_block(call, variables, diagnostic);
}

static bool resolve_block(struct bound_call *call, const struct variables *variables,
                          struct diagnostic *diagnostic)
{
    const struct statement *statement = call->statement;
    if (statement->block_count == 0)
        return true;
    call->block = calloc(statement->block_count, sizeof *call->block);
    if (call->block == NULL)
        return out_of_memory(statement, diagnostic);
    call->block_count = statement->block_count;
    for (size_t i = 0; i < statement->block_count; i++) {
        if (!resolve(&call->block[i], &statement->block[i], variables, diagnostic))
            return false;
    }
    return true;
}

struct bound_call *bound_call_resolve(const struct statement *statement,
                                      const struct variables *variables,
                                      struct diagnostic *diagnostic)
{
    struct bound_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        out_of_memory(statement, diagnostic);
    else if (!resolve(call, statement, variables, diagnostic))
        bound_call_free(&call);
    return call;
}

/* ---- what run functions ask ---- */

static const struct parameter *parameter_of(const struct bound_call *call, const char *name)
{
    const struct parameter *parameter = command_parameter(call->statement->command, name);
    assert(parameter != NULL);
    return parameter;
}

static const struct argument_slot *slot_of(const struct bound_call *call, const char *name)
{
    return &call->slots[parameter_of(call, name) - call->statement->command->parameters];
}

/* The only value, or the first; NULL if there is none. */
static const struct value *value_of(const struct bound_call *call, const char *name)
{
    const struct argument_slot *slot = slot_of(call, name);
    return slot->count == 0 ? NULL : &slot->values[0];
}

const struct command *bound_call_command(const struct bound_call *call)
{
    return call->statement->command;
}

bool bound_call_given(const struct bound_call *call, const char *name)
{
    return slot_of(call, name)->given;
}

bool bound_call_has(const struct bound_call *call, const char *name)
{
    return slot_of(call, name)->count > 0;
}

double bound_call_number(const struct bound_call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(value != NULL && value->kind == VALUE_NUMBER);
    return value->number;
}

long long bound_call_integer(const struct bound_call *call, const char *name)
{
    return (long long)bound_call_number(call, name);
}

bool bound_call_boolean(const struct bound_call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(parameter_of(call, name)->kind == PARAMETER_BOOLEAN);
    return value != NULL && value->boolean;
}

const char *bound_call_string(const struct bound_call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    return value == NULL || value->kind != VALUE_STRING ? NULL : value->text;
}

struct bound_call_size bound_call_size(const struct bound_call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(value != NULL && value->kind == VALUE_LIST && value->list.count == SIZE_COUNT);
    return (struct bound_call_size){(int)value->list.items[0].number,
                                    (int)value->list.items[1].number};
}

bool bound_call_is_integer(const struct bound_call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    return value != NULL && value->kind == VALUE_NUMBER;
}

bool bound_call_is(const struct bound_call *call, const char *name, const char *word)
{
    const char *text = bound_call_string(call, name);
    return text != NULL && strcmp(text, word) == 0;
}

size_t bound_call_count(const struct bound_call *call, const char *name)
{
    return slot_of(call, name)->count;
}

const struct value *bound_call_value(const struct bound_call *call, const char *name, size_t index)
{
    const struct argument_slot *slot = slot_of(call, name);
    assert(index < slot->count);
    return &slot->values[index];
}

bool bound_call_has_block(const struct bound_call *call)
{
    return call->statement->has_block;
}

size_t bound_call_block_count(const struct bound_call *call)
{
    return call->block_count;
}

const struct bound_call *bound_call_block(const struct bound_call *call, size_t index)
{
    assert(index < call->block_count);
    return &call->block[index];
}

const struct bound_call *bound_call_wrapped(const struct bound_call *call)
{
    return call->wrapped;
}

struct span bound_call_span(const struct bound_call *call, const char *name)
{
    if (name == NULL)
        return call->statement->head;
    const struct argument_slot *slot = slot_of(call, name);
    return slot->given ? slot->span : call->statement->head;
}

struct span bound_call_value_span(const struct bound_call *call, const char *name, size_t index)
{
    const struct statement *statement = call->statement;
    const struct parameter *parameter = parameter_of(call, name);
    size_t i = 0;
    assert(slot_of(call, name)->given && index < bound_call_count(call, name));
    /* Each argument has one value, in the order of the cell. */
    while (statement->arguments[i].parameter != parameter || index-- > 0)
        i++;
    return statement->arguments[i].span;
}

bool bound_call_diagnostic(const struct bound_call *call, struct diagnostic *diagnostic,
                           const char *name, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    diagnostic_set_list(diagnostic, ERROR_USAGE, bound_call_span(call, name), format, values);
    va_end(values);
    return false;
}

bool bound_call_error(const struct bound_call *call, struct diagnostic *diagnostic,
                      const char *name, const struct error *error)
{
    enum error_kind kind = error->kind == ERROR_NONE ? ERROR_SYSTEM : error->kind;
    return diagnostic_set(diagnostic, kind, bound_call_span(call, name), "%s", error->text);
}
