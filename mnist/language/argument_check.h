/*
 * argument_check - matches the words after a command with its parameters.
 *
 * Private to the language: parse_statement.c calls it when verb and subject are known.
 */
#ifndef MNIST_LANGUAGE_ARGUMENT_CHECK_H
#define MNIST_LANGUAGE_ARGUMENT_CHECK_H

#include "mnist/language/lexer.h"
#include "mnist/language/reader.h"
#include "mnist/language/statement.h"

/* Reads all words up to the end of the cursor into statement->arguments. Errors are reported to the
   reader. */
void argument_check_read(struct reader *reader, struct cursor *cursor, struct statement *statement);

#endif
