/*
 * evaluate - runs the instructions of an expression with a stack of values.
 *
 * Arithmetic never yields infinity or NaN, only float("nan") does: such a result is a diagnostic
 * that points at the operation.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/language/bytecode.h"
#include "mnist/language/evaluation.h"
#include "mnist/language/expression.h"
#include "mnist/language/functions.h"
#include "mnist/language/nearest.h"

/* Bytes of all variables that one expression may copy. */
enum { EVALUATE_SIZE_MAX = 64 * 1024 * 1024 };

static bool run_variable(const struct evaluation *evaluation, const struct variables *variables,
                         size_t *copied)
{
    const char *name = evaluation->instruction->constant.text;
    const struct value *value = variables_get(variables, name);
    if (value != NULL) {
        *copied += value_size(value);
        if (*copied > EVALUATE_SIZE_MAX)
            return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER,
                                  evaluation->instruction->span,
                                  "the variables of the expression take more than 64 MiB in total");
        return value_copy(evaluation->operands, value) || evaluation_out_of_memory(evaluation);
    }
    struct nearest nearest = nearest_begin(name);
    for (size_t i = 0; i < variables_count(variables); i++)
        nearest_offer(&nearest, variables_name(variables, i));
    if (nearest.best != NULL)
        return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                              "there is no variable $%s; did you mean `$%s`?", name, nearest.best);
    return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                          "there is no variable $%s; set it with `%s = ...`", name, name);
}

static bool run_sign(const struct evaluation *evaluation)
{
    if (evaluation->operands[0].kind != VALUE_NUMBER)
        return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                              "the operand of a sign must be a number, not %s",
                              value_kind_name(evaluation->operands[0].kind));
    if (evaluation->instruction->opcode == OP_NEGATE)
        evaluation->operands[0].number = -evaluation->operands[0].number;
    return true;
}

static bool divide_by_zero(const struct evaluation *evaluation)
{
    return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER, evaluation->instruction->span,
                          "division by zero");
}

/* a % b with the sign of b, so that a = b * floor(a / b) + a % b. */
static double remainder_floor(double a, double b)
{
    double rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static bool run_numbers(const struct evaluation *evaluation)
{
    double a = evaluation->operands[0].number, b = evaluation->operands[1].number;
    switch (evaluation->instruction->opcode) {
    case OP_ADD: return evaluation_number(evaluation, 2, a + b);
    case OP_SUBTRACT: return evaluation_number(evaluation, 2, a - b);
    case OP_MULTIPLY: return evaluation_number(evaluation, 2, a * b);
    case OP_DIVIDE:
        return b == 0 ? divide_by_zero(evaluation) : evaluation_number(evaluation, 2, a / b);
    case OP_REMAINDER:
        return b == 0 ? divide_by_zero(evaluation)
                      : evaluation_number(evaluation, 2, remainder_floor(a, b));
    default:
        return a == 0 && b < 0 ? divide_by_zero(evaluation)
                               : evaluation_number(evaluation, 2, pow(a, b));
    }
}

/* The result is the string; out is released. */
static bool string_result(const struct evaluation *evaluation, size_t operands,
                          struct string_buffer *out)
{
    struct value joined;
    bool made = !out->failed &&
                value_string_bytes(&joined, out->bytes == NULL ? "" : out->bytes, out->size);
    string_buffer_release(out);
    if (!made)
        return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER, evaluation->instruction->span,
                              "the string is longer than 16 MiB");
    return evaluation_result(evaluation, operands, joined);
}

static bool join_texts(const struct evaluation *evaluation)
{
    struct string_buffer out;
    string_buffer_init(&out, VALUE_STRING_SIZE_MAX);
    string_buffer_add(&out, evaluation->operands[0].text);
    string_buffer_add(&out, evaluation->operands[1].text);
    return string_result(evaluation, 2, &out);
}

static bool join_lists(const struct evaluation *evaluation)
{
    struct value *a = &evaluation->operands[0], *b = &evaluation->operands[1];
    for (size_t i = 0; i < b->list.count; i++) {
        if (!value_append(a, &b->list.items[i]))
            return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER,
                                  evaluation->instruction->span, "a list can have at most %d items",
                                  VALUE_LIST_MAX);
    }
    value_release(b);
    return true;
}

static bool run_operation(const struct evaluation *evaluation)
{
    static const char *const signs[] = {
        [OP_ADD] = "+",    [OP_SUBTRACT] = "-",  [OP_MULTIPLY] = "*",
        [OP_DIVIDE] = "/", [OP_REMAINDER] = "%", [OP_POWER] = "^"};
    enum value_kind a = evaluation->operands[0].kind, b = evaluation->operands[1].kind;
    if (a == VALUE_NUMBER && b == VALUE_NUMBER)
        return run_numbers(evaluation);
    bool add = evaluation->instruction->opcode == OP_ADD;
    if (add && a == VALUE_STRING && b == VALUE_STRING)
        return join_texts(evaluation);
    if (add && a == VALUE_LIST && b == VALUE_LIST)
        return join_lists(evaluation);
    const char *hint = add && (a == VALUE_STRING || b == VALUE_STRING)
                           ? "; \"... $name\" inserts a value into a string"
                           : "";
    return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                          "the operands of %s must be numbers, not %s and %s%s",
                          signs[evaluation->instruction->opcode], value_kind_name(a),
                          value_kind_name(b), hint);
}

static bool fail_index(const struct evaluation *evaluation, const struct value *index)
{
    char number[NUMBER_TEXT_SIZE] = "";
    if (index->kind == VALUE_NUMBER)
        number_print(number, index->number);
    return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                          "a list index must be an integer, not %s",
                          index->kind == VALUE_NUMBER ? number : value_kind_name(index->kind));
}

static bool run_index(const struct evaluation *evaluation)
{
    struct value *list = &evaluation->operands[0], *index_value = &evaluation->operands[1];
    if (list->kind != VALUE_LIST)
        return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
                              "only a list can be indexed, not %s", value_kind_name(list->kind));
    if (index_value->kind != VALUE_NUMBER || index_value->number != floor(index_value->number))
        return fail_index(evaluation, index_value);
    double count = (double)list->list.count;
    double index = index_value->number < 0 ? index_value->number + count : index_value->number;
    if (index < 0 || index >= count)
        return diagnostic_set(
            evaluation->diagnostic, ERROR_USAGE, evaluation->instruction->span,
            list->list.count == 0
                ? "the list is empty"
                : "the list has %zu item%s: the index must be from 0 to %zu, or -1 for "
                  "the last",
            list->list.count, list->list.count == 1 ? "" : "s", list->list.count - 1);
    struct value item = list->list.items[(size_t)index];
    value_init(&list->list.items[(size_t)index]);
    return evaluation_result(evaluation, 2, item);
}

static bool run_join(const struct evaluation *evaluation)
{
    struct string_buffer out;
    string_buffer_init(&out, VALUE_STRING_SIZE_MAX);
    for (size_t i = 0; i < evaluation->instruction->count; i++) {
        char *piece = value_display(&evaluation->operands[i]);
        if (piece == NULL)
            out.failed = true;
        else
            string_buffer_add(&out, piece);
        free(piece);
    }
    return string_result(evaluation, evaluation->instruction->count, &out);
}

/* Nesting depth of lists, at most limit: printing and copying recurse. */
static size_t value_depth(const struct value *value, size_t limit)
{
    size_t deepest = 0;
    if (value->kind != VALUE_LIST || limit == 0)
        return 0;
    for (size_t i = 0; i < value->list.count; i++) {
        size_t depth = value_depth(&value->list.items[i], limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static bool run_list(const struct evaluation *evaluation)
{
    struct value list;
    value_list(&list);
    for (size_t i = 0; i < evaluation->instruction->count; i++) {
        bool deep = value_depth(&evaluation->operands[i], VALUE_DEPTH_MAX) >= VALUE_DEPTH_MAX;
        if (deep || !value_append(&list, &evaluation->operands[i])) {
            value_release(&list);
            return deep ? diagnostic_set(evaluation->diagnostic, ERROR_USAGE,
                                         evaluation->instruction->span, "more than %d nested lists",
                                         VALUE_DEPTH_MAX)
                        : evaluation_out_of_memory(evaluation);
        }
    }
    return evaluation_result(evaluation, evaluation->instruction->count, list);
}

static bool run_call(const struct evaluation *evaluation)
{
    const struct instruction *instruction = evaluation->instruction;
    const struct function *function = instruction->function;
    for (size_t i = 0; function->numeric && i < instruction->count; i++) {
        if (evaluation->operands[i].kind != VALUE_NUMBER)
            return diagnostic_set(evaluation->diagnostic, ERROR_USAGE, instruction->span,
                                  "the argument of %s must be a number, not %s", function->name,
                                  value_kind_name(evaluation->operands[i].kind));
    }
    return function->call(evaluation);
}

/* The number of operands that an instruction pops from the stack. */
static size_t operand_count(const struct instruction *instruction)
{
    switch (instruction->opcode) {
    case OP_CONSTANT:
    case OP_VARIABLE: return 0;
    case OP_NEGATE:
    case OP_PLUS: return 1;
    case OP_JOIN:
    case OP_LIST:
    case OP_CALL: return instruction->count;
    default: return 2;
    }
}

static bool run_instruction(const struct evaluation *evaluation, const struct variables *variables,
                            size_t *copied)
{
    switch (evaluation->instruction->opcode) {
    case OP_CONSTANT:
        return value_copy(evaluation->operands, &evaluation->instruction->constant) ||
               evaluation_out_of_memory(evaluation);
    case OP_VARIABLE: return run_variable(evaluation, variables, copied);
    case OP_NEGATE:
    case OP_PLUS: return run_sign(evaluation);
    case OP_INDEX: return run_index(evaluation);
    case OP_JOIN: return run_join(evaluation);
    case OP_LIST: return run_list(evaluation);
    case OP_CALL: return run_call(evaluation);
    default: return run_operation(evaluation);
    }
}

bool expression_evaluate(const struct expression *expression, const struct variables *variables,
                         struct value *value, struct diagnostic *diagnostic)
{
    value_init(value);
    struct value *stack = calloc(expression->depth + 1, sizeof *stack);
    if (stack == NULL)
        return diagnostic_set(diagnostic, ERROR_SYSTEM, (struct span){.line = 1, .column = 1},
                              "out of memory");
    size_t used = 0, copied = 0;
    bool evaluated = true;
    for (size_t i = 0; i < expression->count && evaluated; i++) {
        const struct instruction *instruction = &expression->instructions[i];
        size_t operands = operand_count(instruction);
        assert(operands <= used && used - operands <= expression->depth);
        struct evaluation evaluation = {instruction, stack + used - operands, diagnostic};
        evaluated = run_instruction(&evaluation, variables, &copied);
        if (evaluated)
            used = used - operands + 1;
    }
    assert(!evaluated || used == 1);
    if (evaluated) {
        *value = stack[0];
        used = 0;
    }
    for (size_t i = 0; i < used; i++)
        value_release(&stack[i]);
    free(stack);
    return evaluated;
}
