/*
 * parse_statement - decides what kind of statement a line is, and parses it.
 *
 * Private to the language: program.c calls it for each logical line of a cell and of a block.
 */
#ifndef MNIST_LANGUAGE_PARSE_STATEMENT_H
#define MNIST_LANGUAGE_PARSE_STATEMENT_H

#include "mnist/language/lexer.h"
#include "mnist/language/reader.h"
#include "mnist/language/statement.h"

/* Parses a line that is not blank. `layer`: the line is in a block. Errors are reported to the
   reader. The caller releases *statement in every case. Its command is NULL if the verb is
   unknown. Its block is empty: program.c adds the lines below. */
void parse_statement(struct reader *reader, const struct line *line, bool layer,
                     struct statement *statement);

#endif
