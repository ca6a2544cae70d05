/*
 * call - a command with all its values known: what a run function receives.
 *
 * call_resolve puts variables in, checks types and ranges once more (values that were literal in the cell were checked
 * when it was parsed) and adds the defaults. Accessors name the parameter; a name that the command does not have, or
 * the accessor of another kind, is a programmer's mistake and asserts.
 *
 *     if (!call_given(call, "rate")) ...
 *     int epochs = (int)call_whole(call, "epochs");
 *     if (epochs > left) return call_mistake(call, mistake, "epochs", "only %d epochs are left", left);
 */
#ifndef MNIST_LANGUAGE_CALL_H
#define MNIST_LANGUAGE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/mistake.h"
#include "mnist/language/program.h"
#include "mnist/language/value.h"
#include "mnist/language/variables.h"
#include "mnist/language/vocabulary.h"

struct call;

struct call_size {
    int height, width;
};

/* The statement is a command, and stays alive as long as the call. NULL with mistake set. Caller frees with call_free.
   The layers of a block and the command inside `time` are resolved with it. */
struct call *call_resolve(const struct statement *statement, const struct variables *variables,
                          struct mistake *mistake);
void call_free(struct call **call);

const struct command *call_command(const struct call *call);

/* True when the cell said it; false when the fallback stands in. */
bool call_given(const struct call *call, const char *name);

/* True when there is a value: said, or by fallback. */
bool call_has(const struct call *call, const char *name);

long long call_whole(const struct call *call,
                     const char *name); /* WHOLE, or a CHOICE given as a number */
double call_number(const struct call *call,
                   const char *name); /* NUMBER or WHOLE                      */
bool call_flag(const struct call *call,
               const char *name); /* FLAG; false when not given           */
const char *call_text(const struct call *call,
                      const char *name); /* CHOICE NAME TEXT PATH; NULL = none   */
struct call_size call_size(const struct call *call,
                           const char *name); /* SIZE                                 */

/* A CHOICE with `wholes` that was given as a number. */
bool call_is_whole(const struct call *call, const char *name);

/* True when the value (said or by fallback) is this word. */
bool call_is(const struct call *call, const char *name, const char *word);

/* Parameters that repeat, or VALUE: how many were given, and the one at index (any kind, as a value). Borrowed. */
size_t call_count(const struct call *call, const char *name);
const struct value *call_value(const struct call *call, const char *name, size_t index);

/* A block's layers, in order; has_block tells `model mine:` from `model mine`. Borrowed. */
bool call_has_block(const struct call *call);
size_t call_block_count(const struct call *call);
const struct call *call_block(const struct call *call, size_t index);

/* The command inside `time`; NULL when there is none. Borrowed. */
const struct call *call_wrapped(const struct call *call);

/* Where the command stands, where the argument stands (the command, when it was not given; name NULL = the command). */
struct span call_span(const struct call *call, const char *name);

/* Where the value at index stands, of a parameter that repeats and was given. */
struct span call_value_span(const struct call *call, const char *name, size_t index);

/* The command's own text as it stands in the cell, block included. Borrowed; does not end with NUL. */
const char *call_source(const struct call *call, size_t *size);

/* Fills mistake, pointing at the argument (as call_span), and returns false. */
__attribute__((format(printf, 4, 5))) bool call_mistake(const struct call *call,
                                                        struct mistake *mistake, const char *name,
                                                        const char *format, ...);

/* The same from an error of the layers below, which gives the kind too. */
bool call_error(const struct call *call, struct mistake *mistake, const char *name,
                const struct error *error);

#endif
