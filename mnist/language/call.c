/*
 * call - values for all of a command's parameters.
 */
#include "mnist/language/call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/parameter.h"
#include "mnist/language/statement.h"
#include "mnist/utf8.h"

/* What one parameter has: nothing, the fallback, or what the cell gave it. */
struct slot {
    bool given;
    struct span span; /* of the first, when given */
    struct value *values;
    size_t count;
};

struct call {
    const struct statement *statement;
    struct slot slots[PARAMETERS_MAX]; /* as the command's parameters */
    struct call *block;
    size_t block_count;
    struct call *wrapped;
};

static void call_release(struct call *call)
{
    for (size_t i = 0; i < PARAMETERS_MAX; i++) {
        for (size_t v = 0; v < call->slots[i].count; v++)
            value_release(&call->slots[i].values[v]);
        free(call->slots[i].values);
    }
    for (size_t i = 0; i < call->block_count; i++)
        call_release(&call->block[i]);
    free(call->block);
    call_free(&call->wrapped);
}

void call_free(struct call **call)
{
    if (*call == NULL)
        return;
    call_release(*call);
    free(*call);
    *call = NULL;
}

static bool out_of_memory(const struct statement *statement, struct mistake *mistake)
{
    return mistake_set(mistake, ERROR_SYSTEM, statement->head, "out of memory");
}

/* Consumes value. */
static bool slot_add(struct slot *slot, struct value *value)
{
    struct value *values = realloc(slot->values, (slot->count + 1) * sizeof *values);
    if (values == NULL) {
        value_release(value);
        return false;
    }
    slot->values = values;
    slot->values[slot->count++] = *value;
    return true;
}

static bool resolve_argument(struct call *call, const struct argument *argument,
                             const struct variables *variables, struct mistake *mistake)
{
    const struct command *command = call->statement->command;
    struct slot *slot = &call->slots[argument->parameter - command->parameters];
    struct value value = value_boolean(true);
    char why[PARAMETER_WHY_SIZE];
    if (argument->expression != NULL &&
        !expression_evaluate(argument->expression, variables, &value, mistake))
        return false;
    if (!parameter_convert(argument->parameter, &value, why)) {
        value_release(&value);
        return mistake_set(mistake, ERROR_USAGE, argument->span, "%s %s", argument->parameter->name,
                           why);
    }
    if (!slot->given)
        slot->span = argument->span;
    slot->given = true;
    return slot_add(slot, &value) || out_of_memory(call->statement, mistake);
}

/* The vocabulary's defaults fit their parameters: a test says so. */
static bool resolve_fallback(struct call *call, size_t index, struct mistake *mistake)
{
    const struct parameter *parameter = &call->statement->command->parameters[index];
    struct value value;
    char why[PARAMETER_WHY_SIZE];
    if (call->slots[index].given || parameter->fallback == NULL)
        return true;
    if (!value_text(&value, parameter->fallback))
        return out_of_memory(call->statement, mistake);
    if (!parameter_convert(parameter, &value, why)) {
        value_release(&value);
        return mistake_set(mistake, ERROR_SYSTEM, call->statement->head, "the default of %s %s",
                           parameter->name, why);
    }
    return slot_add(&call->slots[index], &value) || out_of_memory(call->statement, mistake);
}

static bool resolve_block(struct call *call, const struct variables *variables,
                          struct mistake *mistake);

static bool resolve(struct call *call, const struct statement *statement,
                    const struct variables *variables, struct mistake *mistake)
{
    assert(statement->kind == STATEMENT_COMMAND && statement->command != NULL);
    call->statement = statement;
    for (size_t i = 0; i < statement->argument_count; i++) {
        if (!resolve_argument(call, &statement->arguments[i], variables, mistake))
            return false;
    }
    for (size_t i = 0; i < statement->command->parameter_count; i++) {
        if (!resolve_fallback(call, i, mistake))
            return false;
    }
    if (statement->wrapped != NULL) {
        call->wrapped = call_resolve(statement->wrapped, variables, mistake);
        if (call->wrapped == NULL)
            return false;
    }
    return resolve_block(call, variables, mistake);
}

static bool resolve_block(struct call *call, const struct variables *variables,
                          struct mistake *mistake)
{
    const struct statement *statement = call->statement;
    if (statement->block_count == 0)
        return true;
    call->block = calloc(statement->block_count, sizeof *call->block);
    if (call->block == NULL)
        return out_of_memory(statement, mistake);
    call->block_count = statement->block_count;
    for (size_t i = 0; i < statement->block_count; i++) {
        if (!resolve(&call->block[i], &statement->block[i], variables, mistake))
            return false;
    }
    return true;
}

struct call *call_resolve(const struct statement *statement, const struct variables *variables,
                          struct mistake *mistake)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        out_of_memory(statement, mistake);
    else if (!resolve(call, statement, variables, mistake))
        call_free(&call);
    return call;
}

/* ---- what run functions ask ---- */

static const struct parameter *parameter_of(const struct call *call, const char *name)
{
    const struct parameter *parameter = command_parameter(call->statement->command, name);
    assert(parameter != NULL);
    return parameter;
}

static const struct slot *slot_of(const struct call *call, const char *name)
{
    return &call->slots[parameter_of(call, name) - call->statement->command->parameters];
}

/* The only value, or the first; NULL when there is none. */
static const struct value *value_of(const struct call *call, const char *name)
{
    const struct slot *slot = slot_of(call, name);
    return slot->count == 0 ? NULL : &slot->values[0];
}

const struct command *call_command(const struct call *call)
{
    return call->statement->command;
}

bool call_given(const struct call *call, const char *name)
{
    return slot_of(call, name)->given;
}

bool call_has(const struct call *call, const char *name)
{
    return slot_of(call, name)->count > 0;
}

double call_number(const struct call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(value != NULL && value->kind == VALUE_NUMBER);
    return value->number;
}

long long call_whole(const struct call *call, const char *name)
{
    return (long long)call_number(call, name);
}

bool call_flag(const struct call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(parameter_of(call, name)->kind == PARAMETER_FLAG);
    return value != NULL && value->boolean;
}

const char *call_text(const struct call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    return value == NULL || value->kind != VALUE_TEXT ? NULL : value->text;
}

struct call_size call_size(const struct call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    assert(value != NULL && value->kind == VALUE_LIST && value->list.count == SIZE_COUNT);
    return (struct call_size){(int)value->list.items[0].number, (int)value->list.items[1].number};
}

bool call_is_whole(const struct call *call, const char *name)
{
    const struct value *value = value_of(call, name);
    return value != NULL && value->kind == VALUE_NUMBER;
}

bool call_is(const struct call *call, const char *name, const char *word)
{
    const char *text = call_text(call, name);
    return text != NULL && strcmp(text, word) == 0;
}

size_t call_count(const struct call *call, const char *name)
{
    return slot_of(call, name)->count;
}

const struct value *call_value(const struct call *call, const char *name, size_t index)
{
    const struct slot *slot = slot_of(call, name);
    assert(index < slot->count);
    return &slot->values[index];
}

bool call_has_block(const struct call *call)
{
    return call->statement->has_block;
}

size_t call_block_count(const struct call *call)
{
    return call->block_count;
}

const struct call *call_block(const struct call *call, size_t index)
{
    assert(index < call->block_count);
    return &call->block[index];
}

const struct call *call_wrapped(const struct call *call)
{
    return call->wrapped;
}

struct span call_span(const struct call *call, const char *name)
{
    if (name == NULL)
        return call->statement->head;
    const struct slot *slot = slot_of(call, name);
    return slot->given ? slot->span : call->statement->head;
}

struct span call_value_span(const struct call *call, const char *name, size_t index)
{
    const struct statement *statement = call->statement;
    const struct parameter *parameter = parameter_of(call, name);
    size_t i = 0;
    assert(slot_of(call, name)->given && index < call_count(call, name));
    /* Each argument has given one value, in the cell's order. */
    while (statement->arguments[i].parameter != parameter || index-- > 0)
        i++;
    return statement->arguments[i].span;
}

const char *call_source(const struct call *call, size_t *size)
{
    *size = call->statement->span.size;
    return call->statement->text + call->statement->span.start;
}

bool call_mistake(const struct call *call, struct mistake *mistake, const char *name,
                  const char *format, ...)
{
    if (mistake != NULL) {
        mistake->kind = ERROR_USAGE;
        mistake->span = call_span(call, name);
        char text[sizeof mistake->text];
        va_list values;
        va_start(values, format);
        vsnprintf(text, sizeof text, format, values);
        va_end(values);
        utf8_visible(mistake->text, sizeof mistake->text, text, true);
    }
    return false;
}

bool call_error(const struct call *call, struct mistake *mistake, const char *name,
                const struct error *error)
{
    enum error_kind kind = error->kind == ERROR_NONE ? ERROR_SYSTEM : error->kind;
    return mistake_set(mistake, kind, call_span(call, name), "%s", error->text);
}
