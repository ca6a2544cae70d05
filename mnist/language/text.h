/*
 * text - a growing string, born with its maximum.
 *
 * Whatever the language says at length (help, mistakes, values) is built in one. When memory or the maximum runs out,
 * it remembers so, takes no more, and text_take gives NULL: callers check once, at the end.
 */
#ifndef MNIST_LANGUAGE_TEXT_H
#define MNIST_LANGUAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes; /* ends with NUL as soon as anything was added */
    size_t size, capacity, maximum;
    bool failed;
};

void text_init(struct text *text, size_t maximum);
void text_release(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_repeat(struct text *text, char byte, size_t count);
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);

/* The code as a block of Markdown in that language (NULL = none), whatever backticks are in it. */
void text_add_fenced(struct text *text, const char *language, const char *code);

/* The string, which the caller frees, or NULL when something went wrong. text is empty afterwards. */
char *text_take(struct text *text);

#endif
