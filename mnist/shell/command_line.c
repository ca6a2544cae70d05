/*
 * command_line - quoting, and splitting at semicolons; see command_line.h.
 */
#include "mnist/shell/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/cell.h"
#include "mnist/language/lexer.h"

static bool needs_quotes(const char *word)
{
    return word[0] == '\0' || strpbrk(word, " \t\n\"'#") != NULL;
}

/* Writes a word of the command language, with quotes around its value if it needs them. */
static void put_word(FILE *line, const char *word)
{
    const char *value = strchr(word, '=');
    size_t name =
        value != NULL && strspn(word, "abcdefghijklmnopqrstuvwxyz._") == (size_t)(value - word)
            ? (size_t)(value - word) + 1
            : 0;
    fwrite(word, 1, name, line);
    word += name;
    if (!needs_quotes(word)) {
        fputs(word, line);
        return;
    }
    fputc('"', line);
    for (; *word != '\0'; word++) {
        if (*word == '"' || *word == '\\')
            fputc('\\', line);
        fputc(*word, line);
    }
    fputc('"', line);
}

char *command_line_join(int count, char *const *words)
{
    char *text = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&text, &size);
    if (line == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        if (i > 0)
            fputc(' ', line);
        put_word(line, words[i]);
    }
    fclose(line);
    return text;
}

/* Replaces each `;` of a cell of commands by a line end. Blanks after it are moved before the line
   end, since they are not an indentation. */
static void split_commands(char *text, size_t size)
{
    struct cursor cursor = cursor_begin(text, size);
    while (!cursor_done(&cursor)) {
        char c = cursor_peek(&cursor, 0);
        if (c == '"' || c == '\'') {
            if (!cursor_skip_quoted(&cursor))
                return;
            continue;
        }
        if (cursor_at_comment(&cursor)) {
            cursor_skip(&cursor, strcspn(text + cursor.at, "\n"));
            continue;
        }
        if (c == ';') {
            size_t blanks = strspn(text + cursor.at + 1, " \t");
            memset(text + cursor.at, ' ', blanks + 1);
            text[cursor.at + blanks] = '\n';
            cursor_skip(&cursor, blanks);
        }
        cursor_next(&cursor);
    }
}

char *command_line_split(const char *text)
{
    char *cells = strdup(text);
    size_t size = strlen(text), next = 0;
    while (cells != NULL && next < size) {
        size_t start = next, length = cell_next(cells, size, &next);
        if (!cell_read(cells + start, length).is_c)
            split_commands(cells + start, length);
    }
    return cells;
}
