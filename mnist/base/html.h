/*
 * html - escaping of characters that are markup in HTML and XML.
 */
#ifndef MNIST_BASE_HTML_H
#define MNIST_BASE_HTML_H

#include "mnist/base/string_buffer.h"

enum { HTML_SIZE_MAX = 64 * 1024 * 1024 }; /* bytes of an escaped text */

/* The entity for c: "&lt;" for '<'. NULL if c needs none. Static. */
const char *html_entity(char c);

/* Adds the escaped text, with <br> for line breaks. */
void html_add(struct string_buffer *out, const char *text);

/* html_add to a new string. Caller frees with free(). NULL when memory runs out. */
char *html_escape(const char *text);

#endif
