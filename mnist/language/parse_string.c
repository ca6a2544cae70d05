/*
 * parse_string - the strings of an expression, "with $name and \n" or 'literal', variables, and
 * words of a command.
 *
 * A string without variables becomes one OP_CONSTANT. A string with variables becomes its pieces
 * and an OP_JOIN.
 */
#include "mnist/language/parser.h"
#include "mnist/language/variables.h"

#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"

/* A string while it is parsed: the literal text since the last variable, and the number of pieces
   on the stack. */
struct pieces {
    struct string_buffer literal;
    size_t count;
    struct cursor begin;
};

static struct pieces pieces_begin(const struct parser *parser)
{
    struct pieces pieces = {.begin = parser->cursor};
    string_buffer_init(&pieces.literal, VALUE_STRING_SIZE_MAX);
    return pieces;
}

/* Emits the literal piece; an empty piece only if `even_empty`. */
static bool pieces_flush(struct pieces *pieces, struct parser *parser, bool even_empty)
{
    if (pieces->literal.size == 0 && !even_empty && !pieces->literal.failed)
        return true;
    struct instruction instruction = {.opcode = OP_CONSTANT,
                                      .span = cursor_span(&pieces->begin, &parser->cursor)};
    const char *bytes = pieces->literal.bytes == NULL ? "" : pieces->literal.bytes;
    if (pieces->literal.failed ||
        !value_string_bytes(&instruction.constant, bytes, pieces->literal.size))
        return diagnostic_set(parser->diagnostic, ERROR_SYSTEM, instruction.span,
                              "out of memory, or a string of more than 16 MiB");
    pieces->literal.size = 0;
    pieces->count++;
    return parser_add(parser, instruction, 0);
}

static bool hexadecimal(const struct cursor *cursor, size_t digits, uint32_t *point)
{
    *point = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = cursor_peek(cursor, i);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        *point = *point << 4 | digit;
    }
    return true;
}

/* \xHH, \uHHHH, \UHHHHHHHH: a code point in hexadecimal, as in Python. */
static bool read_point(struct pieces *pieces, struct parser *parser, struct cursor *begin,
                       size_t digits)
{
    uint32_t point;
    char bytes[UTF8_SIZE_MAX];
    size_t size =
        hexadecimal(&parser->cursor, digits, &point) && point != 0 ? utf8_encode(bytes, point) : 0;
    if (size == 0)
        return parser_fail(
            parser, cursor_span(begin, &parser->cursor),
            "expected two hexadecimal digits after \\x, four after \\u or eight after \\U, of a "
            "character other than NUL");
    cursor_skip(&parser->cursor, digits);
    string_buffer_add_bytes(&pieces->literal, bytes, size);
    return true;
}

/* Parses an escape sequence of a string in double quotes. */
static bool read_escape(struct pieces *pieces, struct parser *parser)
{
    struct cursor begin = parser->cursor;
    cursor_next(&parser->cursor);
    struct cursor what = parser->cursor;
    char c = cursor_peek(&what, 0);
    cursor_next(&parser->cursor);
    switch (c) {
    case 'n': string_buffer_add(&pieces->literal, "\n"); return true;
    case 't': string_buffer_add(&pieces->literal, "\t"); return true;
    case 'r': string_buffer_add(&pieces->literal, "\r"); return true;
    case '"':
    case '\'':
    case '\\':
    case '$': string_buffer_add_bytes(&pieces->literal, &c, 1); return true;
    case '\n': return true;
    case 'x': return read_point(pieces, parser, &begin, 2);
    case 'u': return read_point(pieces, parser, &begin, 4);
    case 'U': return read_point(pieces, parser, &begin, 8);
    default: break;
    }
    string_buffer_add_bytes(&pieces->literal, begin.text + begin.at, parser->cursor.at - begin.at);
    return true;
}

/* True in a cell that begins with papermill's comment for injected parameters. With `-l python`,
   papermill writes strings in Python's syntax, where `$` has no meaning. */
static bool is_injected(const struct cursor *cursor)
{
    static const char comment[] = "# Parameters";
    size_t size = sizeof comment - 1;
    return cursor->at > size && memcmp(cursor->text, comment, size) == 0 &&
           (cursor->text[size] == '\n' || cursor->text[size] == '\r');
}

/* True if a variable begins here; any other $ is a dollar sign. */
static bool begins_variable(const struct cursor *cursor)
{
    struct cursor next = *cursor;
    cursor_next(&next);
    return cursor_peek(cursor, 0) == '$' &&
           (cursor_peek(&next, 0) == '{' || cursor_name(&next) > 0);
}

bool parse_variable(struct parser *parser)
{
    struct cursor begin = parser->cursor;
    cursor_next(&parser->cursor);
    bool braces = cursor_peek(&parser->cursor, 0) == '{';
    if (braces)
        cursor_next(&parser->cursor);
    struct cursor name = parser->cursor;
    size_t size = cursor_name(&name);
    cursor_skip(&parser->cursor, size);
    bool closed = !braces || cursor_peek(&parser->cursor, 0) == '}';
    if (braces && closed)
        cursor_next(&parser->cursor);
    struct instruction instruction = {.opcode = OP_VARIABLE,
                                      .span = cursor_span(&begin, &parser->cursor)};
    if (size == 0 || !closed)
        return parser_fail(parser, instruction.span,
                           braces ? "a variable is written ${name}"
                                  : "expected a name after $, as in $name");
    if (size > VARIABLE_NAME_SIZE_MAX)
        return parser_fail(parser, instruction.span,
                           "the name of a variable has at most 100 bytes");
    if (!value_string_bytes(&instruction.constant, name.text + name.at, size))
        return diagnostic_set(parser->diagnostic, ERROR_SYSTEM, instruction.span, "out of memory");
    return parser_add(parser, instruction, 0);
}

static bool read_variable(struct pieces *pieces, struct parser *parser)
{
    if (!pieces_flush(pieces, parser, false) || !parse_variable(parser))
        return false;
    pieces->count++;
    return true;
}

static void read_character(struct pieces *pieces, struct parser *parser)
{
    size_t begin = parser->cursor.at;
    cursor_next(&parser->cursor);
    string_buffer_add_bytes(&pieces->literal, parser->cursor.text + begin,
                            parser->cursor.at - begin);
}

/* Parses from a quote to the matching quote. */
static bool read_quoted(struct pieces *pieces, struct parser *parser)
{
    struct cursor begin = parser->cursor;
    char quote = cursor_peek(&begin, 0);
    cursor_next(&parser->cursor);
    while (!cursor_done(&parser->cursor)) {
        char c = cursor_peek(&parser->cursor, 0);
        bool read = true;
        if (c == quote) {
            cursor_next(&parser->cursor);
            return true;
        }
        if (quote == '"' && c == '\\') {
            read = read_escape(pieces, parser);
        } else if (quote == '"' && begins_variable(&parser->cursor) &&
                   !is_injected(&parser->cursor)) {
            read = read_variable(pieces, parser);
        } else {
            read_character(pieces, parser);
        }
        if (!read)
            return false;
    }
    return parser_fail(parser, (struct span){begin.at, 1, begin.line, begin.column},
                       "unterminated string");
}

/* Emits the last literal piece and, for several pieces, the OP_JOIN. `first` is the index of the
   string's first instruction. A single variable keeps its value (and kind) unless `always`. */
static bool pieces_end(struct pieces *pieces, struct parser *parser, size_t first, bool always)
{
    if (!pieces_flush(pieces, parser, pieces->count == 0))
        return false;
    if (pieces->count == 1 &&
        (!always || parser->expression->instructions[first].opcode == OP_CONSTANT))
        return true;
    struct instruction join = {.opcode = OP_JOIN,
                               .count = pieces->count,
                               .span = cursor_span(&pieces->begin, &parser->cursor)};
    return parser_add(parser, join, pieces->count);
}

bool parse_quoted(struct parser *parser)
{
    struct pieces pieces = pieces_begin(parser);
    size_t first = parser->expression->count;
    bool read = read_quoted(&pieces, parser) && pieces_end(&pieces, parser, first, true);
    string_buffer_release(&pieces.literal);
    return read;
}

bool parse_word(struct parser *parser)
{
    struct pieces pieces = pieces_begin(parser);
    bool read = true, quoted = false;
    while (read && !cursor_done(&parser->cursor)) {
        char c = cursor_peek(&parser->cursor, 0);
        if (c == '"' || c == '\'') {
            quoted = true;
            read = read_quoted(&pieces, parser);
        } else if (begins_variable(&parser->cursor)) {
            read = read_variable(&pieces, parser);
        } else {
            read_character(&pieces, parser);
        }
    }
    read = read && pieces_end(&pieces, parser, 0, quoted);
    string_buffer_release(&pieces.literal);
    return read;
}
