/*
 * parser - the shared state of the expression parser: cursor, instructions, diagnostic.
 *
 * Private to expression.c (operators), parse_primary.c (numbers, lists, calls) and parse_string.c
 * (strings, variables, words of a command).
 */
#ifndef MNIST_LANGUAGE_PARSER_H
#define MNIST_LANGUAGE_PARSER_H

#include "mnist/language/bytecode.h"
#include "mnist/language/lexer.h"

struct parser {
    struct cursor cursor;
    struct expression *expression; /* the instructions so far */
    struct diagnostic *diagnostic;
    int nesting;  /* at most EXPRESSION_DEPTH_MAX */
    size_t stack; /* values on the stack after them */
};

/* Sets the diagnostic; returns false. */
bool parser_fail(struct parser *parser, struct span span, const char *text);

/* Appends an instruction that pops `pops` values and pushes one. Consumes instruction.constant,
   also on failure. */
bool parser_add(struct parser *parser, struct instruction instruction, size_t pops);

/* Moves past blanks, line ends and comments. */
static inline void parser_skip(struct parser *parser)
{
    cursor_skip_blanks(&parser->cursor, true);
}

static inline char parser_peek(const struct parser *parser)
{
    return cursor_peek(&parser->cursor, 0);
}

/* The span of the character at the cursor. */
struct span parser_here(const struct parser *parser);

bool parse_sum(struct parser *parser);     /* expression.c: a whole expression */
bool parse_primary(struct parser *parser); /* parse_primary.c: one operand */

/* Parses `item, item ...` and the closing bracket. */
bool parse_items(struct parser *parser, char closing, const struct cursor *opening, size_t *count);

bool parse_quoted(struct parser *parser);   /* at a quote: one string */
bool parse_variable(struct parser *parser); /* at a $: $name or ${name} */
bool parse_word(struct parser *parser);     /* all of the parser's text */

/* Sets value, which needs no release, for True, no, None and the like. False for other words. */
bool literal_word(const char *word, size_t size, struct value *value);

#endif
