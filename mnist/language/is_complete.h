/*
 * is_complete - may a prompt run this text, or does more have to come?
 *
 * For is_complete_request and the shell's prompt. Incomplete: an open quote or bracket, a `\` at
 * the end, a block header without layers, a block whose last line is not blank.
 */
#ifndef MNIST_LANGUAGE_IS_COMPLETE_H
#define MNIST_LANGUAGE_IS_COMPLETE_H

#include <stddef.h>

enum completeness { TEXT_COMPLETE, TEXT_INCOMPLETE, TEXT_INVALID };

/* *indent (static): what the next line of an incomplete text begins with, "" or four spaces. */
enum completeness is_complete(const char *text, size_t size, const char **indent);

/* "complete", "incomplete", "invalid". */
const char *completeness_name(enum completeness completeness);

#endif
