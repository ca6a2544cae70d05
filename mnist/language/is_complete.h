/*
 * is_complete - whether a prompt may run the text, or must wait for more lines.
 *
 * For is_complete_request and the shell's prompt. Incomplete are an open quote or bracket, a `\`
 * at the end, a block header without layers, and a block that does not end with a blank line.
 */
#ifndef MNIST_LANGUAGE_IS_COMPLETE_H
#define MNIST_LANGUAGE_IS_COMPLETE_H

#include <stddef.h>

enum completeness { TEXT_COMPLETE, TEXT_INCOMPLETE, TEXT_INVALID };

/* *indent (static): the indentation of the next line of an incomplete text, "" or four spaces. */
enum completeness is_complete(const char *text, size_t size, const char **indent);

/* "complete", "incomplete", "invalid". */
const char *completeness_name(enum completeness completeness);

#endif
