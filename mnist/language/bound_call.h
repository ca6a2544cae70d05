/*
 * bound_call - a command with all its values known: what a run function receives.
 *
 * bound_call_resolve puts variables in, checks types and ranges once more (values that were
 * literal in the cell were checked when it was parsed) and adds the defaults. Accessors name the
 * parameter; a name that the command does not have, or the accessor of another kind, is a
 * programmer's diagnostic and asserts.
 *
 *     if (!bound_call_given(call, "rate")) ...
 *     int epochs = (int)bound_call_integer(call, "epochs");
 *     if (epochs > left) return bound_call_diagnostic(call, diagnostic, "epochs", "only %d epochs are left", left);
 */
#ifndef MNIST_LANGUAGE_BOUND_CALL_H
#define MNIST_LANGUAGE_BOUND_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/program.h"
#include "mnist/language/value.h"
#include "mnist/language/variables.h"
#include "mnist/language/vocabulary.h"

struct bound_call;

struct bound_call_size {
    int rows, columns;
};

/* The statement is a command, and stays alive as long as the call. NULL with diagnostic set.
   Caller frees with bound_call_free. The layers of a block and the command inside `time` are
   resolved with it. */
struct bound_call *bound_call_resolve(const struct statement *statement,
                                      const struct variables *variables,
                                      struct diagnostic *diagnostic);
void bound_call_free(struct bound_call **call);

const struct command *bound_call_command(const struct bound_call *call);

/* True when the cell said it; false when the fallback stands in. */
bool bound_call_given(const struct bound_call *call, const char *name);

/* True when there is a value: said, or by fallback. */
bool bound_call_has(const struct bound_call *call, const char *name);

long long bound_call_integer(const struct bound_call *call,
                             const char *name); /* WHOLE, or a CHOICE given as a number */
double bound_call_number(const struct bound_call *call,
                         const char *name); /* NUMBER or WHOLE                      */
bool bound_call_boolean(const struct bound_call *call,
                        const char *name); /* FLAG; false when not given           */
const char *bound_call_string(const struct bound_call *call,
                              const char *name); /* CHOICE NAME TEXT PATH; NULL = none   */
struct bound_call_size bound_call_size(const struct bound_call *call,
                                       const char *name); /* SIZE                                 */

/* A CHOICE with `also_integer` that was given as a number. */
bool bound_call_is_integer(const struct bound_call *call, const char *name);

/* True when the value (said or by fallback) is this word. */
bool bound_call_is(const struct bound_call *call, const char *name, const char *word);

/* Parameters that repeat, or VALUE: how many were given, and the one at index (any kind, as a
   value). Borrowed. */
size_t bound_call_count(const struct bound_call *call, const char *name);
const struct value *bound_call_value(const struct bound_call *call, const char *name, size_t index);

/* A block's layers, in order; has_block tells `model mine:` from `model mine`. Borrowed. */
bool bound_call_has_block(const struct bound_call *call);
size_t bound_call_block_count(const struct bound_call *call);
const struct bound_call *bound_call_block(const struct bound_call *call, size_t index);

/* The command inside `time`; NULL when there is none. Borrowed. */
const struct bound_call *bound_call_wrapped(const struct bound_call *call);

/* Where the command stands, where the argument stands (the command, when it was not given; name
   NULL = the command). */
struct span bound_call_span(const struct bound_call *call, const char *name);

/* Where the value at index stands, of a parameter that repeats and was given. */
struct span bound_call_value_span(const struct bound_call *call, const char *name, size_t index);

/* The command's own text as it stands in the cell, block included. Borrowed; does not end with
   NUL. */
const char *bound_call_source(const struct bound_call *call, size_t *size);

/* Fills diagnostic, pointing at the argument (as bound_call_span), and returns false. */
__attribute__((format(printf, 4, 5))) bool bound_call_diagnostic(const struct bound_call *call,
                                                                 struct diagnostic *diagnostic,
                                                                 const char *name,
                                                                 const char *format, ...);

/* The same from an error of the layers below, which gives the kind too. */
bool bound_call_error(const struct bound_call *call, struct diagnostic *diagnostic,
                      const char *name, const struct error *error);

#endif
