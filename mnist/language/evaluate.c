/*
 * evaluate - walks an expression's steps with a stack of values.
 *
 * Arithmetic never gives infinity or NaN (float("nan") does): what would is a diagnostic that
 * points at the operation.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/language/bytecode.h"
#include "mnist/language/nearest.h"

enum {
    DECIMALS_MAX = 15,
    EVALUATE_SIZE_MAX = 64 * 1024 * 1024, /* bytes that the variables of one expression may bring */
};

/* A step at work: its operands are top[0..], its result takes the place of the first. */
struct evaluation {
    const struct bytecode *step;
    struct value *operands;
    struct diagnostic *diagnostic;
};

static bool out_of_memory(const struct evaluation *work)
{
    return diagnostic_set(work->diagnostic, ERROR_SYSTEM, work->step->span, "out of memory");
}

/* The result in the place of the operands, which are released. Takes over result. */
static bool give(const struct evaluation *work, size_t operands, struct value result)
{
    for (size_t i = 0; i < operands; i++)
        value_release(&work->operands[i]);
    work->operands[0] = result;
    return true;
}

static bool give_number(const struct evaluation *work, size_t operands, double number)
{
    if (isnan(number))
        return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                              "the result is not a real number");
    if (isinf(number))
        return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                              "the result is too large: the maximum is about 1.8e308");
    return give(work, operands, value_number(number));
}

static bool step_variable(const struct evaluation *work, const struct variables *variables,
                          size_t *brought)
{
    const char *name = work->step->constant.text;
    const struct value *value = variables_get(variables, name);
    if (value != NULL) {
        *brought += value_size(value);
        if (*brought > EVALUATE_SIZE_MAX)
            return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                                  "the variables of the expression take more than 64 MiB in total");
        return value_copy(work->operands, value) || out_of_memory(work);
    }
    struct nearest nearest = nearest_begin(name);
    for (size_t i = 0; i < variables_count(variables); i++)
        nearest_offer(&nearest, variables_name(variables, i));
    if (nearest.best != NULL)
        return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                              "there is no variable $%s; did you mean `$%s`?", name, nearest.best);
    return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                          "there is no variable $%s; set it with `%s = ...`", name, name);
}

static bool step_sign(const struct evaluation *work)
{
    if (work->operands[0].kind != VALUE_NUMBER)
        return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                              "the operand of a sign must be a number, not %s",
                              value_kind_name(work->operands[0].kind));
    if (work->step->kind == BYTECODE_NEGATE)
        work->operands[0].number = -work->operands[0].number;
    return true;
}

static bool divide_by_zero(const struct evaluation *work)
{
    return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span, "division by zero");
}

/* a % b with the sign of b, so that a = b * floor(a / b) + a % b. */
static double remainder_floor(double a, double b)
{
    double rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static bool step_numbers(const struct evaluation *work)
{
    double a = work->operands[0].number, b = work->operands[1].number;
    switch (work->step->kind) {
    case BYTECODE_ADD: return give_number(work, 2, a + b);
    case BYTECODE_SUBTRACT: return give_number(work, 2, a - b);
    case BYTECODE_MULTIPLY: return give_number(work, 2, a * b);
    case BYTECODE_DIVIDE: return b == 0 ? divide_by_zero(work) : give_number(work, 2, a / b);
    case BYTECODE_REMAINDER:
        return b == 0 ? divide_by_zero(work) : give_number(work, 2, remainder_floor(a, b));
    default: return a == 0 && b < 0 ? divide_by_zero(work) : give_number(work, 2, pow(a, b));
    }
}

static bool join_texts(const struct evaluation *work)
{
    struct string_buffer out;
    struct value joined;
    string_buffer_init(&out, VALUE_TEXT_SIZE_MAX);
    string_buffer_add(&out, work->operands[0].text);
    string_buffer_add(&out, work->operands[1].text);
    bool made =
        !out.failed && value_text_bytes(&joined, out.bytes == NULL ? "" : out.bytes, out.size);
    string_buffer_release(&out);
    if (!made)
        return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                              "the string is longer than 16 MiB");
    return give(work, 2, joined);
}

static bool join_lists(const struct evaluation *work)
{
    struct value *a = &work->operands[0], *b = &work->operands[1];
    for (size_t i = 0; i < b->list.count; i++) {
        if (!value_append(a, &b->list.items[i]))
            return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                                  "a list can have at most %d items", VALUE_LIST_MAX);
    }
    value_release(b);
    return true;
}

static bool step_operation(const struct evaluation *work)
{
    static const char *const signs[] = {
        [BYTECODE_ADD] = "+",    [BYTECODE_SUBTRACT] = "-",  [BYTECODE_MULTIPLY] = "*",
        [BYTECODE_DIVIDE] = "/", [BYTECODE_REMAINDER] = "%", [BYTECODE_POWER] = "^"};
    enum value_kind a = work->operands[0].kind, b = work->operands[1].kind;
    if (a == VALUE_NUMBER && b == VALUE_NUMBER)
        return step_numbers(work);
    bool add = work->step->kind == BYTECODE_ADD;
    if (add && a == VALUE_TEXT && b == VALUE_TEXT)
        return join_texts(work);
    if (add && a == VALUE_LIST && b == VALUE_LIST)
        return join_lists(work);
    const char *hint = add && (a == VALUE_TEXT || b == VALUE_TEXT)
                           ? "; \"... $name\" inserts a value into a string"
                           : "";
    return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                          "the operands of %s must be numbers, not %s and %s%s",
                          signs[work->step->kind], value_kind_name(a), value_kind_name(b), hint);
}

static bool fail_index(const struct evaluation *work, const struct value *index)
{
    char number[NUMBER_TEXT_SIZE] = "";
    if (index->kind == VALUE_NUMBER)
        number_print(number, index->number);
    return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                          "a list index must be an integer, not %s",
                          index->kind == VALUE_NUMBER ? number : value_kind_name(index->kind));
}

static bool step_index(const struct evaluation *work)
{
    struct value *list = &work->operands[0], *place = &work->operands[1];
    if (list->kind != VALUE_LIST)
        return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                              "only a list can be indexed, not %s", value_kind_name(list->kind));
    if (place->kind != VALUE_NUMBER || place->number != floor(place->number))
        return fail_index(work, place);
    double count = (double)list->list.count;
    double index = place->number < 0 ? place->number + count : place->number;
    if (index < 0 || index >= count)
        return diagnostic_set(
            work->diagnostic, ERROR_USAGE, work->step->span,
            list->list.count == 0
                ? "the list is empty"
                : "the list has %zu item%s: the index must be from 0 to %zu, or -1 for "
                  "the last",
            list->list.count, list->list.count == 1 ? "" : "s", list->list.count - 1);
    struct value item = list->list.items[(size_t)index];
    value_init(&list->list.items[(size_t)index]);
    return give(work, 2, item);
}

static bool step_join(const struct evaluation *work)
{
    struct string_buffer out;
    struct value joined;
    string_buffer_init(&out, VALUE_TEXT_SIZE_MAX);
    for (size_t i = 0; i < work->step->count; i++) {
        char *piece = value_display(&work->operands[i]);
        if (piece == NULL)
            out.failed = true;
        else
            string_buffer_add(&out, piece);
        free(piece);
    }
    bool made =
        !out.failed && value_text_bytes(&joined, out.bytes == NULL ? "" : out.bytes, out.size);
    string_buffer_release(&out);
    if (!made)
        return diagnostic_set(work->diagnostic, ERROR_NUMBER, work->step->span,
                              "the string is longer than 16 MiB");
    return give(work, work->step->count, joined);
}

/* Lists may hold lists, but not without end: printing and copying recurse. */
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

static bool step_list(const struct evaluation *work)
{
    struct value list;
    value_list(&list);
    for (size_t i = 0; i < work->step->count; i++) {
        bool deep = value_depth(&work->operands[i], VALUE_DEPTH_MAX) >= VALUE_DEPTH_MAX;
        if (deep || !value_append(&list, &work->operands[i])) {
            value_release(&list);
            return deep ? diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                                         "more than %d nested lists", VALUE_DEPTH_MAX)
                        : out_of_memory(work);
        }
    }
    return give(work, work->step->count, list);
}

/* round(x, decimals), by way of the decimal digits, so that round(2.675, 2) is what the number's
   digits say. */
static double round_decimals(double x, int decimals)
{
    char digits[400];
    if (decimals == 0)
        return round(x);
    snprintf(digits, sizeof digits, "%.*f", decimals, x);
    return strtod(digits, NULL);
}

static bool call_extreme(const struct evaluation *work, const struct value *values, size_t count)
{
    bool least = work->step->function == FUNCTION_MIN;
    if (count == 0)
        return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                              "an empty list has no minimum or maximum");
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind != VALUE_NUMBER)
            return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                                  "the arguments of %s must be numbers, not %s",
                                  least ? "min" : "max", value_kind_name(values[i].kind));
    }
    double best = values[0].number;
    for (size_t i = 1; i < count; i++)
        best = least ? fmin(best, values[i].number) : fmax(best, values[i].number);
    return give_number(work, work->step->count, best);
}

static bool call_length(const struct evaluation *work)
{
    const struct value *value = &work->operands[0];
    if (value->kind == VALUE_LIST)
        return give_number(work, 1, (double)value->list.count);
    if (value->kind == VALUE_TEXT)
        return give_number(work, 1, (double)utf8_count(value->text, strlen(value->text)));
    return diagnostic_set(work->diagnostic, ERROR_USAGE, work->step->span,
                          "the argument of len must be a list or a string, not %s",
                          value_kind_name(value->kind));
}

/* Python's float, which papermill writes for numbers without digits: float('nan'), float('-inf').
   */
static bool call_float(const struct evaluation *work)
{
    const struct value *value = &work->operands[0];
    if (value->kind == VALUE_NUMBER)
        return true;
    char *end = NULL;
    double number = value->kind == VALUE_TEXT ? strtod(value->text, &end) : 0;
    if (value->kind != VALUE_TEXT || end == value->text || *end != '\0')
        return diagnostic_set(
            work->diagnostic, ERROR_USAGE, work->step->span,
            "the argument of float must be a number or a string such as \"1.5\", \"nan\" or "
            "\"-inf\", not %.100s",
            value->kind == VALUE_TEXT ? value->text : value_kind_name(value->kind));
    return give(work, 1, value_number(number));
}

static bool step_call(const struct evaluation *work)
{
    const struct bytecode *step = work->step;
    const struct value *first = &work->operands[0];
    if (step->function == FUNCTION_LEN)
        return call_length(work);
    if (step->function == FUNCTION_FLOAT)
        return call_float(work);
    if (step->function == FUNCTION_MIN || step->function == FUNCTION_MAX) {
        bool list = step->count == 1 && first->kind == VALUE_LIST;
        return list ? call_extreme(work, first->list.items, first->list.count)
                    : call_extreme(work, work->operands, step->count);
    }
    const char *name = expression_function(step->function)->name;
    for (size_t i = 0; i < step->count; i++) {
        if (work->operands[i].kind != VALUE_NUMBER)
            return diagnostic_set(work->diagnostic, ERROR_USAGE, step->span,
                                  "the argument of %s must be a number, not %s", name,
                                  value_kind_name(work->operands[i].kind));
    }
    double x = first->number, decimals = step->count == 2 ? work->operands[1].number : 0;
    if (step->function == FUNCTION_ABS)
        return give_number(work, 1, fabs(x));
    if (step->function == FUNCTION_SQRT)
        return x < 0 ? diagnostic_set(work->diagnostic, ERROR_NUMBER, step->span,
                                      "sqrt of a negative number")
                     : give_number(work, 1, sqrt(x));
    if (decimals != floor(decimals) || decimals < 0 || decimals > DECIMALS_MAX)
        return diagnostic_set(work->diagnostic, ERROR_USAGE, step->span,
                              "the number of decimals of round must be an integer from 0 to %d",
                              DECIMALS_MAX);
    return give_number(work, step->count, round_decimals(x, (int)decimals));
}

/* How many values a step takes from the stack. */
static size_t step_operands(const struct bytecode *step)
{
    switch (step->kind) {
    case BYTECODE_CONSTANT:
    case BYTECODE_VARIABLE: return 0;
    case BYTECODE_NEGATE:
    case BYTECODE_PLUS: return 1;
    case BYTECODE_JOIN:
    case BYTECODE_LIST:
    case BYTECODE_CALL: return step->count;
    default: return 2;
    }
}

static bool step_run(const struct evaluation *work, const struct variables *variables,
                     size_t *brought)
{
    switch (work->step->kind) {
    case BYTECODE_CONSTANT:
        return value_copy(work->operands, &work->step->constant) || out_of_memory(work);
    case BYTECODE_VARIABLE: return step_variable(work, variables, brought);
    case BYTECODE_NEGATE:
    case BYTECODE_PLUS: return step_sign(work);
    case BYTECODE_INDEX: return step_index(work);
    case BYTECODE_JOIN: return step_join(work);
    case BYTECODE_LIST: return step_list(work);
    case BYTECODE_CALL: return step_call(work);
    default: return step_operation(work);
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
    size_t used = 0, brought = 0;
    bool evaluated = true;
    for (size_t i = 0; i < expression->count && evaluated; i++) {
        const struct bytecode *step = &expression->steps[i];
        size_t operands = step_operands(step);
        assert(operands <= used && used - operands <= expression->depth);
        struct evaluation work = {step, stack + used - operands, diagnostic};
        evaluated = step_run(&work, variables, &brought);
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
