/*
 * lexer - cursors and logical lines.
 */
#include "mnist/language/lexer.h"

#include <stdio.h>
#include <string.h>

#include "mnist/base/utf8.h"

static const char byte_order_mark[] = "\xEF\xBB\xBF", no_break_space[] = "\xC2\xA0";

struct cursor cursor_begin(const char *text, size_t size)
{
    struct cursor cursor = {.text = text, .end = size, .line = 1, .column = 1};
    if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0)
        cursor.at = 3;
    return cursor;
}

struct cursor cursor_within(const char *text, struct span span)
{
    return (struct cursor){.text = text,
                           .end = span.start + span.size,
                           .at = span.start,
                           .line = span.line,
                           .column = span.column};
}

void cursor_next(struct cursor *cursor)
{
    if (cursor_done(cursor))
        return;
    if (cursor->text[cursor->at] == '\n') {
        cursor->at++;
        cursor->line++;
        cursor->column = 1;
        return;
    }
    cursor->at += utf8_decode(cursor->text + cursor->at, cursor->end - cursor->at, NULL, NULL);
    cursor->column++;
}

void cursor_skip(struct cursor *cursor, size_t bytes)
{
    size_t to = bytes < cursor->end - cursor->at ? cursor->at + bytes : cursor->end;
    while (cursor->at < to)
        cursor_next(cursor);
}

size_t cursor_blank(const struct cursor *cursor)
{
    char c = cursor_peek(cursor, 0);
    if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f')
        return 1;
    return c == no_break_space[0] && cursor_peek(cursor, 1) == no_break_space[1] ? 2 : 0;
}

/* The bytes of a line continuation: `\`, blanks, and the end of the line or of the text. 0 =
   none. */
static size_t continuation(const struct cursor *cursor)
{
    if (cursor_peek(cursor, 0) != '\\')
        return 0;
    size_t ahead = 1;
    while (cursor_peek(cursor, ahead) == ' ' || cursor_peek(cursor, ahead) == '\t' ||
           cursor_peek(cursor, ahead) == '\r')
        ahead++;
    if (cursor_peek(cursor, ahead) == '\n')
        return ahead + 1;
    return cursor->at + ahead >= cursor->end ? ahead : 0;
}

bool cursor_at_comment(const struct cursor *cursor)
{
    if (cursor_peek(cursor, 0) != '#')
        return false;
    if (cursor->at == 0)
        return true;
    const char *here = cursor->text + cursor->at;
    if (cursor->at >= 2 && memcmp(here - 2, no_break_space, 2) == 0)
        return true;
    if (cursor->at == 3 && memcmp(here - 3, byte_order_mark, 3) == 0)
        return true;
    return here[-1] != '\0' && strchr(" \t\r\n\v\f([,", here[-1]) != NULL;
}

static void skip_comment(struct cursor *cursor)
{
    while (!cursor_done(cursor) && cursor_peek(cursor, 0) != '\n')
        cursor_next(cursor);
}

void cursor_skip_blanks(struct cursor *cursor, bool newlines)
{
    while (!cursor_done(cursor)) {
        size_t bytes = cursor_blank(cursor);
        if (bytes == 0)
            bytes = continuation(cursor);
        if (bytes == 0 && newlines && cursor_peek(cursor, 0) == '\n')
            bytes = 1;
        if (bytes > 0) {
            cursor_skip(cursor, bytes);
        } else if (newlines && cursor_at_comment(cursor)) {
            skip_comment(cursor);
        } else {
            return;
        }
    }
}

bool cursor_skip_quoted(struct cursor *cursor)
{
    char quote = cursor_peek(cursor, 0);
    cursor_next(cursor);
    while (!cursor_done(cursor)) {
        char c = cursor_peek(cursor, 0);
        cursor_next(cursor);
        if (c == quote)
            return true;
        if (c == '\\' && quote == '"')
            cursor_next(cursor);
    }
    return false;
}

struct span cursor_span(const struct cursor *begin, const struct cursor *end)
{
    return (struct span){begin->at, end->at - begin->at, begin->line, begin->column};
}

bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || (unsigned char)byte >= 0x80;
}

size_t cursor_name(const struct cursor *cursor)
{
    char first = cursor_peek(cursor, 0);
    if (first >= '0' && first <= '9')
        return 0;
    size_t bytes = 0;
    while (is_name_byte(cursor_peek(cursor, bytes))) {
        struct cursor here = *cursor;
        here.at += bytes;
        if (cursor_blank(&here) > 0)
            break;
        bytes++;
    }
    return bytes;
}

void cursor_skip_word(struct cursor *cursor)
{
    int depth = 0;
    while (!cursor_done(cursor)) {
        char c = cursor_peek(cursor, 0);
        if (c == '"' || c == '\'') {
            cursor_skip_quoted(cursor);
            continue;
        }
        struct cursor blanks = *cursor;
        cursor_skip_blanks(&blanks, true);
        if (blanks.at != cursor->at && depth == 0)
            return;
        if (blanks.at != cursor->at) { /* brackets in a comment do not count */
            *cursor = blanks;
            continue;
        }
        if (c == '(' || c == '[')
            depth++;
        else if ((c == ')' || c == ']') && depth > 0)
            depth--;
        cursor_next(cursor);
    }
}

const char *word_shown(char shown[WORD_SHOWN_SIZE], const char *text, struct span span)
{
    size_t size = span.size;
    if (size >= WORD_SHOWN_SIZE - 4) {
        size = WORD_SHOWN_SIZE - 4;
        while (size > 0 && ((unsigned char)text[span.start + size] & 0xC0) == 0x80)
            size--;
    }
    snprintf(shown, WORD_SHOWN_SIZE, "%.*s%s", (int)size, text + span.start,
             size < span.size ? "..." : "");
    return shown;
}

/* The state of reading one logical line. */
struct lexer_walk {
    struct cursor code_end; /* after the last character that is code */
    bool colon;             /* the last character of code is `:` */
    int depth;              /* nesting of brackets */
};

/* Moves past a quoted string or one character. */
static void walk_piece(struct lexer_walk *walk, struct cursor *cursor, struct line *line)
{
    char c = cursor_peek(cursor, 0);
    struct cursor begin = *cursor;
    walk->colon = c == ':';
    if (c == '"' || c == '\'') {
        if (!cursor_skip_quoted(cursor)) {
            line->state = LINE_OPEN_QUOTE;
            line->open = begin;
        }
    } else {
        cursor_next(cursor);
    }
    if (c == '(' || c == '[') {
        if (walk->depth++ == 0)
            line->open = begin;
    } else if ((c == ')' || c == ']') && walk->depth > 0) {
        walk->depth--;
    }
    walk->code_end = *cursor;
}

bool line_read(struct cursor *cursor, struct line *line)
{
    if (cursor_done(cursor))
        return false;
    *line = (struct line){.indent_start = cursor->at};
    while (cursor_blank(cursor) > 0)
        cursor_skip(cursor, cursor_blank(cursor));
    line->indent_size = cursor->at - line->indent_start;
    line->begin = *cursor;
    struct lexer_walk walk = {.code_end = *cursor};
    while (!cursor_done(cursor) && (cursor_peek(cursor, 0) != '\n' || walk.depth > 0)) {
        size_t joined = continuation(cursor);
        if (joined > 0 && cursor->at + joined >= cursor->end) {
            line->state = LINE_CONTINUED;
            line->open = *cursor;
        }
        if (cursor_blank(cursor) > 0 || joined > 0 || cursor_peek(cursor, 0) == '\n')
            cursor_skip(cursor, joined > 0 ? joined : 1);
        else if (cursor_at_comment(cursor))
            skip_comment(cursor);
        else
            walk_piece(&walk, cursor, line);
    }
    cursor_next(cursor);
    if (line->state == LINE_WHOLE && walk.depth > 0)
        line->state = LINE_OPEN_BRACKET;
    line->after = *cursor;
    line->begin.end = walk.code_end.at;
    line->colon = walk.colon && line->state == LINE_WHOLE;
    if (line->colon)
        line->begin.end--;
    line->blank = walk.code_end.at == line->begin.at;
    return true;
}
