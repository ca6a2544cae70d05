/*
 * mistake - filling the caller's struct, and the picture with the caret.
 */
#include "mnist/language/mistake.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mnist/language/text.h"
#include "mnist/language/utf8.h"

enum {
    PRINT_MAX = 64 * 1024,
    LINE_WIDTH_MAX = 400,  /* columns of the cell's line that are shown          */
    BEFORE_WIDTH_MAX = 60, /* of these, before the caret, when the line is longer */
};

bool mistake_set(struct mistake *mistake, enum error_kind kind, struct span span,
                 const char *format, ...)
{
    if (mistake != NULL) {
        mistake->kind = kind;
        mistake->span = span;
        va_list values;
        va_start(values, format);
        vsnprintf(mistake->text, sizeof mistake->text, format, values);
        va_end(values);
    }
    return false;
}

/* One character as it is shown: a tab or a control byte is a space, a bad byte the replacement character. */
static size_t show_character(struct text *out, const char *text, size_t size, size_t *width)
{
    uint32_t point;
    bool valid;
    size_t length = utf8_decode(text, size, &point, &valid);
    if (!valid)
        text_add(out, "\xEF\xBF\xBD");
    else if (point < 0x20 || (point >= 0x7F && point <= 0xA0))
        text_add(out, " ");
    else
        text_add_bytes(out, text, length);
    *width += (size_t)utf8_width(point);
    return length;
}

/* The text below the carets: its first line beside them, the others under it. */
static void print_message(struct text *out, const char *message, size_t indent)
{
    for (;;) {
        size_t size = strcspn(message, "\n");
        text_add_bytes(out, message, size);
        message += size;
        if (*message == '\0')
            return;
        message++;
        text_add(out, "\n");
        text_repeat(out, ' ', indent);
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

/* Where to begin a line that is too long to show before the caret. */
static size_t shown_begin(const char *text, size_t begin, size_t start)
{
    while (utf8_text_width(text + begin, start - begin) > LINE_WIDTH_MAX / 2) {
        size_t half = begin + (start - begin) / 2;
        while (half < start && ((unsigned char)text[half] & 0xC0) == 0x80)
            half++;
        begin = start - half < BEFORE_WIDTH_MAX ? half : half;
    }
    return begin;
}

char *mistake_print(const struct mistake *mistake, const char *text, size_t size)
{
    struct text out;
    text_init(&out, PRINT_MAX);
    size_t start = mistake->span.start < size ? mistake->span.start : size;
    size_t begin = line_begin(text, start);
    size_t end = line_end(text, size, begin);
    if (start > end)
        start = end;
    if (begin == 0 && size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 && start >= 3)
        begin = 3; /* a byte order mark is not shown */
    if (line_end(text, size, begin) < size && memchr(text, '\n', size) != NULL &&
        !(begin == 0 && end + 1 >= size))
        text_print(&out, "line %d:\n", mistake->span.line);
    else if (begin > 0 && mistake->span.line > 1)
        text_print(&out, "line %d:\n", mistake->span.line);
    size_t from = shown_begin(text, begin, start), column = 0;
    if (from > begin) {
        text_add(&out, "...");
        column = 3;
    }
    size_t at = from, caret = column, shown_to = column;
    while (at < end && column < LINE_WIDTH_MAX) {
        if (at <= start)
            caret = column;
        at += show_character(&out, text + at, end - at, &column);
        if (at <= mistake->span.start + mistake->span.size)
            shown_to = column;
    }
    if (at <= start)
        caret = column;
    text_add(&out, at < end ? "...\n" : "\n");
    size_t carets = shown_to > caret ? shown_to - caret : 1;
    text_repeat(&out, ' ', caret);
    text_repeat(&out, '^', carets);
    text_add(&out, " ");
    print_message(&out, mistake->text, caret + carets + 1);
    text_add(&out, "\n");
    return text_take(&out);
}
