/*
 * expression - values and plain arithmetic: parsed once, evaluated as often as liked.
 *
 *     sum     = product { ("+" | "-") product }          number + number, text + text, list + list
 *     product = unary { ("*" | "/" | "%") unary }
 *     unary   = ("-" | "+") unary | power
 *     power   = item [ ("^" | "**") unary ]              binds tighter than the minus before it: -2^2 = -4
 *     item    = atom { "[" sum "]" }
 *     atom    = number | "text with $name" | 'text' | $name | ${name} | True False None yes no | "(" sum ")"
 *             | "[" [ sum { "," sum } ] "]" | function "(" sum { "," sum } ")"
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

/* Parses all of span, a piece of `text` (positions in mistakes are in text). NULL with diagnostic
   set. Text is borrowed only during the call. Caller frees with expression_free. */
struct expression *expression_parse(const char *text, struct span span,
                                    struct diagnostic *diagnostic);
void expression_free(struct expression **expression);

/* The same for one word of a command, read as a shell does: bare characters, "…$name…", '…' and
   $name side by side make a text; $name alone keeps its variable's value. */
struct expression *expression_word(const char *text, struct span span,
                                   struct diagnostic *diagnostic);

/* False with diagnostic set; value is then None. Caller releases value. */
bool expression_evaluate(const struct expression *expression, const struct variables *variables,
                         struct value *value, struct diagnostic *diagnostic);

/* No variable occurs in it. */
bool expression_constant(const struct expression *expression);

/* Both in one, for a text that is nothing but an expression. */
bool expression_value(const char *text, const struct variables *variables, struct value *value,
                      struct diagnostic *diagnostic);

#endif
