/*
 * statement - one line of a cell with its block, parsed and checked.
 *
 * parse_statement.c and argument_check.c fill it, program.c owns it, bound_call.c evaluates it.
 * Other rooms use the functions below, not the fields.
 */
#ifndef MNIST_LANGUAGE_STATEMENT_H
#define MNIST_LANGUAGE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/language/diagnostic.h"
#include "mnist/language/expression.h"
#include "mnist/language/vocabulary.h"

enum {
    STATEMENT_ARGUMENTS_MAX = 1000, /* of one command                          */
    STATEMENT_BLOCK_MAX = 1000,     /* lines of one block                      */
    STATEMENT_NESTING_MAX = 8,      /* commands in one line: time time train   */
};

enum statement_kind {
    STATEMENT_COMMAND,    /* bound_call_resolve, then the run function of the command          */
    STATEMENT_ASSIGNMENT, /* statement_evaluate, then set the variable statement_name          */
    STATEMENT_EXPRESSION, /* statement_evaluate; the value of the last one is the cell's result */
    STATEMENT_PAGE,       /* `train?`: show the help of statement_topic in the pager           */
};

struct argument {
    const struct parameter *parameter;
    struct span span;              /* of `epochs=5`                                  */
    struct expression *expression; /* NULL: a boolean given by its name alone: True  */
};

struct statement {
    enum statement_kind kind;
    const char *text; /* the cell; borrowed from the program         */
    struct span span; /* of the line's code, including its block     */
    /* COMMAND */
    const struct command *command;
    struct span head; /* of verb and subject */
    struct argument *arguments;
    size_t argument_count;
    bool has_block;
    struct statement *block;
    size_t block_count;
    struct statement *wrapped; /* the command after `time` */
    /* ASSIGNMENT, EXPRESSION, PAGE */
    char *name; /* the variable, or the topic */
    struct expression *expression;
};

/* Frees everything that the statement owns and sets it to zero. */
void statement_release(struct statement *statement);

/* The command after all `time`, or the statement itself. */
struct statement *statement_innermost(struct statement *statement);

enum statement_kind statement_kind(const struct statement *statement);
struct span statement_span(const struct statement *statement);
const struct command *statement_command(
    const struct statement *statement);                         /* NULL unless a COMMAND */
const char *statement_name(const struct statement *statement);  /* of an ASSIGNMENT      */
const char *statement_topic(const struct statement *statement); /* of a PAGE             */

/* True for an assignment, and for a command with COMMAND_CHANGES, also after `time`. */
bool statement_changes(const struct statement *statement);

/* The value of an ASSIGNMENT or EXPRESSION. False with the diagnostic set, e.g. for an unknown
   variable, a wrong type or a division by zero. Caller releases value. */
bool statement_evaluate(const struct statement *statement, const struct variables *variables,
                        struct value *value, struct diagnostic *diagnostic);

#endif
