/*
 * expression - from text to instructions by recursive descent: one function per rule of the
 * grammar in expression.h.
 *
 * This file has the operators; operands are in parse_primary.c and parse_string.c. Brackets,
 * signs and powers recurse, at most EXPRESSION_DEPTH_MAX deep. Sums, products and lists loop.
 */
#include "mnist/language/expression.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"
#include "mnist/language/bytecode.h"
#include "mnist/language/lexer.h"
#include "mnist/language/parser.h"

bool parser_fail(struct parser *parser, struct span span, const char *text)
{
    return diagnostic_set(parser->diagnostic, ERROR_USAGE, span, "%s", text);
}

bool parser_add(struct parser *parser, struct instruction instruction, size_t pops)
{
    struct expression *expression = parser->expression;
    if (expression->count == EXPRESSION_NODES_MAX) {
        value_release(&instruction.constant);
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, instruction.span,
                              "the expression has more than %d operands and operators",
                              EXPRESSION_NODES_MAX);
    }
    struct instruction *grown = array_grow(expression->instructions, expression->count,
                                           sizeof *grown, EXPRESSION_NODES_MAX);
    if (grown == NULL) {
        value_release(&instruction.constant);
        return diagnostic_set(parser->diagnostic, ERROR_SYSTEM, instruction.span, "out of memory");
    }
    expression->instructions = grown;
    expression->instructions[expression->count++] = instruction;
    parser->stack = parser->stack - pops + 1;
    if (parser->stack > expression->depth)
        expression->depth = parser->stack;
    return true;
}

/* Enters one level of nesting; false with a diagnostic if there are too many. */
static bool parser_enter(struct parser *parser)
{
    if (++parser->nesting <= EXPRESSION_DEPTH_MAX)
        return true;
    return diagnostic_set(parser->diagnostic, ERROR_USAGE,
                          cursor_span(&parser->cursor, &parser->cursor),
                          "more than %d nested brackets and signs", EXPRESSION_DEPTH_MAX);
}

struct span parser_here(const struct parser *parser)
{
    struct cursor next = parser->cursor;
    cursor_next(&next);
    return cursor_span(&parser->cursor, &next);
}

static bool parse_item(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    if (!parse_primary(parser))
        return false;
    while (parser_peek(parser) == '[') {
        struct cursor opening = parser->cursor;
        cursor_next(&parser->cursor);
        size_t count;
        if (!parse_items(parser, ']', &opening, &count))
            return false;
        struct span span = cursor_span(&begin, &parser->cursor);
        if (count != 1)
            return parser_fail(parser, span,
                               "expected one index between the brackets, as in $x[0]");
        if (!parser_add(parser, (struct instruction){.opcode = OP_INDEX, .span = span}, 2))
            return false;
    }
    return true;
}

static bool parse_unary(struct parser *parser);

static bool parse_power(struct parser *parser)
{
    parser_skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_item(parser))
        return false;
    parser_skip(parser);
    bool stars = parser_peek(parser) == '*' && cursor_peek(&parser->cursor, 1) == '*';
    if (parser_peek(parser) != '^' && !stars)
        return true;
    cursor_skip(&parser->cursor, stars ? 2 : 1);
    if (!parser_enter(parser) || !parse_unary(parser))
        return false;
    parser->nesting--;
    return parser_add(
        parser,
        (struct instruction){.opcode = OP_POWER, .span = cursor_span(&begin, &parser->cursor)}, 2);
}

static bool parse_unary(struct parser *parser)
{
    parser_skip(parser);
    struct cursor begin = parser->cursor;
    char sign = parser_peek(parser);
    if (!parser_enter(parser))
        return false;
    if (sign == '-' || sign == '+') {
        cursor_next(&parser->cursor);
        if (!parse_unary(parser))
            return false;
        struct instruction instruction = {.opcode = sign == '-' ? OP_NEGATE : OP_PLUS,
                                          .span = cursor_span(&begin, &parser->cursor)};
        if (!parser_add(parser, instruction, 1))
            return false;
    } else if (!parse_power(parser)) {
        return false;
    }
    parser->nesting--;
    return true;
}

static bool parse_product(struct parser *parser)
{
    parser_skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_unary(parser))
        return false;
    for (;;) {
        struct cursor end = parser->cursor;
        parser_skip(parser);
        char sign = parser_peek(parser);
        if (sign != '*' && sign != '/' && sign != '%') {
            parser->cursor = end;
            return true;
        }
        cursor_next(&parser->cursor);
        if (!parse_unary(parser))
            return false;
        enum opcode opcode = sign == '*' ? OP_MULTIPLY : sign == '/' ? OP_DIVIDE : OP_REMAINDER;
        if (!parser_add(parser,
                        (struct instruction){.opcode = opcode,
                                             .span = cursor_span(&begin, &parser->cursor)},
                        2))
            return false;
    }
}

bool parse_sum(struct parser *parser)
{
    parser_skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_product(parser))
        return false;
    for (;;) {
        struct cursor end = parser->cursor;
        parser_skip(parser);
        char sign = parser_peek(parser);
        if (sign != '+' && sign != '-') {
            parser->cursor = end;
            return true;
        }
        cursor_next(&parser->cursor);
        if (!parse_product(parser))
            return false;
        enum opcode opcode = sign == '+' ? OP_ADD : OP_SUBTRACT;
        if (!parser_add(parser,
                        (struct instruction){.opcode = opcode,
                                             .span = cursor_span(&begin, &parser->cursor)},
                        2))
            return false;
    }
}

/* Reports text after the end of the expression. */
static bool parse_end(struct parser *parser)
{
    parser_skip(parser);
    if (cursor_done(&parser->cursor))
        return true;
    char c = parser_peek(parser);
    if (c == '=' && cursor_peek(&parser->cursor, 1) == '=')
        return parser_fail(parser, parser_here(parser),
                           "comparisons are not supported; the operators are + - * / % ^");
    if (c == ',')
        return parser_fail(parser, parser_here(parser),
                           "unexpected comma; a list is written [1, 2], a decimal number 0.5");
    if (c == ')' || c == ']')
        return diagnostic_set(parser->diagnostic, ERROR_USAGE, parser_here(parser),
                              "unmatched '%c'", c);
    return parser_fail(parser, parser_here(parser),
                       "unexpected text after a value; expected an operator: + - * / % ^");
}

static struct expression *parser_run(const char *text, struct span span,
                                     struct diagnostic *diagnostic, bool (*parse)(struct parser *))
{
    struct parser parser = {.cursor = cursor_within(text, span),
                            .expression = calloc(1, sizeof *parser.expression),
                            .diagnostic = diagnostic};
    if (parser.expression == NULL) {
        diagnostic_set(diagnostic, ERROR_SYSTEM, span, "out of memory");
        return NULL;
    }
    if (!parse(&parser) || !parse_end(&parser))
        expression_free(&parser.expression);
    return parser.expression;
}

struct expression *expression_parse(const char *text, struct span span,
                                    struct diagnostic *diagnostic)
{
    return parser_run(text, span, diagnostic, parse_sum);
}

struct expression *expression_word(const char *text, struct span span,
                                   struct diagnostic *diagnostic)
{
    return parser_run(text, span, diagnostic, parse_word);
}

void expression_free(struct expression **expression)
{
    if (*expression == NULL)
        return;
    for (size_t i = 0; i < (*expression)->count; i++)
        value_release(&(*expression)->instructions[i].constant);
    free((*expression)->instructions);
    free(*expression);
    *expression = NULL;
}

bool expression_constant(const struct expression *expression)
{
    for (size_t i = 0; i < expression->count; i++) {
        if (expression->instructions[i].opcode == OP_VARIABLE)
            return false;
    }
    return true;
}

bool expression_value(const char *text, const struct variables *variables, struct value *value,
                      struct diagnostic *diagnostic)
{
    struct span all = {.size = strlen(text), .line = 1, .column = 1};
    value_init(value);
    struct expression *expression = expression_parse(text, all, diagnostic);
    if (expression == NULL)
        return false;
    bool evaluated = expression_evaluate(expression, variables, value, diagnostic);
    expression_free(&expression);
    return evaluated;
}
