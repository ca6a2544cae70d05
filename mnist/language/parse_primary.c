/*
 * parse_primary - the operands of an expression: numbers, lists, parentheses, calls, True and None.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/functions.h"
#include "mnist/language/nearest.h"
#include "mnist/language/parser.h"

enum { NUMBER_SIZE_MAX = 400, NAME_SHOWN_MAX = 60, FUNCTION_LIST_SIZE = 256 };

/* The size in bytes of the number at the cursor: digits, a point, an exponent. 0 = none. */
static size_t number_size(const struct cursor *cursor)
{
    size_t size = 0, digits = 0;
    for (; cursor_peek(cursor, size) >= '0' && cursor_peek(cursor, size) <= '9'; size++)
        digits++;
    if (cursor_peek(cursor, size) == '.') {
        for (size++; cursor_peek(cursor, size) >= '0' && cursor_peek(cursor, size) <= '9'; size++)
            digits++;
    }
    if (digits == 0)
        return 0;
    if (cursor_peek(cursor, size) == 'e' || cursor_peek(cursor, size) == 'E') {
        size_t after = size + 1;
        if (cursor_peek(cursor, after) == '+' || cursor_peek(cursor, after) == '-')
            after++;
        if (cursor_peek(cursor, after) >= '0' && cursor_peek(cursor, after) <= '9') {
            for (size = after;
                 cursor_peek(cursor, size) >= '0' && cursor_peek(cursor, size) <= '9';)
                size++;
        }
    }
    return size;
}

static bool parse_number(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    char digits[NUMBER_SIZE_MAX + 1];
    size_t size = number_size(&begin);
    cursor_skip(&parser->cursor, size);
    struct cursor rest = parser->cursor;
    cursor_skip(&rest, cursor_blank(&rest) > 0 ? 0 : cursor_name(&rest));
    if (rest.at != parser->cursor.at)
        return parser_fail(parser, cursor_span(&begin, &rest), "invalid number");
    struct span span = cursor_span(&begin, &parser->cursor);
    if (size > NUMBER_SIZE_MAX)
        return parser_fail(parser, span, "the number has more than 400 digits");
    memcpy(digits, begin.text + begin.at, size);
    digits[size] = '\0';
    double number = strtod(digits, NULL);
    if (!isfinite(number))
        return parser_fail(parser, span, "the number is too large: the maximum is about 1.8e308");
    return parser_add(
        parser,
        (struct instruction){.opcode = OP_CONSTANT, .span = span, .constant = value_number(number)},
        0);
}

bool parse_items(struct parser *parser, char closing, const struct cursor *opening, size_t *count)
{
    *count = 0;
    parser_skip(parser);
    while (parser_peek(parser) != closing) {
        if (!parse_sum(parser))
            return false;
        ++*count;
        parser_skip(parser);
        if (parser_peek(parser) == ',') {
            cursor_next(&parser->cursor);
            parser_skip(parser);
        } else if (parser_peek(parser) != closing) {
            if (!cursor_done(&parser->cursor))
                return parser_fail(parser, parser_here(parser),
                                   "expected a comma or a closing bracket");
            struct cursor next = *opening;
            cursor_next(&next);
            return diagnostic_set(parser->diagnostic, ERROR_USAGE, cursor_span(opening, &next),
                                  "unmatched '%c'", cursor_peek(opening, 0));
        }
    }
    cursor_next(&parser->cursor);
    return true;
}

static bool parse_list(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    cursor_next(&parser->cursor);
    struct instruction instruction = {.opcode = OP_LIST};
    if (!parse_items(parser, ']', &begin, &instruction.count))
        return false;
    instruction.span = cursor_span(&begin, &parser->cursor);
    return parser_add(parser, instruction, instruction.count);
}

static bool parse_parentheses(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    cursor_next(&parser->cursor);
    size_t count;
    if (!parse_items(parser, ')', &begin, &count))
        return false;
    if (count == 1)
        return true;
    return parser_fail(parser, cursor_span(&begin, &parser->cursor),
                       count == 0 ? "empty parentheses"
                                  : "parentheses contain one value; a list is written [1, 2]");
}

/* "sqrt, abs and len" */
static void list_functions(char list[FUNCTION_LIST_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; function_at(i) != NULL && used < FUNCTION_LIST_SIZE; i++)
        used += (size_t)snprintf(list + used, FUNCTION_LIST_SIZE - used, "%s%s",
                                 i == 0                       ? ""
                                 : function_at(i + 1) == NULL ? " and "
                                                              : ", ",
                                 function_at(i)->name);
}

static bool unknown_function(struct parser *parser, struct span span)
{
    char name[NAME_SHOWN_MAX + 1], list[FUNCTION_LIST_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)span.size, parser->cursor.text + span.start);
    struct nearest nearest = nearest_begin(name);
    for (size_t i = 0; function_at(i) != NULL; i++)
        nearest_offer(&nearest, function_at(i)->name);
    if (nearest.best != NULL)
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, span,
                              "there is no function %s; did you mean `%s`?", name, nearest.best);
    list_functions(list);
    return diagnostic_set(parser->diagnostic, ERROR_USAGE, span,
                          "there is no function %s; the functions are %s", name, list);
}

static bool parse_call(struct parser *parser, size_t size)
{
    struct cursor begin = parser->cursor;
    const struct function *function = function_find(begin.text + begin.at, size);
    struct instruction instruction = {.opcode = OP_CALL, .function = function};
    cursor_skip(&parser->cursor, size);
    if (function == NULL)
        return unknown_function(parser, cursor_span(&begin, &parser->cursor));
    struct cursor opening = parser->cursor;
    cursor_next(&parser->cursor);
    if (!parse_items(parser, ')', &opening, &instruction.count))
        return false;
    instruction.span = cursor_span(&begin, &parser->cursor);
    if (instruction.count < function->arguments_min || instruction.count > function->arguments_max)
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, instruction.span,
                              "wrong number of arguments of %s; usage: %s", function->name,
                              function->usage);
    return parser_add(parser, instruction, instruction.count);
}

bool literal_word(const char *word, size_t size, struct value *value)
{
    static const struct {
        const char *word;
        struct value value;
    } literals[] = {
        {"True", {VALUE_BOOLEAN, {.boolean = true}}},
        {"true", {VALUE_BOOLEAN, {.boolean = true}}},
        {"yes", {VALUE_BOOLEAN, {.boolean = true}}},
        {"False", {VALUE_BOOLEAN, {.boolean = false}}},
        {"false", {VALUE_BOOLEAN, {.boolean = false}}},
        {"no", {VALUE_BOOLEAN, {.boolean = false}}},
        {"None", {.kind = VALUE_NONE}},
        {"none", {.kind = VALUE_NONE}},
    };
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        if (strlen(literals[i].word) == size && memcmp(literals[i].word, word, size) == 0) {
            *value = literals[i].value;
            return true;
        }
    }
    return false;
}

/* True, None, a call, or a bare word, which is an error: $word or "word" was meant. */
static bool parse_name(struct parser *parser, size_t size)
{
    struct cursor begin = parser->cursor;
    if (cursor_peek(&begin, size) == '(')
        return parse_call(parser, size);
    cursor_skip(&parser->cursor, size);
    struct instruction instruction = {.opcode = OP_CONSTANT,
                                      .span = cursor_span(&begin, &parser->cursor)};
    if (literal_word(begin.text + begin.at, size, &instruction.constant))
        return parser_add(parser, instruction, 0);
    int shown = (int)(size < NAME_SHOWN_MAX ? size : NAME_SHOWN_MAX);
    const char *word = begin.text + begin.at;
    return diagnostic_set(parser->diagnostic, ERROR_USAGE, instruction.span,
                          "%.*s is not a value; $%.*s is a variable, \"%.*s\" is a string", shown,
                          word, shown, word, shown, word);
}

bool parse_primary(struct parser *parser)
{
    parser_skip(parser);
    char c = parser_peek(parser);
    size_t size = cursor_name(&parser->cursor);
    if (number_size(&parser->cursor) > 0)
        return parse_number(parser);
    if (c == '"' || c == '\'')
        return parse_quoted(parser);
    if (c == '$')
        return parse_variable(parser);
    if (c == '(')
        return parse_parentheses(parser);
    if (c == '[')
        return parse_list(parser);
    if (size > 0)
        return parse_name(parser, size);
    if (cursor_done(&parser->cursor))
        return parser_fail(parser, parser_here(parser), "a value is missing");
    if (c == '{')
        return parser_fail(parser, parser_here(parser),
                           "dictionaries are not supported; a list is written [1, 2]");
    return parser_fail(parser, parser_here(parser), "expected a value");
}
