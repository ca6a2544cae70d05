/*
 * parse_primary - what arithmetic is made of: numbers, lists, parentheses, functions, True and
 * None.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/nearest.h"
#include "mnist/language/parser.h"

static const struct function_word functions[] = {
    [FUNCTION_SQRT] = {"sqrt", "sqrt(x)", "the square root"},
    [FUNCTION_ABS] = {"abs", "abs(x)", "the absolute value"},
    [FUNCTION_ROUND] = {"round", "round(x), round(x, 2)",
                        "the nearest integer, or rounded to a number of decimals"},
    [FUNCTION_MIN] = {"min", "min(a, b, ...), min(list)", "the minimum"},
    [FUNCTION_MAX] = {"max", "max(a, b, ...), max(list)", "the maximum"},
    [FUNCTION_LEN] = {"len", "len(list), len(string)", "the number of items or characters"},
    [FUNCTION_FLOAT] = {"float", "float(\"1.5\"), float(\"nan\"), float(\"-inf\")",
                        "the number that a string represents"},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0], NUMBER_SIZE_MAX = 400 };

const struct function_word *expression_function(size_t index)
{
    return index < FUNCTION_COUNT ? &functions[index] : NULL;
}

/* Bytes of a number at the cursor: digits, a point, an exponent. */
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
    return parser_add(parser,
                      (struct bytecode){.kind = BYTECODE_CONSTANT,
                                        .span = span,
                                        .constant = value_number(number)},
                      0);
}

/* `item, item ...` up to the closing bracket, which is passed. */
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
    struct bytecode step = {.kind = BYTECODE_LIST};
    if (!parse_items(parser, ']', &begin, &step.count))
        return false;
    step.span = cursor_span(&begin, &parser->cursor);
    return parser_add(parser, step, step.count);
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

static bool function_find(const char *name, size_t size, enum function *function)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (strlen(functions[i].name) == size && memcmp(functions[i].name, name, size) == 0) {
            *function = (enum function)i;
            return true;
        }
    }
    return false;
}

static bool unknown_function(struct parser *parser, struct span span, const char *name)
{
    struct nearest nearest = nearest_begin(name);
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        nearest_offer(&nearest, functions[i].name);
    if (nearest.best != NULL)
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, span,
                              "there is no function %s; did you mean `%s`?", name, nearest.best);
    return diagnostic_set(
        parser->diagnostic, ERROR_USAGE, span,
        "there is no function %s; the functions are sqrt, abs, round, min, max, len and float",
        name);
}

static bool parse_call(struct parser *parser, size_t size)
{
    static const struct {
        size_t least, most;
    } counts[] = {
        [FUNCTION_SQRT] = {1, 1},    [FUNCTION_ABS] = {1, 1},     [FUNCTION_ROUND] = {1, 2},
        [FUNCTION_MIN] = {1, 10000}, [FUNCTION_MAX] = {1, 10000}, [FUNCTION_LEN] = {1, 1},
        [FUNCTION_FLOAT] = {1, 1}};
    struct cursor begin = parser->cursor;
    struct bytecode step = {.kind = BYTECODE_CALL};
    cursor_skip(&parser->cursor, size);
    if (!function_find(begin.text + begin.at, size, &step.function)) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(size < 60 ? size : 60), begin.text + begin.at);
        return unknown_function(parser, cursor_span(&begin, &parser->cursor), name);
    }
    struct cursor opening = parser->cursor;
    cursor_next(&parser->cursor);
    if (!parse_items(parser, ')', &opening, &step.count))
        return false;
    step.span = cursor_span(&begin, &parser->cursor);
    if (step.count < counts[step.function].least || step.count > counts[step.function].most)
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, step.span,
                              "wrong number of arguments of %s; usage: %s",
                              functions[step.function].name, functions[step.function].usage);
    return parser_add(parser, step, step.count);
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

/* True, None, a function, or a word that should have been $word or "word". */
static bool parse_name(struct parser *parser, size_t size)
{
    struct cursor begin = parser->cursor;
    if (cursor_peek(&begin, size) == '(')
        return parse_call(parser, size);
    cursor_skip(&parser->cursor, size);
    struct bytecode step = {.kind = BYTECODE_CONSTANT,
                            .span = cursor_span(&begin, &parser->cursor)};
    if (literal_word(begin.text + begin.at, size, &step.constant))
        return parser_add(parser, step, 0);
    int shown = (int)(size < 60 ? size : 60);
    const char *word = begin.text + begin.at;
    return diagnostic_set(parser->diagnostic, ERROR_USAGE, step.span,
                          "%.*s is not a value; $%.*s is a variable, \"%.*s\" is a string", shown,
                          word, shown, word, shown, word);
}

bool parse_atom(struct parser *parser)
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
