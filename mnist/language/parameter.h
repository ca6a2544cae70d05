/*
 * parameter - the values that a parameter accepts: their description, and the conversion to them.
 *
 * argument_check.c converts constant arguments before a cell runs, bound_call.c converts all of
 * them when the command runs, and help.c shows the description.
 */
#ifndef MNIST_LANGUAGE_PARAMETER_H
#define MNIST_LANGUAGE_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/value.h"
#include "mnist/language/command.h"

enum {
    PARAMETER_EXPECTED_SIZE = 400, /* bytes of a description, its NUL included */
    PARAMETER_WHY_SIZE = 800,      /* bytes of a reason, its NUL included      */
    SIZE_COUNT = 2,                /* a SIZE is a list of rows and columns     */
};

/* "an integer from 1 to 10000", "sgd, adam or adamw". Returns text. */
const char *parameter_expected(char text[PARAMETER_EXPECTED_SIZE],
                               const struct parameter *parameter);

/* Whether the name is valid for a network or a file: 1 to NAME_SIZE_MAX bytes of letters, digits,
   _ - . and characters beyond ASCII, not beginning with . or - . */
bool parameter_name_valid(const char *name);

/* True if the argument is parsed as an expression (BOOLEAN, INTEGER, NUMBER, VALUE), false if it
   is a word as in a shell (all other kinds). */
bool parameter_is_expression(const struct parameter *parameter);

/* Converts *value to the kind of the parameter:
       BOOLEAN                     a boolean; the strings yes, no, true, false, on, off are accepted
       INTEGER, NUMBER             a number; a string that spells a number is accepted, since `ask`
                                   returns strings
       CHOICE, STRING, NAME, PATH  a string; a CHOICE with also_integer may be a number
       SIZE                        a list of two numbers
       VALUE                       unchanged
   Returns false if that is not possible. Then *value is unchanged, and `why` is the reason without
   the name of the parameter: `must be an integer from 1 to 10000, not "ten"`. */
bool parameter_convert(const struct parameter *parameter, struct value *value,
                       char why[PARAMETER_WHY_SIZE]);

#endif
