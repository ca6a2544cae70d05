/*
 * evaluation - one instruction at run time: its operands, its result, its failure.
 *
 * Private to evaluate.c (operators) and functions.c (functions of expressions). The operands are
 * the topmost values of the stack. The result replaces the first of them; the others are
 * released.
 */
#ifndef MNIST_LANGUAGE_EVALUATION_H
#define MNIST_LANGUAGE_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/bytecode.h"
#include "mnist/language/diagnostic.h"
#include "mnist/language/value.h"

struct evaluation {
    const struct instruction *instruction;
    struct value *operands;
    struct diagnostic *diagnostic;
};

/* Releases `count` operands and stores the result in their place. Consumes result; returns true. */
bool evaluation_result(const struct evaluation *evaluation, size_t count, struct value result);

/* The same for a number. False with a diagnostic if it is infinite or not a number. */
bool evaluation_number(const struct evaluation *evaluation, size_t count, double number);

/* Sets the diagnostic; returns false. */
bool evaluation_out_of_memory(const struct evaluation *evaluation);

#endif
