/*
 * markdown - escapes help texts and users' texts for Markdown, for tooltip and pager of a notebook.
 *
 * Front ends interpret `$...$` as mathematics, HTML as HTML, and `*` and `_` as emphasis; all of
 * these are escaped. A variable such as $loss becomes code, because MathJax finds dollars in the
 * rendered page, except in code. Code between backticks stays code.
 */
#ifndef MNIST_LANGUAGE_MARKDOWN_H
#define MNIST_LANGUAGE_MARKDOWN_H

#include "mnist/base/string_buffer.h"

/* Adds words as the text of a paragraph. */
void markdown_add(struct string_buffer *out, const char *words);

/* The same for a table cell: `|` is escaped as well, and line ends become spaces. */
void markdown_add_cell(struct string_buffer *out, const char *words);

#endif
