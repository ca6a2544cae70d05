/*
 * steps - an expression as a row of steps for a small stack machine.
 *
 * expression.c writes the row, evaluate.c walks it. A row instead of a tree: a sum of a hundred thousand terms needs no
 * recursion to evaluate and none to free.
 *
 *     $x * 2 + 1      VARIABLE x, CONSTANT 2, MULTIPLY, CONSTANT 1, ADD
 */
#ifndef MNIST_LANGUAGE_STEPS_H
#define MNIST_LANGUAGE_STEPS_H

#include <stddef.h>

#include "mnist/language/expression.h"

enum step_kind {
    STEP_CONSTANT, /* pushes `constant`                                   */
    STEP_VARIABLE, /* pushes the variable called constant.text            */
    STEP_NEGATE,   /* one operand                                         */
    STEP_PLUS,
    STEP_ADD, /* two operands                                        */
    STEP_SUBTRACT,
    STEP_MULTIPLY,
    STEP_DIVIDE,
    STEP_REMAINDER,
    STEP_POWER,
    STEP_INDEX,
    STEP_JOIN, /* `count` operands become one text                    */
    STEP_LIST, /* `count` operands become one list                    */
    STEP_CALL, /* `function` of `count` operands                      */
};

enum function {
    FUNCTION_SQRT,
    FUNCTION_ABS,
    FUNCTION_ROUND,
    FUNCTION_MIN,
    FUNCTION_MAX,
    FUNCTION_LEN,
    FUNCTION_FLOAT
};

struct step {
    enum step_kind kind;
    enum function function;
    size_t count;
    struct span span; /* what a mistake of this step points at */
    struct value constant;
};

struct expression {
    struct step *steps;
    size_t count, capacity;
    size_t depth; /* values on the stack at most */
};

#endif
