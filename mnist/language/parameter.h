/*
 * parameter - what a parameter accepts: said in words, and checked.
 *
 * bound_call.c converts each argument with it, program.c the literal ones before anything runs,
 * help.c says the same in help.
 */
#ifndef MNIST_LANGUAGE_PARAMETER_H
#define MNIST_LANGUAGE_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/value.h"
#include "mnist/language/vocabulary.h"

enum {
    PARAMETER_WANTS_SIZE = 400, /* text of parameter_wants, its NUL included */
    SIZE_COUNT = 2,             /* a SIZE is a list of height and width      */
};

/* "a whole number from 1 to 10000", "sgd, adam or adamw"... Returns text. */
const char *parameter_wants(char text[PARAMETER_WANTS_SIZE], const struct parameter *parameter);

/* What a NAME parameter takes, which names networks and files: no separators, nothing hidden,
   nothing that looks like an option, at most NAME_SIZE_MAX bytes. */
bool parameter_name_valid(const char *name);

/* The parameter is read as an expression (numbers, flags, values), not as a word (texts, names,
   choices, sizes). */
bool parameter_is_expression(const struct parameter *parameter);

/* Turns *value into what the parameter holds: WHOLE and NUMBER a number, FLAG a boolean, CHOICE
   TEXT NAME PATH a text (a CHOICE with also_integer perhaps a number), SIZE a list of two numbers,
   VALUE anything. A text that reads as a number will do for a number: answers to `ask` are texts.
   On failure returns false, value stays, and text says why, without the parameter's name: `wants
   a whole number from 1 to 10000, not "ten"`. */
enum { PARAMETER_WHY_SIZE = 800 };
bool parameter_convert(const struct parameter *parameter, struct value *value,
                       char why[PARAMETER_WHY_SIZE]);

#endif
