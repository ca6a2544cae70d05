/*
 * functions - the table of functions, and their implementations.
 */
#include "mnist/language/functions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/language/evaluation.h"

enum { DECIMALS_MAX = 15, ARGUMENTS_MAX = 10000, DIGITS_SIZE = 400 };

static bool call_sqrt(const struct evaluation *call)
{
    double x = call->operands[0].number;
    if (x < 0)
        return diagnostic_set(call->diagnostic, ERROR_NUMBER, call->instruction->span,
                              "sqrt of a negative number");
    return evaluation_number(call, 1, sqrt(x));
}

static bool call_abs(const struct evaluation *call)
{
    return evaluation_number(call, 1, fabs(call->operands[0].number));
}

/* Rounds the decimal digits: round(2.675, 2) is 2.67, since the double is below 2.675. */
static double round_decimals(double x, int decimals)
{
    char digits[DIGITS_SIZE];
    if (decimals == 0)
        return round(x);
    snprintf(digits, sizeof digits, "%.*f", decimals, x);
    return strtod(digits, NULL);
}

static bool call_round(const struct evaluation *call)
{
    size_t count = call->instruction->count;
    double decimals = count == 2 ? call->operands[1].number : 0;
    if (decimals != floor(decimals) || decimals < 0 || decimals > DECIMALS_MAX)
        return diagnostic_set(call->diagnostic, ERROR_USAGE, call->instruction->span,
                              "the number of decimals of round must be an integer from 0 to %d",
                              DECIMALS_MAX);
    return evaluation_number(call, count, round_decimals(call->operands[0].number, (int)decimals));
}

/* The minimum or maximum of the arguments, or of the items of a single list. */
static bool call_extreme(const struct evaluation *call, double (*extreme)(double, double))
{
    const struct value *values = call->operands;
    size_t count = call->instruction->count;
    if (count == 1 && values[0].kind == VALUE_LIST) {
        count = values[0].list.count;
        values = values[0].list.items;
    }
    if (count == 0)
        return diagnostic_set(call->diagnostic, ERROR_USAGE, call->instruction->span,
                              "an empty list has no minimum or maximum");
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind != VALUE_NUMBER)
            return diagnostic_set(call->diagnostic, ERROR_USAGE, call->instruction->span,
                                  "the arguments of %s must be numbers, not %s",
                                  call->instruction->function->name,
                                  value_kind_name(values[i].kind));
    }
    double best = values[0].number;
    for (size_t i = 1; i < count; i++)
        best = extreme(best, values[i].number);
    return evaluation_number(call, call->instruction->count, best);
}

static bool call_min(const struct evaluation *call)
{
    return call_extreme(call, fmin);
}

static bool call_max(const struct evaluation *call)
{
    return call_extreme(call, fmax);
}

static bool call_len(const struct evaluation *call)
{
    const struct value *value = &call->operands[0];
    if (value->kind == VALUE_LIST)
        return evaluation_number(call, 1, (double)value->list.count);
    if (value->kind == VALUE_STRING)
        return evaluation_number(call, 1, (double)utf8_count(value->text, strlen(value->text)));
    return diagnostic_set(call->diagnostic, ERROR_USAGE, call->instruction->span,
                          "the argument of len must be a list or a string, not %s",
                          value_kind_name(value->kind));
}

/* Python's float. papermill writes float('nan') and float('-inf') for numbers without digits. */
static bool call_float(const struct evaluation *call)
{
    const struct value *value = &call->operands[0];
    if (value->kind == VALUE_NUMBER)
        return true;
    char *end = NULL;
    double number = value->kind == VALUE_STRING ? strtod(value->text, &end) : 0;
    if (value->kind != VALUE_STRING || end == value->text || *end != '\0')
        return diagnostic_set(
            call->diagnostic, ERROR_USAGE, call->instruction->span,
            "the argument of float must be a number or a string such as \"1.5\", \"nan\" or "
            "\"-inf\", not %.100s",
            value->kind == VALUE_STRING ? value->text : value_kind_name(value->kind));
    return evaluation_result(call, 1, value_number(number));
}

static const struct function functions[] = {
    {"sqrt", "sqrt(x)", "the square root", 1, 1, true, call_sqrt},
    {"abs", "abs(x)", "the absolute value", 1, 1, true, call_abs},
    {"round", "round(x), round(x, 2)", "the nearest integer, or rounded to a number of decimals", 1,
     2, true, call_round},
    {"min", "min(a, b, ...), min(list)", "the minimum", 1, ARGUMENTS_MAX, false, call_min},
    {"max", "max(a, b, ...), max(list)", "the maximum", 1, ARGUMENTS_MAX, false, call_max},
    {"len", "len(list), len(string)", "the number of items or characters", 1, 1, false, call_len},
    {"float", "float(\"1.5\"), float(\"nan\"), float(\"-inf\")",
     "the number that a string represents", 1, 1, false, call_float},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0] };

const struct function *function_at(size_t index)
{
    return index < FUNCTION_COUNT ? &functions[index] : NULL;
}

const struct function *function_find(const char *name, size_t size)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (strlen(functions[i].name) == size && memcmp(functions[i].name, name, size) == 0)
            return &functions[i];
    }
    return NULL;
}
