/*
 * script - writes the definitions of a template (see script.h).
 */
#include "plots/script.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/gnuplot.h"
#include "plots/text.h"

enum { FIRST_ROOM = 4096, NUMBER_SIZE = 40 };

void script_release(struct script *script)
{
    free(script->bytes);
    *script = (struct script){0};
}

static void append(struct script *script, const char *bytes, size_t size)
{
    if (script->failed)
        return;
    if (size > (size_t)GNUPLOT_SCRIPT_MAX - script->size) {
        script->failed = true;
        return;
    }
    if (script->size + size > script->room) {
        size_t room = script->room == 0 ? FIRST_ROOM : script->room;
        while (room < script->size + size)
            room *= 2;
        char *grown = realloc(script->bytes, room);
        if (grown == NULL) {
            script->failed = true;
            return;
        }
        script->bytes = grown;
        script->room = room;
    }
    memcpy(script->bytes + script->size, bytes, size);
    script->size += size;
}

static void append_string(struct script *script, const char *string)
{
    append(script, string, strlen(string));
}

/* Nine digits are exact for a float and enough for any axis. gnuplot needs a decimal point in every
   locale. */
static void append_number(struct script *script, double value)
{
    char number[NUMBER_SIZE];
    if (!isfinite(value)) {
        append_string(script, "NaN");
        return;
    }
    snprintf(number, sizeof number, "%.9g", value);
    char *comma = strchr(number, ',');
    if (comma != NULL)
        *comma = '.';
    append_string(script, number);
}

/* Appends one line of clean text inside quotes. */
static void append_quoted_line(struct script *script, const char *line, size_t size)
{
    char part[TEXT_SIZE_MAX], clean[TEXT_SIZE_MAX];
    snprintf(part, sizeof part, "%.*s", (int)(size < sizeof part ? size : sizeof part - 1), line);
    text_clean(clean, sizeof clean, part);
    for (const char *p = clean; *p != '\0'; p++) {
        append(script, p, 1);
        if (*p == '\'')
            append(script, p, 1);
    }
}

/* Appends 'text', or 'line'."\n".'line', because single-quoted strings cannot contain a newline. */
static void append_text(struct script *script, const char *text)
{
    append_string(script, "'");
    while (text != NULL) {
        const char *end = strchr(text, '\n');
        append_quoted_line(script, text, end == NULL ? strlen(text) : (size_t)(end - text));
        if (end != NULL)
            append_string(script, "'.\"\\n\".'");
        text = end == NULL ? NULL : end + 1;
    }
    append_string(script, "'");
}

void script_number(struct script *script, const char *name, double value)
{
    append_string(script, name);
    append_string(script, " = ");
    append_number(script, value);
    script_newline(script);
}

void script_text(struct script *script, const char *name, const char *text)
{
    append_string(script, name);
    append_string(script, " = ");
    append_text(script, text);
    script_newline(script);
}

void script_array(struct script *script, const char *name, int count)
{
    char start[NUMBER_SIZE * 2];
    snprintf(start, sizeof start, "array %s[%d]\n", name, count);
    append_string(script, start);
}

static void append_item(struct script *script, const char *name, int index)
{
    char start[NUMBER_SIZE * 2];
    snprintf(start, sizeof start, "%s[%d] = ", name, index);
    append_string(script, start);
}

void script_item(struct script *script, const char *name, int index, double value)
{
    append_item(script, name, index);
    append_number(script, value);
    script_newline(script);
}

void script_text_item(struct script *script, const char *name, int index, const char *text)
{
    append_item(script, name, index);
    append_text(script, text);
    script_newline(script);
}

void script_texts(struct script *script, const char *name, const char *const *texts, int count)
{
    script_array(script, name, count);
    for (int i = 0; i < count; i++)
        script_text_item(script, name, i + 1, texts == NULL ? NULL : texts[i]);
}

void script_begin(struct script *script, const char *name)
{
    append_string(script, name);
    append_string(script, " << EOD\n");
}

void script_value(struct script *script, double value)
{
    append_number(script, value);
    append_string(script, " ");
}

void script_newline(struct script *script)
{
    append_string(script, "\n");
}

void script_row(struct script *script, int count, ...)
{
    va_list values;
    va_start(values, count);
    for (int i = 0; i < count; i++)
        script_value(script, va_arg(values, double));
    va_end(values);
    script_newline(script);
}

void script_end(struct script *script)
{
    append_string(script, "EOD\n");
}
