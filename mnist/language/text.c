/*
 * text - a growing string.
 */
#include "mnist/language/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *text, size_t maximum)
{
    *text = (struct text){.maximum = maximum};
}

void text_release(struct text *text)
{
    free(text->bytes);
    *text = (struct text){.maximum = text->maximum};
}

/* Room for more bytes and the NUL. */
static bool text_room(struct text *text, size_t more)
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

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
    if (!text_room(text, size))
        return;
    if (size > 0)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_repeat(struct text *text, char byte, size_t count)
{
    if (!text_room(text, count))
        return;
    memset(text->bytes + text->size, byte, count);
    text->size += count;
    text->bytes[text->size] = '\0';
}

void text_print(struct text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int size = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (size < 0 || !text_room(text, (size_t)size))
        return;
    va_start(values, format);
    vsnprintf(text->bytes + text->size, (size_t)size + 1, format, values);
    va_end(values);
    text->size += (size_t)size;
}

void text_add_fenced(struct text *text, const char *language, const char *code)
{
    size_t fence = 3, size = strlen(code);
    for (const char *at = strchr(code, '`'); at != NULL; at = strchr(at, '`')) {
        size_t run = strspn(at, "`");
        fence = run >= fence ? run + 1 : fence;
        at += run;
    }
    text_repeat(text, '`', fence);
    text_print(text, "%s\n%s%s", language != NULL ? language : "", code,
               size > 0 && code[size - 1] == '\n' ? "" : "\n");
    text_repeat(text, '`', fence);
    text_add(text, "\n");
}

char *text_take(struct text *text)
{
    text_add_bytes(text, "", 0);
    char *bytes = text->bytes;
    if (text->failed) {
        free(bytes);
        bytes = NULL;
    }
    *text = (struct text){.maximum = text->maximum};
    return bytes;
}
