/*
 * is_complete - checks the line structure first, then for errors that more lines cannot correct.
 */
#include "mnist/language/is_complete.h"

#include <stdbool.h>
#include <string.h>

#include "mnist/language/cell.h"
#include "mnist/language/lexer.h"
#include "mnist/language/program.h"

static const char *const block_indent = "    ";

/* True if the last line is blank. */
static bool ends_blank(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL && text[size - 1] != '\0')
        size--;
    return size > 0 && text[size - 1] == '\n';
}

/* Looks for open quotes, brackets and blocks at the end of the text. */
static enum completeness lines_complete(const char *text, size_t size, const char **indent)
{
    struct cursor cursor = cursor_begin(text, size);
    struct line line;
    bool header = false, in_block = false;
    while (line_read(&cursor, &line)) {
        if (line.state != LINE_WHOLE) {
            *indent = line.indent_size > 0 ? block_indent : "";
            return TEXT_INCOMPLETE;
        }
        if (line.blank)
            continue;
        in_block = line.indent_size > 0 && (header || in_block);
        header = line.indent_size == 0 && line.colon;
    }
    if (!header && !(in_block && !ends_blank(text, size)))
        return TEXT_COMPLETE;
    *indent = block_indent;
    return TEXT_INCOMPLETE;
}

/* True if the text has an error. Callers have excluded errors that more lines can correct. */
static bool has_diagnostic(const char *text, size_t size)
{
    struct program *program = program_parse(text, size);
    bool diagnostic = program != NULL && program_diagnostic_count(program) > 0;
    program_free(&program);
    return diagnostic;
}

/* The index of the last byte of the comment, string or character constant at `at`; `at` itself if
   there is none. *open: a block comment is not closed. */
static size_t skip_quoted(const char *text, size_t size, size_t at, bool *open)
{
    char quote = text[at];
    if (quote == '/' && at + 1 < size && (text[at + 1] == '/' || text[at + 1] == '*')) {
        bool line = text[at + 1] == '/';
        for (at += 2; at < size; at++)
            if (line ? text[at] == '\n'
                     : text[at] == '/' && text[at - 1] == '*' && text[at - 2] != '/')
                return at;
        *open = !line;
        return size;
    }
    if (quote != '"' && quote != '\'')
        return at;
    for (at++; at < size && text[at] != '\n'; at++) {
        if (text[at] == '\\')
            at++;
        else if (text[at] == quote)
            return at;
    }
    return at;
}

/* A C cell is incomplete while a bracket or a comment is open, or if its last line is not blank. */
static enum completeness c_complete(const char *text, size_t size, size_t at, const char **indent)
{
    int depth = 0;
    bool open = false;
    for (; at < size && !open; at++) {
        at = skip_quoted(text, size, at, &open);
        if (at < size && strchr("({[", text[at]) != NULL && text[at] != '\0')
            depth++;
        if (at < size && strchr(")}]", text[at]) != NULL && text[at] != '\0')
            depth--;
    }
    if (depth > 0)
        *indent = block_indent;
    return depth > 0 || open || !ends_blank(text, size) ? TEXT_INCOMPLETE : TEXT_COMPLETE;
}

enum completeness is_complete(const char *text, size_t size, const char **indent)
{
    struct cell_text cell = cell_read(text, size);
    *indent = "";
    if (cell.is_c)
        return c_complete(text, size, cell.header_start + cell.header_size, indent);
    enum completeness lines = lines_complete(text, size, indent);
    if (lines == TEXT_INCOMPLETE)
        return lines;
    return has_diagnostic(text, size) ? TEXT_INVALID : TEXT_COMPLETE;
}

const char *completeness_name(enum completeness completeness)
{
    switch (completeness) {
    case TEXT_COMPLETE: return "complete";
    case TEXT_INCOMPLETE: return "incomplete";
    case TEXT_INVALID: return "invalid";
    }
    return "unknown";
}
