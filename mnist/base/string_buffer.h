/*
 * string_buffer - a growable string with a maximum size.
 *
 * A failure (out of memory, or the maximum exceeded) is remembered; later additions are ignored and
 * string_buffer_take returns NULL. Callers therefore check once, at the end.
 */
#ifndef MNIST_BASE_STRING_BUFFER_H
#define MNIST_BASE_STRING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct string_buffer {
    char *bytes; /* ends with NUL; NULL before the first addition */
    size_t size, capacity, maximum;
    bool failed;
};

void string_buffer_init(struct string_buffer *text, size_t maximum);
void string_buffer_release(struct string_buffer *text);

/* Removes the content and keeps the memory, for content of similar size. A failure is forgotten. */
void string_buffer_clear(struct string_buffer *text);

void string_buffer_add(struct string_buffer *text, const char *string);
void string_buffer_add_bytes(struct string_buffer *text, const char *bytes, size_t size);
void string_buffer_repeat(struct string_buffer *text, char byte, size_t count);
__attribute__((format(printf, 2, 3))) void string_buffer_print(struct string_buffer *text,
                                                               const char *format, ...);

/* Adds a fenced Markdown block of code in language (NULL = not stated). The fence is longer than
   any run of backticks in code. */
void string_buffer_add_fenced(struct string_buffer *text, const char *language, const char *code);

/* The string, which the caller frees, or NULL after a failure. text is empty afterwards. */
char *string_buffer_take(struct string_buffer *text);

#endif
