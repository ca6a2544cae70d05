/*
 * functions - the functions of expressions: sqrt, abs, round, min, max, len, float.
 *
 * To add a function: an entry in the table of functions.c and the C function that computes it.
 * parse_primary.c finds it by name and checks the number of arguments, evaluate.c calls it,
 * completion and inspection show `usage` and `help`.
 */
#ifndef MNIST_LANGUAGE_FUNCTIONS_H
#define MNIST_LANGUAGE_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct evaluation;

struct function {
    const char *name, *usage, *help;
    size_t arguments_min, arguments_max;
    bool numeric; /* every argument must be a number: checked before the call */
    /* The arguments are the operands of the evaluation. False with its diagnostic set. */
    bool (*call)(const struct evaluation *evaluation);
};

/* index from 0; NULL after the last. */
const struct function *function_at(size_t index);

/* NULL if there is none of this name. */
const struct function *function_find(const char *name, size_t size);

#endif
