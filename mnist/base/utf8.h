/*
 * utf8 - UTF-8 text: decoding, counting, and width on a terminal.
 *
 * Jupyter counts code points, files count bytes, and the caret below a line of a diagnostic counts
 * columns; this file converts between them. Strict decoding (RFC 3629): surrogates, overlong forms
 * and code points above U+10FFFF are invalid. Widths are those of Unicode's East Asian Width.
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
#define UTF8_REPLACEMENT_BYTES "\xEF\xBF\xBD"

/* ---- decoding ---- */

enum utf8_status { UTF8_CHARACTER, UTF8_INVALID, UTF8_TRUNCATED };

/* Examines the first character of bytes, size > 0. UTF8_CHARACTER: it has *length bytes.
   UTF8_INVALID: *length bytes are the maximal part of a sequence, to be replaced by one U+FFFD.
   UTF8_TRUNCATED: all *length = size bytes are the beginning of a character. */
enum utf8_status utf8_scan(const char *bytes, size_t size, size_t *length);

/* Size of the longest prefix that is valid UTF-8. */
size_t utf8_valid_size(const char *bytes, size_t size);

/* Decodes the character at text[0..size-1], size > 0. Returns its size; point and valid may be
   NULL. An invalid byte counts as one character, with *point = UTF8_REPLACEMENT, *valid = false. */
size_t utf8_decode(const char *text, size_t size, uint32_t *point, bool *valid);

/* Writes 1 to 4 bytes and returns their number; 0 if point is no code point. */
size_t utf8_encode(char bytes[UTF8_SIZE_MAX], uint32_t point);

/* Number of code points; offset in bytes of code point `index` (size if there are fewer). */
size_t utf8_count(const char *text, size_t size);
size_t utf8_offset(const char *text, size_t size, size_t index);

/* ---- copying ---- */

/* Copies as many whole characters of text [length] as fit, and a NUL. size > 0. */
void utf8_copy(char *to, size_t size, const char *text, size_t length);

/* Copies text and replaces everything that could control a terminal by an escape such as \n, \x1b
   or \u202e: control characters (C0, DEL, C1), characters that change the direction of text, and
   invalid bytes. lines: keep \n and \t. Text that does not fit is cut. size > 0. */
void utf8_visible(char *to, size_t size, const char *text, bool lines);

/* utf8_visible into memory that is large enough. Caller frees. NULL when out of memory. */
char *utf8_visible_copy(const char *text, bool lines);

/* ---- width ---- */

/* Columns: 0 for combining marks, 2 for wide characters, else 1. */
int utf8_width(uint32_t point);
size_t utf8_text_width(const char *text, size_t size);

#endif
