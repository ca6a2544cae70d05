/*
 * string_buffer - the capacity doubles; see string_buffer.h.
 */
#include "mnist/base/string_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void string_buffer_init(struct string_buffer *text, size_t maximum)
{
    *text = (struct string_buffer){.maximum = maximum};
}

void string_buffer_release(struct string_buffer *text)
{
    free(text->bytes);
    *text = (struct string_buffer){.maximum = text->maximum};
}

void string_buffer_clear(struct string_buffer *text)
{
    text->size = 0;
    text->failed = false;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

/* Ensures room for more bytes and the NUL. */
static bool string_buffer_room(struct string_buffer *text, size_t more)
{
    if (text->failed || more > text->maximum - text->size) {
        text->failed = true;
        return false;
    }
    size_t wanted = text->size + more + 1;
    if (wanted <= text->capacity)
        return true;
    size_t capacity = text->capacity < 64 ? 64 : text->capacity;
    while (capacity < wanted)
        capacity *= 2;
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void string_buffer_add_bytes(struct string_buffer *text, const char *bytes, size_t size)
{
    if (!string_buffer_room(text, size))
        return;
    if (size > 0)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void string_buffer_add(struct string_buffer *text, const char *string)
{
    string_buffer_add_bytes(text, string, strlen(string));
}

void string_buffer_repeat(struct string_buffer *text, char byte, size_t count)
{
    if (!string_buffer_room(text, count))
        return;
    memset(text->bytes + text->size, byte, count);
    text->size += count;
    text->bytes[text->size] = '\0';
}

void string_buffer_print(struct string_buffer *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int size = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (size < 0 || !string_buffer_room(text, (size_t)size))
        return;
    va_start(values, format);
    vsnprintf(text->bytes + text->size, (size_t)size + 1, format, values);
    va_end(values);
    text->size += (size_t)size;
}

void string_buffer_add_fenced(struct string_buffer *text, const char *language, const char *code)
{
    size_t fence = 3, size = strlen(code);
    for (const char *at = strchr(code, '`'); at != NULL; at = strchr(at, '`')) {
        size_t run = strspn(at, "`");
        fence = run >= fence ? run + 1 : fence;
        at += run;
    }
    string_buffer_repeat(text, '`', fence);
    string_buffer_print(text, "%s\n%s%s", language != NULL ? language : "", code,
                        size > 0 && code[size - 1] == '\n' ? "" : "\n");
    string_buffer_repeat(text, '`', fence);
    string_buffer_add(text, "\n");
}

char *string_buffer_take(struct string_buffer *text)
{
    string_buffer_add_bytes(text, "", 0);
    char *bytes = text->bytes;
    if (text->failed) {
        free(bytes);
        bytes = NULL;
    }
    *text = (struct string_buffer){.maximum = text->maximum};
    return bytes;
}
