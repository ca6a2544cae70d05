/*
 * diagnostic - sets the caller's struct, and prints a line with carets.
 */
#include "mnist/language/diagnostic.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"

enum {
    PRINT_MAX = 64 * 1024,
    LINE_WIDTH_MAX = 400, /* columns of the cell's line that are printed */
};

bool diagnostic_set_list(struct diagnostic *diagnostic, enum error_kind kind, struct span span,
                         const char *format, va_list values)
{
    if (diagnostic != NULL) {
        char text[sizeof diagnostic->text];
        diagnostic->kind = kind;
        diagnostic->span = span;
        vsnprintf(text, sizeof text, format, values);
        utf8_visible(diagnostic->text, sizeof diagnostic->text, text, true);
    }
    return false;
}

bool diagnostic_set(struct diagnostic *diagnostic, enum error_kind kind, struct span span,
                    const char *format, ...)
{
    va_list values;
    va_start(values, format);
    diagnostic_set_list(diagnostic, kind, span, format, values);
    va_end(values);
    return false;
}

/* Prints one character: a control character as a space, an invalid byte as the replacement
   character. */
static size_t show_character(struct string_buffer *out, const char *text, size_t size,
                             size_t *width)
{
    uint32_t point;
    bool valid;
    size_t length = utf8_decode(text, size, &point, &valid);
    if (!valid)
        string_buffer_add(out, "\xEF\xBF\xBD");
    else if (point < 0x20 || (point >= 0x7F && point <= 0xA0))
        string_buffer_add(out, " ");
    else
        string_buffer_add_bytes(out, text, length);
    *width += (size_t)utf8_width(point);
    return length;
}

/* Prints the message: its first line after the carets, further lines below it. */
static void print_message(struct string_buffer *out, const char *message, size_t indent)
{
    for (;;) {
        size_t size = strcspn(message, "\n");
        string_buffer_add_bytes(out, message, size);
        message += size;
        if (*message == '\0')
            return;
        message++;
        string_buffer_add(out, "\n");
        string_buffer_repeat(out, ' ', indent);
    }
}

static size_t line_begin(const char *text, size_t offset)
{
    while (offset > 0 && text[offset - 1] != '\n')
        offset--;
    return offset;
}

static size_t line_end(const char *text, size_t size, size_t offset)
{
    const char *end = memchr(text + offset, '\n', size - offset);
    size_t at = end == NULL ? size : (size_t)(end - text);
    return at > offset && text[at - 1] == '\r' ? at - 1 : at;
}

/* True if the cell has text on more than one line. */
static bool several_lines(const char *text, size_t size)
{
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    return memchr(text, '\n', size) != NULL;
}

/* The offset where printing starts, for a line that is too wide before the caret. */
static size_t shown_begin(const char *text, size_t begin, size_t start)
{
    while (utf8_text_width(text + begin, start - begin) > LINE_WIDTH_MAX / 2) {
        begin += (start - begin) / 2 + 1;
        while (begin < start && ((unsigned char)text[begin] & 0xC0) == 0x80)
            begin++;
    }
    return begin;
}

/* Prints the line from..end and the carets below it. Returns the column after the carets. */
static size_t print_line(struct string_buffer *out, const char *text, size_t from, size_t end,
                         size_t column, struct span span)
{
    size_t at = from, caret = column, after = column;
    while (at < end && column < LINE_WIDTH_MAX) {
        at += show_character(out, text + at, end - at, &column);
        if (at <= span.start)
            caret = column;
        if (at <= span.start + span.size)
            after = column;
    }
    string_buffer_add(out, at < end ? "...\n" : "\n");
    size_t carets = after > caret ? after - caret : 1;
    string_buffer_repeat(out, ' ', caret);
    string_buffer_repeat(out, '^', carets);
    return caret + carets;
}

char *diagnostic_print(const struct diagnostic *diagnostic, const char *text, size_t size)
{
    struct string_buffer out;
    string_buffer_init(&out, PRINT_MAX);
    struct span span = diagnostic->span;
    size_t begin = line_begin(text, span.start < size ? span.start : size);
    size_t end = line_end(text, size, begin);
    if (begin == 0 && size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        begin = 3; /* a byte order mark is not shown */
    if (several_lines(text, size))
        string_buffer_print(&out, "line %d:\n", span.line);
    size_t from = shown_begin(text, begin, span.start < end ? span.start : end);
    if (from > begin)
        string_buffer_add(&out, "...");
    size_t column = print_line(&out, text, from, end, from > begin ? 3 : 0, span);
    string_buffer_add(&out, " ");
    print_message(&out, diagnostic->text, column + 1);
    string_buffer_add(&out, "\n");
    return string_buffer_take(&out);
}
