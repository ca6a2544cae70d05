/*
 * bound_call - a command with the values of all its parameters: the argument of a run function.
 *
 * bound_call_resolve evaluates the arguments, converts them to the kinds of their parameters, and
 * adds the defaults. The accessors take the name of a parameter. A name that the command does not
 * have, or the accessor of another kind, is a programmer error and fails an assertion.
 *
 *     if (!bound_call_given(call, "rate")) ...
 *     int epochs = (int)bound_call_integer(call, "epochs");
 *     if (epochs > left)
 *         return bound_call_diagnostic(call, diagnostic, "epochs", "only %d are left", left);
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

/* The statement must be a command and outlive the call. The layers of its block and the command
   after `time` are resolved with it. NULL with diagnostic set on failure. Caller frees with
   bound_call_free. */
struct bound_call *bound_call_resolve(const struct statement *statement,
                                      const struct variables *variables,
                                      struct diagnostic *diagnostic);
void bound_call_free(struct bound_call **call);

const struct command *bound_call_command(const struct bound_call *call);

/* True if the cell gives the parameter; false if it has its default or no value. */
bool bound_call_given(const struct bound_call *call, const char *name);

/* True if there is a value: given or default. */
bool bound_call_has(const struct bound_call *call, const char *name);

long long bound_call_integer(const struct bound_call *call,
                             const char *name); /* INTEGER, or a CHOICE given as an integer */
double bound_call_number(const struct bound_call *call, const char *name); /* NUMBER or INTEGER */
bool bound_call_boolean(const struct bound_call *call,
                        const char *name); /* BOOLEAN; false if not given */
const char *bound_call_string(const struct bound_call *call,
                              const char *name); /* CHOICE, NAME, STRING, PATH; NULL = none */
struct bound_call_size bound_call_size(const struct bound_call *call, const char *name); /* SIZE */

/* True for a CHOICE with also_integer that is given as an integer. */
bool bound_call_is_integer(const struct bound_call *call, const char *name);

/* True if the value (given or default) is this word. */
bool bound_call_is(const struct bound_call *call, const char *name, const char *word);

/* Parameters that repeat, and kind VALUE: the number of values, and the value at index. Borrowed.
   */
size_t bound_call_count(const struct bound_call *call, const char *name);
const struct value *bound_call_value(const struct bound_call *call, const char *name, size_t index);

/* The layers of the block, in order; has_block distinguishes `model mine:` from `model mine`.
   Borrowed. */
bool bound_call_has_block(const struct bound_call *call);
size_t bound_call_block_count(const struct bound_call *call);
const struct bound_call *bound_call_block(const struct bound_call *call, size_t index);

/* The command after `time`; NULL if there is none. Borrowed. */
const struct bound_call *bound_call_wrapped(const struct bound_call *call);

/* The location of the argument, or of verb and subject if it is not given or name is NULL. */
struct span bound_call_span(const struct bound_call *call, const char *name);

/* The location of the value at index, of a parameter that repeats and is given. */
struct span bound_call_value_span(const struct bound_call *call, const char *name, size_t index);

/* Sets a diagnostic with the location bound_call_span(call, name); returns false. */
__attribute__((format(printf, 4, 5))) bool bound_call_diagnostic(const struct bound_call *call,
                                                                 struct diagnostic *diagnostic,
                                                                 const char *name,
                                                                 const char *format, ...);

/* The same with text and kind of an error of another room. */
bool bound_call_error(const struct bound_call *call, struct diagnostic *diagnostic,
                      const char *name, const struct error *error);

#endif
