/*
 * statement - one line of a cell with what belongs to it, checked as far as it can be before it
 * runs.
 *
 * Private to the language: program.c reads a cell into statements, statement.c tells what kind a
 * line is, argument_check.c matches the words of a command with its parameters, bound_call.c
 * makes values of them.
 */
#ifndef MNIST_LANGUAGE_STATEMENT_H
#define MNIST_LANGUAGE_STATEMENT_H

#include "mnist/language/cell.h"
#include "mnist/language/expression.h"
#include "mnist/language/lexer.h"
#include "mnist/language/program.h"

struct argument {
    const struct parameter *parameter;
    struct span span;              /* `epochs=5`, whole          */
    struct expression *expression; /* NULL = a flag, bare: True  */
};

struct statement {
    enum statement_kind kind;
    const char *text; /* the cell, borrowed from the program  */
    struct span span; /* the line's code, its block included  */
    /* a command */
    const struct command *command;
    struct span head; /* verb and subject */
    struct argument *arguments;
    size_t argument_count;
    bool has_block;
    struct statement *block;
    size_t block_count;
    struct statement *wrapped;
    /* an assignment, an expression, a page */
    char *name; /* the variable, or the topic */
    struct expression *expression;
};

/* A cell being read: where its mistakes go. */
struct reader {
    const char *text;
    struct diagnostic diagnostics[PROGRAM_MISTAKES_MAX];
    struct cell_text cell;         /* the first line: only there may `%%c` stand */
    size_t diagnostic_count;       /* all of them, kept or not */
    bool failed;                   /* out of memory            */
    const struct statement *above; /* the cell's lines before the one that is read */
    size_t above_count;
};

/* Notes a diagnostic. Two at one place are one. */
void reader_report(struct reader *reader, const struct diagnostic *diagnostic);
__attribute__((format(printf, 3, 4))) void reader_diagnostic(struct reader *reader,
                                                             struct span span, const char *format,
                                                             ...);

/* Room for one more item in an array that doubles at 1, 2, 4, 8... items: the array, perhaps
   moved. NULL (and reader->failed) when there is no memory; the old array is still there. */
void *reader_grow(struct reader *reader, void *items, size_t count, size_t size);

/* Reads a line that is not blank. `layer`: inside a block. statement is to be released whatever
   happened; its command is NULL when the line has none that is known. The block is program.c's to
   add. */
void statement_read(struct reader *reader, const struct line *line, bool layer,
                    struct statement *statement);
void statement_release(struct statement *statement);

/* The command inside all wrapping ones. */
struct statement *statement_innermost(struct statement *statement);

/* The words after a command's verb and subject, up to the end of the cursor. */
void argument_check_read(struct reader *reader, struct cursor *cursor, struct statement *statement);

/* From a cursor at something: past all up to the next blank outside quotes and brackets. */
void cursor_skip_word(struct cursor *cursor);

/* A word as messages show it. */
enum { WORD_SHOWN_SIZE = 64 };
const char *word_shown(char shown[WORD_SHOWN_SIZE], const char *text, struct span span);

/* The line of the command's example where its verb stands. */
enum { EXAMPLE_LINE_SIZE = 160 };
const char *command_example_line(char line[EXAMPLE_LINE_SIZE], const struct command *command);

#endif
