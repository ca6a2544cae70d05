/*
 * variables - the session's variables: `rate = 0.1`, then `$rate`.
 *
 * They are in the order of first assignment. Some commands set variables, e.g. `evaluate` sets
 * $accuracy.
 */
#ifndef MNIST_LANGUAGE_VARIABLES_H
#define MNIST_LANGUAGE_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/value.h"

enum { VARIABLES_MAX = 5000, VARIABLE_NAME_SIZE_MAX = 100 };

struct variables;

struct variables *variables_new(
    void); /* NULL if memory runs out; caller frees with variables_free */
void variables_free(struct variables **variables);

/* Copies value. False if memory runs out, VARIABLES_MAX is reached, or the name is not valid. */
bool variables_set(struct variables *variables, const char *name, const struct value *value);
bool variables_set_number(struct variables *variables, const char *name, double number);
bool variables_set_string(struct variables *variables, const char *name, const char *text);

/* False if there is no variable of this name. */
bool variables_remove(struct variables *variables, const char *name);
void variables_clear(struct variables *variables);

/* NULL if there is none, or variables is NULL. Borrowed until the next change. */
const struct value *variables_get(const struct variables *variables, const char *name);

size_t variables_count(const struct variables *variables);
const char *variables_name(const struct variables *variables, size_t index);
const struct value *variables_at(const struct variables *variables, size_t index);

/* Valid names: a letter or _, then letters, digits and _. Characters beyond ASCII count as
   letters. */
bool variable_name_valid(const char *name);

#endif
