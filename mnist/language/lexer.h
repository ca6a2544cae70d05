/*
 * lexer - walking through a cell's text: characters with their place, blanks, comments, whole
 * lines.
 *
 * Everything that reads the language begins here: program.c, expression.c, is_complete.c, and
 * context.c for completion. A cursor knows its line and column as it goes, so that every span
 * costs nothing.
 */
#ifndef MNIST_LANGUAGE_LEXER_H
#define MNIST_LANGUAGE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"

struct cursor {
    const char *text; /* the whole cell                     */
    size_t end;       /* reads text[at..end-1]              */
    size_t at;
    int line, column; /* of text[at]; from 1, code points   */
};

/* At the beginning of a cell, after its byte order mark if it has one. */
struct cursor cursor_begin(const char *text, size_t size);

/* At the beginning of a span, and ending with it. */
struct cursor cursor_within(const char *text, struct span span);

/* The byte at the cursor, or `ahead` of it; NUL at the end. */
static inline char cursor_peek(const struct cursor *cursor, size_t ahead)
{
    return ahead < cursor->end - cursor->at ? cursor->text[cursor->at + ahead] : '\0';
}

static inline bool cursor_done(const struct cursor *cursor)
{
    return cursor->at >= cursor->end;
}

/* Past one character. Nothing happens at the end. */
void cursor_next(struct cursor *cursor);
void cursor_skip(struct cursor *cursor, size_t bytes); /* as many characters as these bytes hold */

/* Past spaces, tabs, non-breaking spaces, carriage returns, and `\` before a line's end; with
   `newlines`, also past these and comments, as inside brackets. */
void cursor_skip_blanks(struct cursor *cursor, bool newlines);

/* Past a quoted text that begins at the cursor; false at the end of the text without its closing
   quote. */
bool cursor_skip_quoted(struct cursor *cursor);

/* A blank stands here: its bytes; 0 = none. */
size_t cursor_blank(const struct cursor *cursor);

/* A comment begins here: `#` at the start of a word. */
bool cursor_at_comment(const struct cursor *cursor);

/* From begin up to end. */
struct span cursor_span(const struct cursor *begin, const struct cursor *end);

/* A letter, a digit, _ or a character beyond ASCII: what variables' names are made of. */
bool is_name_byte(char byte);

/* Bytes of the name at the cursor (name bytes, not beginning with a digit); 0 = none. */
size_t cursor_name(const struct cursor *cursor);

/* Moves past all characters up to the next blank outside of quotes and brackets. */
void cursor_skip_word(struct cursor *cursor);

/* Copies the text of a span for a message; a long text is cut and ends in "...". Returns shown. */
enum { WORD_SHOWN_SIZE = 64 };
const char *word_shown(char shown[WORD_SHOWN_SIZE], const char *text, struct span span);

enum line_state {
    LINE_WHOLE,
    LINE_OPEN_QUOTE,   /* a quote is never closed: `open` is where      */
    LINE_OPEN_BRACKET, /* the same of ( or [                            */
    LINE_CONTINUED,    /* the text ends after a `\`, which is at `open`   */
};

/* A logical line: one line, or several joined by quotes, brackets or `\`. */
struct line {
    struct cursor
        begin; /* its first character that is not blank; .end is where its code ends, comment and
                                blanks after it left out                                         */
    struct cursor after; /* the beginning of the next                                        */
    size_t indent_start, indent_size; /* the blanks before it, in bytes                          */
    bool blank; /* nothing but blanks and a comment                                 */
    bool colon; /* its code ends in `:` outside quotes; the colon is left out of it */
    enum line_state state;
    struct cursor open;
};

/* Reads the line at the cursor, which is moved after it. False at the end of the text. A line
   that is not whole goes to the end of the text. */
bool line_read(struct cursor *cursor, struct line *line);

#endif
