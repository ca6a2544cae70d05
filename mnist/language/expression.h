/*
 * expression - values and arithmetic: parsed once, evaluated any number of times.
 *
 *     sum     = product { ("+" | "-") product }    numbers; + also joins two strings or two lists
 *     product = unary { ("*" | "/" | "%") unary }
 *     unary   = ("-" | "+") unary | power
 *     power   = item [ ("^" | "**") unary ]        binds tighter than a sign before it: -2^2 = -4
 *     item    = primary { "[" sum "]" }
 *     primary = number | "string with $name" | 'string' | $name | ${name}
 *             | True | False | None | yes | no
 *             | "(" sum ")" | "[" [ sum { "," sum } ] "]" | function "(" sum { "," sum } ")"
 *
 * program.c uses it for assignments, results and arguments; session_evaluate for user_expressions.
 */
#ifndef MNIST_LANGUAGE_EXPRESSION_H
#define MNIST_LANGUAGE_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/value.h"
#include "mnist/language/variables.h"

enum { EXPRESSION_DEPTH_MAX = 100, EXPRESSION_NODES_MAX = 200000 };

struct expression;

/* Parses the span of `text`; locations in diagnostics refer to `text`, which is borrowed during
   the call only. NULL with diagnostic set on failure. Caller frees with expression_free. */
struct expression *expression_parse(const char *text, struct span span,
                                    struct diagnostic *diagnostic);
void expression_free(struct expression **expression);

/* The same for one word of a command, read as in a shell: unquoted text, "...$name...", '...' and
   $name next to each other are concatenated. $name alone keeps the kind of the variable's value.
   */
struct expression *expression_word(const char *text, struct span span,
                                   struct diagnostic *diagnostic);

/* False with diagnostic set; *value is None then. Caller releases value. */
bool expression_evaluate(const struct expression *expression, const struct variables *variables,
                         struct value *value, struct diagnostic *diagnostic);

/* True if the expression contains no variable. */
bool expression_constant(const struct expression *expression);

/* Parses and evaluates a text that is one expression. */
bool expression_value(const char *text, const struct variables *variables, struct value *value,
                      struct diagnostic *diagnostic);

#endif
