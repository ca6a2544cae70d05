/*
 * markdown - help's sentences and users' texts as Markdown, for the tooltip and the pager of a
 * notebook.
 *
 * Front ends read `$…$` as mathematics, raw HTML as HTML, and `*` and `_` as emphasis. Here all
 * of them stand for themselves. A variable becomes code, `$loss`, since MathJax looks for dollars
 * in the finished page, too, but not in code. Code between backticks stays code.
 */
#ifndef MNIST_LANGUAGE_MARKDOWN_H
#define MNIST_LANGUAGE_MARKDOWN_H

#include "mnist/base/string_buffer.h"

/* Adds words as one paragraph's text. */
void markdown_add(struct string_buffer *out, const char *words);

/* The same for a cell of a table: `|` stands for itself, too, and line ends become spaces. */
void markdown_add_cell(struct string_buffer *out, const char *words);

#endif
