/*
 * plugin_help - a search by lines, without a parser: a comment that it does not find costs only the
 * help.
 */
#include "mnist/c_api/plugin_help.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of the text, without blanks at its ends. */
struct source_row {
    const char *start; /* of the line in the text */
    const char *text;
    size_t size;
};

static struct source_row row_at(const char *start)
{
    struct source_row row = {start, start, strcspn(start, "\n")};
    while (row.size > 0 && isspace((unsigned char)*row.text)) {
        row.text++;
        row.size--;
    }
    while (row.size > 0 && isspace((unsigned char)row.text[row.size - 1]))
        row.size--;
    return row;
}

/* The line before; false = row is the first. */
static bool row_before(const char *text, const struct source_row *row, struct source_row *before)
{
    const char *start = row->start;
    if (start == text)
        return false;
    start--;
    while (start > text && start[-1] != '\n')
        start--;
    *before = row_at(start);
    return true;
}

static bool begins(const struct source_row *row, const char *mark)
{
    return row->size >= strlen(mark) && memcmp(row->text, mark, strlen(mark)) == 0;
}

static bool ends(const struct source_row *row, const char *mark)
{
    size_t size = strlen(mark);
    return row->size >= size && memcmp(row->text + row->size - size, mark, size) == 0;
}

/* Offset of the first mark in the row, from `from`; the row's size = no mark. */
static size_t find_mark(const struct source_row *row, size_t from, const char *mark)
{
    for (size_t i = from; i + strlen(mark) <= row->size; i++)
        if (memcmp(row->text + i, mark, strlen(mark)) == 0)
            return i;
    return row->size;
}

/* Row ends with the end of a comment. True if that comment fills this row and the rows above up to
   *first. */
static bool whole_comment(const char *text, const struct source_row *row, struct source_row *first)
{
    size_t end = row->size - 2;
    *first = *row;
    while (!begins(first, "/*")) {
        if (find_mark(first, 0, "/*") < first->size || find_mark(first, 0, "*/") < end ||
            !row_before(text, first, first))
            return false;
        end = first->size;
    }
    return find_mark(first, 2, "*/") >= end;
}

/* The first line of the comment that ends above row; false = none. A comment after code on its line
   does not count. */
static bool comment_above(const char *text, const struct source_row *row, struct source_row *first)
{
    struct source_row at;
    if (!row_before(text, row, &at))
        return false;
    if (begins(&at, "//")) {
        do
            *first = at;
        while (row_before(text, first, &at) && begins(&at, "//"));
        return true;
    }
    return ends(&at, "*/") && whole_comment(text, &at, first);
}

/* The lines of a comment, from first to the line before `end`, without comment marks. */
static char *plain_lines(struct source_row first, const char *end)
{
    char *plain = NULL;
    size_t size;
    FILE *to = open_memstream(&plain, &size);
    if (to == NULL)
        return NULL;
    for (struct source_row row = first; row.start < end;
         row = row_at(row.start + strcspn(row.start, "\n") + 1)) {
        while (row.size > 0 && strchr("/*! \t", *row.text) != NULL) {
            row.text++;
            row.size--;
        }
        if (ends(&row, "*/"))
            row.size -= 2;
        while (row.size > 0 && strchr("* \t", row.text[row.size - 1]) != NULL)
            row.size--;
        fprintf(to, "%.*s\n", (int)row.size, row.text);
        if (row.start[strcspn(row.start, "\n")] == '\0')
            break;
    }
    return fclose(to) == 0 ? plain : NULL;
}

/* True if the line begins a function named `name`, or, if not whole, `name_something`. */
static bool defines(const struct source_row *row, const char *name, bool whole)
{
    size_t size = strlen(name);
    if (row->start != row->text || row->size == 0 || !isalpha((unsigned char)*row->text) ||
        ends(row, ";"))
        return false;
    for (size_t i = 1; i + size < row->size; i++) {
        const char *at = row->text + i;
        if (memcmp(at, name, size) != 0 || isalnum((unsigned char)at[-1]) || at[-1] == '_')
            continue;
        at += size;
        if (!whole && *at != '_')
            continue;
        while (!whole && (isalnum((unsigned char)*at) || *at == '_'))
            at++;
        at += strspn(at, " ");
        if (*at == '(')
            return true;
    }
    return false;
}

static bool find_function(const char *text, const char *name, bool whole, struct source_row *found)
{
    for (const char *start = text;; start++) {
        *found = row_at(start);
        if (defines(found, name, whole))
            return true;
        start += strcspn(start, "\n");
        if (*start == '\0')
            return false;
    }
}

char *plugin_help(const char *text, const char *name, int line)
{
    const char *start = text;
    struct source_row row, first;
    for (int i = 1; i < line && *start != '\0'; i++)
        start += strcspn(start, "\n") + (start[strcspn(start, "\n")] != '\0');
    row = row_at(start);
    if (comment_above(text, &row, &first))
        return plain_lines(first, row.start);
    for (int whole = 1; whole >= 0; whole--)
        if (find_function(text, name, whole, &row) && comment_above(text, &row, &first))
            return plain_lines(first, row.start);
    return strdup("");
}
