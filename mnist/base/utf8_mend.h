/*
 * utf8_mend - mending text that was cut or never was UTF-8, so that it may go into JSON.
 *
 * stream_buffer.c uses it for what cells print, session_output.c for all that commands say. Strict:
 * no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef MNIST_BASE_UTF8_MEND_H
#define MNIST_BASE_UTF8_MEND_H

#include <jansson.h>
#include <stddef.h>

#define UTF8_REPLACED "\xEF\xBF\xBD" /* U+FFFD */

enum utf8_step { UTF8_CHARACTER, UTF8_BROKEN, UTF8_CUT };

/* Looks at the first character of bytes (size > 0). CHARACTER: *length bytes. BROKEN: *length bytes
   are to be replaced by one U+FFFD. CUT: the bytes are the beginning of a character whose end is
   not here; *length = size. */
enum utf8_step utf8_look(const char *bytes, size_t size, size_t *length);

/* Length of the longest beginning that is whole, good characters. */
size_t utf8_good(const char *bytes, size_t size);

/* A JSON string of text, which need not be UTF-8: what is broken or cut becomes U+FFFD. NULL only
   for NULL, or when memory is out. */
json_t *utf8_json(const char *text);
json_t *utf8_json_sized(const char *bytes, size_t size);

#endif
