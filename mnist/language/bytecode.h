/*
 * bytecode - an expression as an array of instructions for a stack machine.
 *
 * expression.c appends the instructions in postfix order, evaluate.c runs them. An array needs no
 * recursion to evaluate or to free, so a sum of 100,000 terms cannot overflow the C stack.
 *
 *     $x * 2 + 1      OP_VARIABLE x, OP_CONSTANT 2, OP_MULTIPLY, OP_CONSTANT 1, OP_ADD
 *
 * Invariant: every instruction pops its operands and pushes one value, and at the end one value
 * is on the stack.
 */
#ifndef MNIST_LANGUAGE_BYTECODE_H
#define MNIST_LANGUAGE_BYTECODE_H

#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/value.h"

struct function;

enum opcode {
    OP_CONSTANT, /* no operand: pushes `constant`                   */
    OP_VARIABLE, /* no operand: pushes the variable constant.text   */
    OP_NEGATE,   /* one operand                                     */
    OP_PLUS,
    OP_ADD, /* two operands                                    */
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
    OP_POWER,
    OP_INDEX,
    OP_JOIN, /* `count` operands: concatenates them to a string */
    OP_LIST, /* `count` operands: makes a list of them          */
    OP_CALL, /* `count` operands: calls `function`              */
};

struct instruction {
    enum opcode opcode;
    const struct function *function;
    size_t count;
    struct span span; /* the location of a diagnostic of this instruction */
    struct value constant;
};

struct expression {
    struct instruction *instructions;
    size_t count;
    size_t depth; /* maximum number of values on the stack */
};

#endif
