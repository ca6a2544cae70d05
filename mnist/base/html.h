/*
 * html - escaping of characters that are markup in HTML and XML.
 */
#ifndef MNIST_BASE_HTML_H
#define MNIST_BASE_HTML_H

#include <stddef.h>

/* The entity for c: "&lt;" for '<'. NULL if c needs none. Static. */
const char *html_entity(char c);

/* The escaped text, with <br> for line breaks. Caller frees with free(). NULL when memory runs out.
   */
char *html_escape(const char *text);

#endif
