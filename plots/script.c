/*
 * script - writes the definitions of a template (see script.h).
 */
#include "plots/script.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plots/text.h"

enum { NUMBER_SIZE = 40 };

/* Nine digits are exact for a float and enough for any axis. gnuplot needs a decimal point in every
   locale. */
static void append_number(struct string_buffer *script, double value)
{
    char number[NUMBER_SIZE];
    if (!isfinite(value)) {
        string_buffer_add(script, "NaN");
        return;
    }
    snprintf(number, sizeof number, "%.9g", value);
    char *comma = strchr(number, ',');
    if (comma != NULL)
        *comma = '.';
    string_buffer_add(script, number);
}

/* Appends one line of clean text inside quotes. */
static void append_quoted_line(struct string_buffer *script, const char *line, size_t size)
{
    char part[TEXT_SIZE_MAX], clean[TEXT_SIZE_MAX];
    snprintf(part, sizeof part, "%.*s", (int)(size < sizeof part ? size : sizeof part - 1), line);
    text_clean(clean, sizeof clean, part);
    for (const char *p = clean; *p != '\0'; p++) {
        string_buffer_add_bytes(script, p, 1);
        if (*p == '\'')
            string_buffer_add_bytes(script, p, 1);
    }
}

/* Appends 'text', or 'line'."\n".'line', because single-quoted strings cannot contain a newline. */
static void append_text(struct string_buffer *script, const char *text)
{
    string_buffer_add(script, "'");
    while (text != NULL) {
        const char *end = strchr(text, '\n');
        append_quoted_line(script, text, end == NULL ? strlen(text) : (size_t)(end - text));
        if (end != NULL)
            string_buffer_add(script, "'.\"\\n\".'");
        text = end == NULL ? NULL : end + 1;
    }
    string_buffer_add(script, "'");
}

void script_number(struct string_buffer *script, const char *name, double value)
{
    string_buffer_print(script, "%s = ", name);
    append_number(script, value);
    script_newline(script);
}

void script_text(struct string_buffer *script, const char *name, const char *text)
{
    string_buffer_print(script, "%s = ", name);
    append_text(script, text);
    script_newline(script);
}

void script_array(struct string_buffer *script, const char *name, int count)
{
    string_buffer_print(script, "array %s[%d]\n", name, count);
}

void script_item(struct string_buffer *script, const char *name, int index, double value)
{
    string_buffer_print(script, "%s[%d] = ", name, index);
    append_number(script, value);
    script_newline(script);
}

void script_text_item(struct string_buffer *script, const char *name, int index, const char *text)
{
    string_buffer_print(script, "%s[%d] = ", name, index);
    append_text(script, text);
    script_newline(script);
}

void script_texts(struct string_buffer *script, const char *name, const char *const *texts,
                  int count)
{
    script_array(script, name, count);
    for (int i = 0; i < count; i++)
        script_text_item(script, name, i + 1, texts == NULL ? NULL : texts[i]);
}

void script_begin(struct string_buffer *script, const char *name)
{
    string_buffer_print(script, "%s << EOD\n", name);
}

void script_value(struct string_buffer *script, double value)
{
    append_number(script, value);
    string_buffer_add(script, " ");
}

void script_newline(struct string_buffer *script)
{
    string_buffer_add(script, "\n");
}

void script_row(struct string_buffer *script, int count, ...)
{
    va_list values;
    va_start(values, count);
    for (int i = 0; i < count; i++)
        script_value(script, va_arg(values, double));
    va_end(values);
    script_newline(script);
}

void script_end(struct string_buffer *script)
{
    string_buffer_add(script, "EOD\n");
}
