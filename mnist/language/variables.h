/*
 * variables - the names a cell has given to values: `rate = 0.1`, then `$rate`.
 *
 * Kept in the order in which they were first set. Commands set some too ($accuracy after
 * `evaluate`).
 */
#ifndef MNIST_LANGUAGE_VARIABLES_H
#define MNIST_LANGUAGE_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/value.h"

enum { VARIABLES_MAX = 5000, VARIABLE_NAME_SIZE_MAX = 100 };

struct variables;

struct variables *variables_new(
    void); /* NULL when out of memory; caller frees with variables_free */
void variables_free(struct variables **variables);

/* Copies value. False: no memory, VARIABLES_MAX reached, or name is not a name. */
bool variables_set(struct variables *variables, const char *name, const struct value *value);
bool variables_set_number(struct variables *variables, const char *name, double number);
bool variables_set_string(struct variables *variables, const char *name, const char *text);

/* False when there was none of this name. */
bool variables_remove(struct variables *variables, const char *name);
void variables_clear(struct variables *variables);

/* NULL when there is none (or variables is NULL). Borrowed until the next change. */
const struct value *variables_get(const struct variables *variables, const char *name);

size_t variables_count(const struct variables *variables);
const char *variables_name(const struct variables *variables, size_t index);
const struct value *variables_at(const struct variables *variables, size_t index);

/* A letter or _, then letters, digits and _; letters are ASCII or any character beyond it. */
bool variable_name_valid(const char *name);

#endif
