/*
 * html - the characters of a text that HTML and XML read as markup.
 */
#ifndef MNIST_BASE_HTML_H
#define MNIST_BASE_HTML_H

#include <stddef.h>

/* The entity to write in place of c: "&lt;" for '<'. NULL for a character that stands for itself.
   Static. */
const char *html_entity(char c);

/* The text with entities, line breaks as <br>. Caller frees with free(). NULL when memory runs out.
   */
char *html_escape(const char *text);

#endif
