/*
 * variables - an array in the order of first assignment.
 */
#include "mnist/language/variables.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

struct variable {
    char *name;
    struct value value;
};

struct variables {
    struct variable *items;
    size_t count;
};

struct variables *variables_new(void)
{
    return calloc(1, sizeof(struct variables));
}

void variables_free(struct variables **variables)
{
    if (*variables == NULL)
        return;
    variables_clear(*variables);
    free((*variables)->items);
    free(*variables);
    *variables = NULL;
}

void variables_clear(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        free(variables->items[i].name);
        value_release(&variables->items[i].value);
    }
    variables->count = 0;
}

bool variable_name_valid(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > VARIABLE_NAME_SIZE_MAX || (name[0] >= '0' && name[0] <= '9'))
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
        if (!letter && !(*c >= '0' && *c <= '9') && (unsigned char)*c < 0x80)
            return false;
    }
    return true;
}

static struct variable *variables_find(const struct variables *variables, const char *name)
{
    for (size_t i = 0; i < variables->count; i++) {
        if (strcmp(variables->items[i].name, name) == 0)
            return &variables->items[i];
    }
    return NULL;
}

/* Adds a variable with value None; NULL if there is no room. */
static struct variable *variables_add(struct variables *variables, const char *name)
{
    struct variable *items =
        array_grow(variables->items, variables->count, sizeof *items, VARIABLES_MAX);
    if (items == NULL)
        return NULL;
    variables->items = items;
    struct variable *variable = &variables->items[variables->count];
    value_init(&variable->value);
    variable->name = strdup(name);
    if (variable->name == NULL)
        return NULL;
    variables->count++;
    return variable;
}

bool variables_set(struct variables *variables, const char *name, const struct value *value)
{
    struct value copy;
    if (!variable_name_valid(name) || !value_copy(&copy, value))
        return false;
    struct variable *variable = variables_find(variables, name);
    if (variable == NULL)
        variable = variables_add(variables, name);
    if (variable == NULL) {
        value_release(&copy);
        return false;
    }
    value_release(&variable->value);
    variable->value = copy;
    return true;
}

bool variables_set_number(struct variables *variables, const char *name, double number)
{
    struct value value = value_number(number);
    return variables_set(variables, name, &value);
}

bool variables_set_string(struct variables *variables, const char *name, const char *text)
{
    struct value value;
    if (!value_string(&value, text))
        return false;
    bool set = variables_set(variables, name, &value);
    value_release(&value);
    return set;
}

bool variables_remove(struct variables *variables, const char *name)
{
    struct variable *variable = variables_find(variables, name);
    if (variable == NULL)
        return false;
    free(variable->name);
    value_release(&variable->value);
    size_t after = (size_t)(variables->items + variables->count - (variable + 1));
    memmove(variable, variable + 1, after * sizeof *variable);
    variables->count--;
    return true;
}

const struct value *variables_get(const struct variables *variables, const char *name)
{
    if (variables == NULL)
        return NULL;
    const struct variable *variable = variables_find(variables, name);
    return variable == NULL ? NULL : &variable->value;
}

size_t variables_count(const struct variables *variables)
{
    return variables == NULL ? 0 : variables->count;
}

const char *variables_name(const struct variables *variables, size_t index)
{
    assert(index < variables->count);
    return variables->items[index].name;
}

const struct value *variables_at(const struct variables *variables, size_t index)
{
    assert(index < variables->count);
    return &variables->items[index].value;
}
