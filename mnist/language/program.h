/*
 * program - a cell's text, parsed and checked whole before its first line runs.
 *
 * The session parses a cell, shows its mistakes if it has any, and otherwise walks its
 * statements: assignments and expressions through statement_evaluate, commands through
 * bound_call_resolve (bound_call.h) and the command's run function.
 *
 *     line       = command | name "=" expression | expression | topic "?" | "?" topic | nothing
 *     command    = verb [subject] { argument } [ ":" block ]        argument = value | name "=" value
 *     block      = lines with one and the same indent, each a layer
 *     comment    = "#" at the start of a word, to the end of the line
 *     a line goes on below when it ends in "\", or inside quotes, ( ) or [ ]
 *
 * The text is UTF-8; a byte order mark at its start is skipped, CRLF or a lone CR ends a line as
 * LF does, a tab or a non-breaking space is a space. NUL and bytes that are not UTF-8 are
 * mistakes.
 */
#ifndef MNIST_LANGUAGE_PROGRAM_H
#define MNIST_LANGUAGE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/statement.h"

enum { PROGRAM_STATEMENTS_MAX = 100000 };

struct program;

/* Copies the text. NULL only when out of memory. Caller frees with program_free. */
struct program *program_parse(const char *text, size_t size);
void program_free(struct program **program);

/* 0 = the cell may run. The first DIAGNOSTICS_MAX can be had, in order of the text. */
size_t program_diagnostic_count(const struct program *program);
const struct diagnostic *program_diagnostic(const struct program *program, size_t index);

/* All of them as diagnostic_print shows them, one after the other. Caller frees; NULL when out of
   memory. */
char *program_diagnostics_print(const struct program *program);

const char *program_text(const struct program *program, size_t *size);

size_t program_statement_count(const struct program *program);
const struct statement *program_statement(const struct program *program, size_t index);

#endif
