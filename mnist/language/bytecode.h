/*
 * bytecode - an expression as a row of steps for a small stack machine.
 *
 * expression.c writes the row, evaluate.c walks it. A row instead of a tree: a sum of a hundred
 * thousand terms needs no recursion to evaluate and none to free.
 *
 *     $x * 2 + 1      VARIABLE x, CONSTANT 2, MULTIPLY, CONSTANT 1, ADD
 */
#ifndef MNIST_LANGUAGE_BYTECODE_H
#define MNIST_LANGUAGE_BYTECODE_H

#include <stddef.h>

#include "mnist/language/expression.h"

enum bytecode_kind {
    BYTECODE_CONSTANT, /* pushes `constant`                                   */
    BYTECODE_VARIABLE, /* pushes the variable called constant.text            */
    BYTECODE_NEGATE,   /* one operand                                         */
    BYTECODE_PLUS,
    BYTECODE_ADD, /* two operands                                        */
    BYTECODE_SUBTRACT,
    BYTECODE_MULTIPLY,
    BYTECODE_DIVIDE,
    BYTECODE_REMAINDER,
    BYTECODE_POWER,
    BYTECODE_INDEX,
    BYTECODE_JOIN, /* `count` operands become one text                    */
    BYTECODE_LIST, /* `count` operands become one list                    */
    BYTECODE_CALL, /* `function` of `count` operands                      */
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

struct bytecode {
    enum bytecode_kind kind;
    enum function function;
    size_t count;
    struct span span; /* what a diagnostic of this step points at */
    struct value constant;
};

struct expression {
    struct bytecode *steps;
    size_t count;
    size_t depth; /* values on the stack at most */
};

#endif
