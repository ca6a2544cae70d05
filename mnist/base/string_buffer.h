/*
 * string_buffer - a growing string, born with its maximum.
 *
 * Whatever the language says at length (help, mistakes, values) is built in one. When memory or the
 * maximum runs out, it remembers so, takes no more, and string_buffer_take gives NULL: callers
 * check once, at the end.
 */
#ifndef MNIST_BASE_STRING_BUFFER_H
#define MNIST_BASE_STRING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct string_buffer {
    char *bytes; /* ends with NUL as soon as anything was added */
    size_t size, capacity, maximum;
    bool failed;
};

void string_buffer_init(struct string_buffer *text, size_t maximum);
void string_buffer_release(struct string_buffer *text);

void string_buffer_add(struct string_buffer *text, const char *string);
void string_buffer_add_bytes(struct string_buffer *text, const char *bytes, size_t size);
void string_buffer_repeat(struct string_buffer *text, char byte, size_t count);
__attribute__((format(printf, 2, 3))) void string_buffer_print(struct string_buffer *text,
                                                               const char *format, ...);

/* The code as a block of Markdown in that language (NULL = none), whatever backticks are in it. */
void string_buffer_add_fenced(struct string_buffer *text, const char *language, const char *code);

/* The string, which the caller frees, or NULL when something went wrong. text is empty afterwards.
   */
char *string_buffer_take(struct string_buffer *text);

#endif
