/*
 * quoted - the texts in an expression: "with $name and \n", 'as it stands', $name, and words of a command.
 *
 * Private to expression.c: struct parser is what both walk with.
 */
#ifndef MNIST_LANGUAGE_QUOTED_H
#define MNIST_LANGUAGE_QUOTED_H

#include "mnist/language/scan.h"
#include "mnist/language/steps.h"

struct parser {
    struct cursor cursor;
    struct expression *expression; /* what is written so far        */
    struct mistake *mistake;
    int nesting;  /* against EXPRESSION_DEPTH_MAX  */
    size_t stack; /* values on the stack by now    */
};

/* Sets the mistake; returns false. */
bool parser_fail(struct parser *parser, struct span span, const char *text);

/* Adds a step that takes `pops` values from the stack and leaves one. Consumes step.constant, also on failure. */
bool parser_add(struct parser *parser, struct step step, size_t pops);

bool parse_quoted(struct parser *parser);   /* at a quote: one text            */
bool parse_variable(struct parser *parser); /* at a $: $name or ${name}        */
bool parse_word(struct parser *parser);     /* all of the parser's text        */

/* True, no, None...: sets value (which needs no release). False when the word is none of them. */
bool literal_word(const char *word, size_t size, struct value *value);

#endif
