/*
 * program - the text of a cell, parsed and checked completely before its first line runs.
 *
 * The session parses a cell and prints its diagnostics, if there are any. Otherwise it runs the
 * statements in order: assignments and expressions with statement_evaluate, commands with
 * bound_call_resolve (bound_call.h) and the command's run function.
 *
 *     line     = command | name "=" expression | expression | topic "?" | "?" topic | nothing
 *     command  = verb [subject] { argument } [ ":" block ]
 *     argument = value | name "=" value
 *     block    = lines with the same indentation, each a layer
 *     comment  = "#" at the start of a word, up to the end of the line
 *
 * A line continues on the next one after "\" at its end, and inside quotes, ( ) and [ ].
 *
 * The text is UTF-8. A byte order mark at the beginning is skipped. A line ends with LF, CRLF or
 * a lone CR. A tab or a non-breaking space counts as a space. NUL and invalid UTF-8 are errors.
 */
#ifndef MNIST_LANGUAGE_PROGRAM_H
#define MNIST_LANGUAGE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/statement.h"

enum { PROGRAM_STATEMENTS_MAX = 100000 };

struct program;

/* Copies the text. NULL only if memory runs out. Caller frees with program_free. */
struct program *program_parse(const char *text, size_t size);
void program_free(struct program **program);

/* 0 = the cell may run. index is below the count and DIAGNOSTICS_MAX; diagnostics are in text
   order. */
size_t program_diagnostic_count(const struct program *program);
const struct diagnostic *program_diagnostic(const struct program *program, size_t index);

/* All diagnostics as printed by diagnostic_print, one after the other. Caller frees; NULL if
   memory runs out. */
char *program_diagnostics_print(const struct program *program);

size_t program_statement_count(const struct program *program);
const struct statement *program_statement(const struct program *program, size_t index);

#endif
