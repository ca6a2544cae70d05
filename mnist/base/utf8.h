/*
 * utf8 - characters of a cell's text: where one ends, and how wide it is on the screen.
 *
 * Jupyter counts code points, files count bytes, a caret below a line wants columns: here the three
 * meet. Source: RFC 3629 (no surrogates, no overlong forms, nothing beyond U+10FFFF); widths after
 * Unicode's East Asian Width.
 */
#ifndef MNIST_BASE_UTF8_H
#define MNIST_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UTF8_SIZE_MAX = 4,
    UTF8_ESCAPE_SIZE = 8,
    UTF8_NO_BREAK_SPACE = 0xA0,
    UTF8_REPLACEMENT = 0xFFFD
};

/* Decodes the character at text[0..size-1], size > 0: its bytes, and *point if not NULL. A byte
   that belongs to no character counts as one, with *point = UTF8_REPLACEMENT and *valid (if not
   NULL) = false. */
size_t utf8_decode(const char *text, size_t size, uint32_t *point, bool *valid);

/* Writes 1 to 4 bytes; returns how many, 0 when the point is no character. */
size_t utf8_encode(char bytes[UTF8_SIZE_MAX], uint32_t point);

/* Code points in text; offset in bytes of code point `index` (size when there are fewer). */
size_t utf8_count(const char *text, size_t size);
size_t utf8_offset(const char *text, size_t size, size_t index);

/* Copies length bytes of text as far as they fit, with a NUL behind, in whole characters. size > 0.
   */
void utf8_copy(char *to, size_t size, const char *text, size_t length);

/* Copies text so that nothing in it acts on a terminal: a control character (C0, DEL, C1, or one
   that turns the direction of text), or a byte that is no UTF-8, becomes an escape such as \n, \x1b
   or \u202e. With `lines`, \n and \t stay. A text that is too long is cut. size > 0. */
void utf8_visible(char *to, size_t size, const char *text, bool lines);

/* The same in memory of its own, whole. Caller frees. NULL when out of memory. */
char *utf8_visible_copy(const char *text, bool lines);

/* Columns: 0 for combining marks, 2 for wide characters, else 1. */
int utf8_width(uint32_t point);
size_t utf8_text_width(const char *text, size_t size);

#endif
