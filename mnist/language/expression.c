/*
 * expression - from text to steps: recursive descent, one function a rule of the grammar in expression.h.
 *
 * Brackets, unary signs and powers recurse and are counted against EXPRESSION_DEPTH_MAX; sums, products and lists loop.
 */
#include "mnist/language/expression.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/nearest.h"
#include "mnist/language/quoted.h"
#include "mnist/language/scan.h"
#include "mnist/language/steps.h"

static const struct function_word functions[] = {
    [FUNCTION_SQRT] = {"sqrt", "sqrt(x)", "the square root"},
    [FUNCTION_ABS] = {"abs", "abs(x)", "the number without its sign"},
    [FUNCTION_ROUND] = {"round", "round(x), round(x, 2)",
                        "rounded to a whole number, or to so many decimals"},
    [FUNCTION_MIN] = {"min", "min(a, b, ...), min(list)", "the smallest"},
    [FUNCTION_MAX] = {"max", "max(a, b, ...), max(list)", "the largest"},
    [FUNCTION_LEN] = {"len", "len(list), len(text)", "how many items, how many characters"},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0], NUMBER_SIZE_MAX = 400 };

const struct function_word *expression_function(size_t index)
{
    return index < FUNCTION_COUNT ? &functions[index] : NULL;
}

static bool parse_sum(struct parser *parser);

bool parser_fail(struct parser *parser, struct span span, const char *text)
{
    return mistake_set(parser->mistake, ERROR_USAGE, span, "%s", text);
}

/* Adds a step that takes `pops` values from the stack and leaves one. Consumes step.constant, also on failure. */
bool parser_add(struct parser *parser, struct step step, size_t pops)
{
    struct expression *expression = parser->expression;
    if (expression->count == EXPRESSION_NODES_MAX) {
        value_release(&step.constant);
        return mistake_set(parser->mistake, ERROR_USAGE, step.span,
                           "this expression has more than %d parts", EXPRESSION_NODES_MAX);
    }
    if (expression->count == expression->capacity) {
        size_t capacity = expression->capacity == 0 ? 4 : expression->capacity * 2;
        struct step *steps = realloc(expression->steps, capacity * sizeof *steps);
        if (steps == NULL) {
            value_release(&step.constant);
            return mistake_set(parser->mistake, ERROR_SYSTEM, step.span, "out of memory");
        }
        expression->steps = steps;
        expression->capacity = capacity;
    }
    expression->steps[expression->count++] = step;
    parser->stack = parser->stack - pops + 1;
    if (parser->stack > expression->depth)
        expression->depth = parser->stack;
    return true;
}

/* One level deeper; false when that is too deep. */
static bool parser_enter(struct parser *parser)
{
    if (++parser->nesting <= EXPRESSION_DEPTH_MAX)
        return true;
    return mistake_set(parser->mistake, ERROR_USAGE, cursor_span(&parser->cursor, &parser->cursor),
                       "more than %d brackets and signs inside each other", EXPRESSION_DEPTH_MAX);
}

static void skip(struct parser *parser)
{
    cursor_skip_blanks(&parser->cursor, true);
}

static char peek(const struct parser *parser)
{
    return cursor_peek(&parser->cursor, 0);
}

/* The character at the cursor, for a mistake that points at it. */
static struct span span_here(const struct parser *parser)
{
    struct cursor next = parser->cursor;
    cursor_next(&next);
    return cursor_span(&parser->cursor, &next);
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
        return parser_fail(parser, cursor_span(&begin, &rest), "this is not a number");
    struct span span = cursor_span(&begin, &parser->cursor);
    if (size > NUMBER_SIZE_MAX)
        return parser_fail(parser, span, "a number of more than 400 digits");
    memcpy(digits, begin.text + begin.at, size);
    digits[size] = '\0';
    double number = strtod(digits, NULL);
    if (!isfinite(number))
        return parser_fail(parser, span, "this number is too large: the largest is about 1.8e308");
    return parser_add(
        parser,
        (struct step){.kind = STEP_CONSTANT, .span = span, .constant = value_number(number)}, 0);
}

/* `item, item ...` up to the closing bracket, which is passed. */
static bool parse_items(struct parser *parser, char closing, const struct cursor *opening,
                        size_t *count)
{
    *count = 0;
    skip(parser);
    while (peek(parser) != closing) {
        if (!parse_sum(parser))
            return false;
        ++*count;
        skip(parser);
        if (peek(parser) == ',') {
            cursor_next(&parser->cursor);
            skip(parser);
        } else if (peek(parser) != closing) {
            if (!cursor_done(&parser->cursor))
                return parser_fail(parser, span_here(parser),
                                   "a comma or the closing bracket was expected here");
            struct cursor next = *opening;
            cursor_next(&next);
            return parser_fail(parser, cursor_span(opening, &next), "this bracket is never closed");
        }
    }
    cursor_next(&parser->cursor);
    return true;
}

static bool parse_list(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    cursor_next(&parser->cursor);
    struct step step = {.kind = STEP_LIST};
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
                       count == 0
                           ? "there is nothing between the parentheses"
                           : "one value belongs between parentheses; a list is written [1, 2]");
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
        return mistake_set(parser->mistake, ERROR_USAGE, span,
                           "there is no function %s; did you mean %s?", name, nearest.best);
    return mistake_set(parser->mistake, ERROR_USAGE, span,
                       "there is no function %s; there are sqrt, abs, round, min, max and len",
                       name);
}

static bool parse_call(struct parser *parser, size_t size)
{
    static const struct {
        size_t least, most;
    } counts[] = {
        [FUNCTION_SQRT] = {1, 1},    [FUNCTION_ABS] = {1, 1},     [FUNCTION_ROUND] = {1, 2},
        [FUNCTION_MIN] = {1, 10000}, [FUNCTION_MAX] = {1, 10000}, [FUNCTION_LEN] = {1, 1}};
    struct cursor begin = parser->cursor;
    struct step step = {.kind = STEP_CALL};
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
        return mistake_set(parser->mistake, ERROR_USAGE, step.span, "%s is used so: %s",
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
    struct step step = {.kind = STEP_CONSTANT, .span = cursor_span(&begin, &parser->cursor)};
    if (literal_word(begin.text + begin.at, size, &step.constant))
        return parser_add(parser, step, 0);
    int shown = (int)(size < 60 ? size : 60);
    const char *word = begin.text + begin.at;
    return mistake_set(parser->mistake, ERROR_USAGE, step.span,
                       "%.*s is not a value; $%.*s is the variable, \"%.*s\" the text", shown, word,
                       shown, word, shown, word);
}

static bool parse_atom(struct parser *parser)
{
    skip(parser);
    char c = peek(parser);
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
        return parser_fail(parser, span_here(parser), "a value is missing here");
    if (c == '{')
        return parser_fail(parser, span_here(parser),
                           "there are no dictionaries here; a list is written [1, 2]");
    return parser_fail(parser, span_here(parser), "a value was expected here");
}

static bool parse_item(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    if (!parse_atom(parser))
        return false;
    while (peek(parser) == '[') {
        struct cursor opening = parser->cursor;
        cursor_next(&parser->cursor);
        size_t count;
        if (!parse_items(parser, ']', &opening, &count))
            return false;
        struct span span = cursor_span(&begin, &parser->cursor);
        if (count != 1)
            return parser_fail(parser, span, "one place belongs between the brackets: $x[0]");
        if (!parser_add(parser, (struct step){.kind = STEP_INDEX, .span = span}, 2))
            return false;
    }
    return true;
}

static bool parse_unary(struct parser *parser);

static bool parse_power(struct parser *parser)
{
    skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_item(parser))
        return false;
    skip(parser);
    bool stars = peek(parser) == '*' && cursor_peek(&parser->cursor, 1) == '*';
    if (peek(parser) != '^' && !stars)
        return true;
    cursor_skip(&parser->cursor, stars ? 2 : 1);
    if (!parser_enter(parser) || !parse_unary(parser))
        return false;
    parser->nesting--;
    return parser_add(
        parser, (struct step){.kind = STEP_POWER, .span = cursor_span(&begin, &parser->cursor)}, 2);
}

static bool parse_unary(struct parser *parser)
{
    skip(parser);
    struct cursor begin = parser->cursor;
    char sign = peek(parser);
    if (!parser_enter(parser))
        return false;
    if (sign == '-' || sign == '+') {
        cursor_next(&parser->cursor);
        if (!parse_unary(parser))
            return false;
        struct step step = {.kind = sign == '-' ? STEP_NEGATE : STEP_PLUS,
                            .span = cursor_span(&begin, &parser->cursor)};
        if (!parser_add(parser, step, 1))
            return false;
    } else if (!parse_power(parser)) {
        return false;
    }
    parser->nesting--;
    return true;
}

static bool parse_product(struct parser *parser)
{
    skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_unary(parser))
        return false;
    for (;;) {
        struct cursor end = parser->cursor;
        skip(parser);
        char sign = peek(parser);
        if (sign != '*' && sign != '/' && sign != '%') {
            parser->cursor = end;
            return true;
        }
        cursor_next(&parser->cursor);
        if (!parse_unary(parser))
            return false;
        enum step_kind kind = sign == '*'   ? STEP_MULTIPLY
                              : sign == '/' ? STEP_DIVIDE
                                            : STEP_REMAINDER;
        if (!parser_add(parser,
                        (struct step){.kind = kind, .span = cursor_span(&begin, &parser->cursor)},
                        2))
            return false;
    }
}

static bool parse_sum(struct parser *parser)
{
    skip(parser);
    struct cursor begin = parser->cursor;
    if (!parse_product(parser))
        return false;
    for (;;) {
        struct cursor end = parser->cursor;
        skip(parser);
        char sign = peek(parser);
        if (sign != '+' && sign != '-') {
            parser->cursor = end;
            return true;
        }
        cursor_next(&parser->cursor);
        if (!parse_product(parser))
            return false;
        enum step_kind kind = sign == '+' ? STEP_ADD : STEP_SUBTRACT;
        if (!parser_add(parser,
                        (struct step){.kind = kind, .span = cursor_span(&begin, &parser->cursor)},
                        2))
            return false;
    }
}

/* What may be after a value: nothing. */
static bool parse_end(struct parser *parser)
{
    skip(parser);
    if (cursor_done(&parser->cursor))
        return true;
    char c = peek(parser);
    if (c == '=' && cursor_peek(&parser->cursor, 1) == '=')
        return parser_fail(parser, span_here(parser),
                           "values cannot be compared here: there are + - * / % ^ only");
    if (c == ',')
        return parser_fail(parser, span_here(parser),
                           "a comma belongs into a list: [1, 2]; decimals have a point: 0.5");
    if (c == ')' || c == ']')
        return parser_fail(parser, span_here(parser), "this bracket was never opened");
    return parser_fail(parser, span_here(parser),
                       "the value ends before this; + - * / % ^ may follow it");
}

static struct expression *parser_run(const char *text, struct span span, struct mistake *mistake,
                                     bool (*parse)(struct parser *))
{
    struct parser parser = {.cursor = cursor_within(text, span),
                            .expression = calloc(1, sizeof *parser.expression),
                            .mistake = mistake};
    if (parser.expression == NULL) {
        mistake_set(mistake, ERROR_SYSTEM, span, "out of memory");
        return NULL;
    }
    if (!parse(&parser) || !parse_end(&parser))
        expression_free(&parser.expression);
    return parser.expression;
}

struct expression *expression_parse(const char *text, struct span span, struct mistake *mistake)
{
    return parser_run(text, span, mistake, parse_sum);
}

struct expression *expression_word(const char *text, struct span span, struct mistake *mistake)
{
    return parser_run(text, span, mistake, parse_word);
}

void expression_free(struct expression **expression)
{
    if (*expression == NULL)
        return;
    for (size_t i = 0; i < (*expression)->count; i++)
        value_release(&(*expression)->steps[i].constant);
    free((*expression)->steps);
    free(*expression);
    *expression = NULL;
}

bool expression_constant(const struct expression *expression)
{
    for (size_t i = 0; i < expression->count; i++) {
        if (expression->steps[i].kind == STEP_VARIABLE)
            return false;
    }
    return true;
}

bool expression_value(const char *text, const struct variables *variables, struct value *value,
                      struct mistake *mistake)
{
    struct span all = {.size = strlen(text), .line = 1, .column = 1};
    value_init(value);
    struct expression *expression = expression_parse(text, all, mistake);
    if (expression == NULL)
        return false;
    bool evaluated = expression_evaluate(expression, variables, value, mistake);
    expression_free(&expression);
    return evaluated;
}
