/*
 * parser - what the parts of the expression parser share.
 *
 * Private to expression.c (operators), parse_primary.c (numbers, lists, functions) and
 * parse_string.c (texts, variables, words): one cursor, one row of steps that grows, one
 * diagnostic.
 */
#ifndef MNIST_LANGUAGE_PARSER_H
#define MNIST_LANGUAGE_PARSER_H

#include "mnist/language/bytecode.h"
#include "mnist/language/lexer.h"

struct parser {
    struct cursor cursor;
    struct expression *expression; /* what is written so far        */
    struct diagnostic *diagnostic;
    int nesting;  /* against EXPRESSION_DEPTH_MAX  */
    size_t stack; /* values on the stack by now    */
};

/* Sets the diagnostic; returns false. */
bool parser_fail(struct parser *parser, struct span span, const char *text);

/* Adds a step that takes `pops` values from the stack and leaves one. Consumes instruction.constant,
   also on failure. */
bool parser_add(struct parser *parser, struct instruction instruction, size_t pops);

/* Past blanks, line ends and comments. */
static inline void parser_skip(struct parser *parser)
{
    cursor_skip_blanks(&parser->cursor, true);
}

static inline char parser_peek(const struct parser *parser)
{
    return cursor_peek(&parser->cursor, 0);
}

/* The character at the cursor, for a diagnostic that points at it. */
struct span parser_here(const struct parser *parser);

bool parse_sum(struct parser *parser);     /* expression.c: a whole expression */
bool parse_primary(struct parser *parser); /* parse_primary.c                          */

/* `item, item ...` up to the closing bracket, which is passed. */
bool parse_items(struct parser *parser, char closing, const struct cursor *opening, size_t *count);

bool parse_quoted(struct parser *parser);   /* at a quote: one text            */
bool parse_variable(struct parser *parser); /* at a $: $name or ${name}        */
bool parse_word(struct parser *parser);     /* all of the parser's text        */

/* True, no, None...: sets value (which needs no release). False when the word is none of them. */
bool literal_word(const char *word, size_t size, struct value *value);

#endif
