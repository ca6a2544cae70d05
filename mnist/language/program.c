/*
 * program - splits a cell into logical lines and blocks.
 *
 * A block is the indented lines below a line that ends in `:`. All its lines have the same
 * indentation.
 */
#include "mnist/language/program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/language/lexer.h"
#include "mnist/language/parse_statement.h"
#include "mnist/language/reader.h"

enum { PRINT_MAX = 1024 * 1024 };

struct program {
    char *text;
    size_t size;
    struct statement *statements;
    size_t count;
    struct reader reader;
};

/* ---- the text itself ---- */

/* Reports NUL bytes and invalid UTF-8. True if there are none. */
static bool check_text(struct reader *reader, const char *text, size_t size)
{
    struct cursor cursor = {.text = text, .end = size, .line = 1, .column = 1};
    struct error error;
    if (!cell_size_check(size, &error)) {
        reader_diagnostic(reader, (struct span){.line = 1, .column = 1}, "%s", error.text);
        return false;
    }
    while (!cursor_done(&cursor)) {
        bool valid;
        struct cursor begin = cursor;
        utf8_decode(text + cursor.at, size - cursor.at, NULL, &valid);
        bool zero = text[cursor.at] == '\0';
        cursor_next(&cursor);
        if (zero)
            reader_diagnostic(reader, cursor_span(&begin, &cursor),
                              "a cell must not contain a NUL byte");
        else if (!valid)
            reader_diagnostic(reader, cursor_span(&begin, &cursor), "invalid UTF-8: byte 0x%02x",
                              (unsigned)(unsigned char)text[begin.at]);
    }
    return reader->diagnostic_count == 0;
}

/* Reports a missing closing quote or bracket, or a line continuation at the end. True if there is
   none. */
static bool check_whole(struct reader *reader, const struct line *line)
{
    struct span open = {line->open.at, 1, line->open.line, line->open.column};
    char bracket = line->state == LINE_OPEN_BRACKET ? line->open.text[line->open.at] : '(';
    switch (line->state) {
    case LINE_WHOLE: return true;
    case LINE_OPEN_QUOTE: reader_diagnostic(reader, open, "unterminated string"); break;
    case LINE_OPEN_BRACKET: reader_diagnostic(reader, open, "unmatched '%c'", bracket); break;
    case LINE_CONTINUED:
        reader_diagnostic(reader, open,
                          "unexpected end of the cell after the line continuation \\");
        break;
    }
    return false;
}

/* ---- blocks ---- */

/* A block while it is read. */
struct layer_block {
    struct reader *reader;
    struct statement *owner; /* NULL: lines are skipped */
    const char *indent;      /* of its first line */
    size_t indent_size;
};

static bool block_indent_fits(struct layer_block *block, const struct line *line)
{
    const char *indent = block->reader->text + line->indent_start;
    if (block->indent == NULL) {
        block->indent = indent;
        block->indent_size = line->indent_size;
        return true;
    }
    if (line->indent_size == block->indent_size &&
        memcmp(indent, block->indent, line->indent_size) == 0)
        return true;
    bool tabs = memchr(indent, '\t', line->indent_size) != NULL;
    bool first_tabs = memchr(block->indent, '\t', block->indent_size) != NULL;
    struct span span = {line->begin.at, line->begin.end - line->begin.at, line->begin.line,
                        line->begin.column};
    if (tabs != first_tabs)
        reader_diagnostic(block->reader, span,
                          "inconsistent indentation: %s, but the first line of the block has %s",
                          tabs ? "tabs" : "spaces", first_tabs ? "tabs" : "spaces");
    else
        reader_diagnostic(block->reader, span,
                          "inconsistent indentation: %zu, but the first line of the block has %zu",
                          line->indent_size, block->indent_size);
    return false;
}

static void block_add(struct layer_block *block, const struct line *line)
{
    struct statement *owner = block->owner, layer;
    if (owner == NULL || !block_indent_fits(block, line))
        return;
    struct span span = {line->begin.at, line->begin.end - line->begin.at, line->begin.line,
                        line->begin.column};
    if (owner->block_count == STATEMENT_BLOCK_MAX) {
        reader_diagnostic(block->reader, span, "a block can have at most %d lines",
                          STATEMENT_BLOCK_MAX);
        return;
    }
    parse_statement(block->reader, line, true, &layer);
    if (line->colon)
        reader_diagnostic(block->reader,
                          (struct span){line->begin.end, 1, line->begin.line, line->begin.column},
                          "a layer has no block: remove the ':'");
    struct statement *grown = reader_grow(block->reader, owner->block, owner->block_count,
                                          sizeof layer, STATEMENT_BLOCK_MAX);
    if (grown == NULL) {
        statement_release(&layer);
        return;
    }
    owner->block = grown;
    owner->block[owner->block_count++] = layer;
    owner->span.size = line->begin.end - owner->span.start;
}

/* Finds the next line that is not blank, without moving the cursor. False at the end. */
static bool next_line(struct cursor cursor, struct line *line)
{
    while (line_read(&cursor, line)) {
        if (!line->blank)
            return true;
    }
    return false;
}

/* Reads all indented lines. False if a line cannot be split into words. */
static bool block_read(struct layer_block *block, struct cursor *cursor)
{
    struct line line;
    for (struct cursor ahead = *cursor; line_read(&ahead, &line); *cursor = ahead) {
        if (line.blank)
            continue;
        if (line.indent_size == 0)
            break;
        if (!check_whole(block->reader, &line))
            return false;
        block_add(block, &line);
    }
    return true;
}

/* Reads the block of a statement, or reports a missing or unexpected one. False if the rest of
   the cell cannot be read. */
static bool read_block(struct reader *reader, struct cursor *cursor, const struct line *header,
                       struct statement *statement)
{
    struct statement *owner = statement_innermost(statement);
    struct span colon = {header->begin.end, 1, header->begin.line, header->begin.column};
    struct line next = {.blank = true};
    bool follows = next_line(*cursor, &next) && next.indent_size > 0;
    bool allowed = owner->command != NULL && (owner->command->traits & COMMAND_BLOCK) != 0;
    struct layer_block block = {.reader = reader};
    if (header->colon && allowed && follows) {
        owner->has_block = true;
        block.owner = owner;
    } else if (header->colon && allowed) {
        reader_diagnostic(
            reader, owner->head,
            "expected a block of layers below, each indented by four spaces, such as `dense 10`");
    } else if (header->colon && owner->command != NULL) {
        reader_diagnostic(reader, colon, "%s has no block: remove the ':'", owner->command->verb);
    } else if (allowed && follows) {
        reader_diagnostic(reader, owner->head,
                          "expected ':' at the end of the line, because a block of layers follows");
    }
    if (!follows || (!header->colon && !allowed && owner->command != NULL))
        return true;
    if (!block_read(&block, cursor))
        return false;
    if (statement != owner)
        statement->span.size = owner->span.start + owner->span.size - statement->span.start;
    return true;
}

/* ---- lines ---- */

/* Reports unexpected indentation once and skips all indented lines. */
static bool skip_indented(struct reader *reader, struct cursor *cursor, const struct line *line)
{
    struct layer_block passed = {.reader = reader};
    char first[WORD_SHOWN_SIZE];
    struct cursor end = line->begin;
    cursor_skip_word(&end);
    struct span span = cursor_span(&line->begin, &end);
    if (vocabulary_is_verb(word_shown(first, reader->text, span), true))
        reader_diagnostic(
            reader, span,
            "%s is a layer outside of a block; a line such as `model mine:` opens a block", first);
    else
        reader_diagnostic(reader, span, "unexpected indentation: no block is open");
    return block_read(&passed, cursor);
}

/* Reads one line with its block. False if the rest of the cell cannot be read. */
static bool read_line(struct program *program, struct cursor *cursor, const struct line *line)
{
    struct reader *reader = &program->reader;
    struct statement statement;
    if (!check_whole(reader, line))
        return false;
    bool begins_c = reader->cell.is_c && line->begin.at == reader->cell.header_start;
    if (line->indent_size > 0 && !begins_c)
        return skip_indented(reader, cursor, line);
    if (program->count == PROGRAM_STATEMENTS_MAX) {
        reader_diagnostic(reader,
                          (struct span){line->begin.at, 1, line->begin.line, line->begin.column},
                          "a cell can have at most %d statements", PROGRAM_STATEMENTS_MAX);
        return false;
    }
    reader->above = program->statements;
    reader->above_count = program->count;
    parse_statement(reader, line, false, &statement);
    bool going =
        statement.kind != STATEMENT_COMMAND || read_block(reader, cursor, line, &statement);
    struct statement *grown = reader_grow(reader, program->statements, program->count,
                                          sizeof statement, PROGRAM_STATEMENTS_MAX);
    if (grown == NULL) {
        statement_release(&statement);
        return false;
    }
    program->statements = grown;
    program->statements[program->count++] = statement;
    return going;
}

struct program *program_parse(const char *text, size_t size)
{
    struct program *program = calloc(1, sizeof *program);
    if (program == NULL)
        return NULL;
    program->text = malloc(size + 1);
    if (program->text == NULL) {
        free(program);
        return NULL;
    }
    if (size > 0)
        memcpy(program->text, text, size);
    program->text[size] = '\0';
    cell_mend_line_ends(program->text, size);
    program->size = size;
    program->reader.text = program->text;
    program->reader.cell = cell_read(program->text, size);
    if (check_text(&program->reader, program->text, size)) {
        struct cursor cursor = cursor_begin(program->text, size);
        struct line line;
        bool going = true;
        while (going && !program->reader.failed && line_read(&cursor, &line))
            going = line.blank || read_line(program, &cursor, &line);
    }
    if (program->reader.failed)
        program_free(&program);
    return program;
}

void program_free(struct program **program)
{
    if (*program == NULL)
        return;
    for (size_t i = 0; i < (*program)->count; i++)
        statement_release(&(*program)->statements[i]);
    free((*program)->statements);
    free((*program)->text);
    free(*program);
    *program = NULL;
}

/* ---- queries ---- */

size_t program_diagnostic_count(const struct program *program)
{
    return program->reader.diagnostic_count;
}

const struct diagnostic *program_diagnostic(const struct program *program, size_t index)
{
    assert(index < program->reader.diagnostic_count && index < DIAGNOSTICS_MAX);
    return &program->reader.diagnostics[index];
}

char *program_diagnostics_print(const struct program *program)
{
    struct string_buffer out;
    string_buffer_init(&out, PRINT_MAX);
    size_t count = program->reader.diagnostic_count;
    for (size_t i = 0; i < count && i < DIAGNOSTICS_MAX; i++) {
        char *one = diagnostic_print(&program->reader.diagnostics[i], program->text, program->size);
        if (one == NULL)
            out.failed = true;
        else
            string_buffer_add(&out, one);
        free(one);
    }
    if (count > DIAGNOSTICS_MAX)
        string_buffer_print(&out, "and %zu more\n", count - DIAGNOSTICS_MAX);
    return string_buffer_take(&out);
}

size_t program_statement_count(const struct program *program)
{
    return program->count;
}

const struct statement *program_statement(const struct program *program, size_t index)
{
    assert(index < program->count);
    return &program->statements[index];
}
