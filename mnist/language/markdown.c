/*
 * markdown - one pass over the text: code, variables, characters.
 */
#include "mnist/language/markdown.h"

#include <stdbool.h>
#include <string.h>

#include "mnist/base/html.h"
#include "mnist/language/lexer.h"

/* Adds code between backticks; it contains none. In a table, `|` is escaped even in code. */
static void add_code(struct string_buffer *out, const char *code, size_t size, bool cell)
{
    string_buffer_add(out, "`");
    for (size_t i = 0; i < size; i++) {
        if (cell && code[i] == '|')
            string_buffer_add(out, "\\");
        string_buffer_add_bytes(out, code[i] == '\n' ? " " : code + i, 1);
    }
    string_buffer_add(out, "`");
}

/* The size in bytes of a `$name` or a lone dollar, with the dollars and names that follow
   directly. */
static size_t variable_size(const char *text)
{
    size_t size = 1;
    while (is_name_byte(text[size]) || text[size] == '$')
        size++;
    return size;
}

static void add_character(struct string_buffer *out, char c, bool cell)
{
    const char *entity = c == '\n' || c == '"' ? NULL : html_entity(c);
    if (entity != NULL)
        string_buffer_add(out, entity);
    else if (strchr("\\`*_[]#~", c) != NULL || (cell && c == '|'))
        string_buffer_print(out, "\\%c", c);
    else
        string_buffer_add_bytes(out, cell && c == '\n' ? " " : &c, 1);
}

static void add(struct string_buffer *out, const char *words, bool cell)
{
    while (*words != '\0') {
        const char *end = *words == '`' ? strchr(words + 1, '`') : NULL;
        if (end != NULL && end > words + 1) {
            add_code(out, words + 1, (size_t)(end - words - 1), cell);
            words = end + 1;
        } else if (*words == '$') {
            size_t size = variable_size(words);
            add_code(out, words, size, cell);
            words += size;
        } else {
            add_character(out, *words++, cell);
        }
    }
}

void markdown_add(struct string_buffer *out, const char *words)
{
    add(out, words, false);
}

void markdown_add_cell(struct string_buffer *out, const char *words)
{
    add(out, words, true);
}
