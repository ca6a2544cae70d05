/*
 * lexer - cursors over the text of a cell, and its logical lines.
 *
 * All parsing of the language uses it: program.c, expression.c, is_complete.c, and context.c for
 * completion. A cursor keeps line and column up to date, so that the location of every diagnostic
 * is known without a second pass.
 */
#ifndef MNIST_LANGUAGE_LEXER_H
#define MNIST_LANGUAGE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"

struct cursor {
    const char *text; /* the whole cell */
    size_t end;       /* the cursor covers text[at..end-1] */
    size_t at;
    int line, column; /* of text[at]; from 1, code points   */
};

/* A cursor at the beginning of a cell, after a byte order mark. */
struct cursor cursor_begin(const char *text, size_t size);

/* A cursor over a span. */
struct cursor cursor_within(const char *text, struct span span);

/* The byte at the cursor plus `ahead`; NUL after the end. */
static inline char cursor_peek(const struct cursor *cursor, size_t ahead)
{
    return ahead < cursor->end - cursor->at ? cursor->text[cursor->at + ahead] : '\0';
}

static inline bool cursor_done(const struct cursor *cursor)
{
    return cursor->at >= cursor->end;
}

/* Moves past one character; does nothing at the end. */
void cursor_next(struct cursor *cursor);
void cursor_skip(struct cursor *cursor, size_t bytes); /* all characters in these bytes */

/* Moves past spaces, tabs, non-breaking spaces, carriage returns and line continuations (`\`);
   with `newlines`, also past line ends and comments, as inside brackets. */
void cursor_skip_blanks(struct cursor *cursor, bool newlines);

/* Moves past the quoted string at the cursor. False if its closing quote is missing. */
bool cursor_skip_quoted(struct cursor *cursor);

/* The size in bytes of a blank at the cursor; 0 = none. */
size_t cursor_blank(const struct cursor *cursor);

/* True at `#` at the start of a word, which begins a comment. */
bool cursor_at_comment(const struct cursor *cursor);

/* The span from begin to end. */
struct span cursor_span(const struct cursor *begin, const struct cursor *end);

/* True for a letter, a digit, _ and every byte beyond ASCII: the characters of variable names. */
bool is_name_byte(char byte);

/* The size in bytes of the name at the cursor (name bytes, the first not a digit); 0 = none. */
size_t cursor_name(const struct cursor *cursor);

/* Moves past all characters up to the next blank outside of quotes and brackets. */
void cursor_skip_word(struct cursor *cursor);

/* Copies the text of a span for a message; a long text is cut and ends in "...". Returns shown. */
enum { WORD_SHOWN_SIZE = 64 };
const char *word_shown(char shown[WORD_SHOWN_SIZE], const char *text, struct span span);

enum line_state {
    LINE_WHOLE,
    LINE_OPEN_QUOTE,   /* a quote is not closed; `open` is its position */
    LINE_OPEN_BRACKET, /* the same for ( or [ */
    LINE_CONTINUED,    /* the text ends after a `\` at `open` */
};

/* A logical line: one line, or several lines joined by quotes, brackets or `\`. */
struct line {
    struct cursor begin; /* after the indentation; .end: end of the code, before a comment */
    struct cursor after; /* the beginning of the next line */
    size_t indent_start, indent_size; /* the indentation, in bytes */
    bool blank;                       /* only blanks and a comment */
    bool colon; /* the code ends in `:` outside of quotes; begin.end excludes it */
    enum line_state state;
    struct cursor open;
};

/* Reads the line at the cursor and moves the cursor after it. False at the end of the text. A
   line that is not LINE_WHOLE extends to the end of the text. */
bool line_read(struct cursor *cursor, struct line *line);

#endif
