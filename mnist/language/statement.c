/*
 * statement - life cycle and queries.
 */
#include "mnist/language/statement.h"

#include <assert.h>
#include <stdlib.h>

void statement_release(struct statement *statement)
{
    for (size_t i = 0; i < statement->argument_count; i++)
        expression_free(&statement->arguments[i].expression);
    for (size_t i = 0; i < statement->block_count; i++)
        statement_release(&statement->block[i]);
    if (statement->wrapped != NULL)
        statement_release(statement->wrapped);
    free(statement->arguments);
    free(statement->block);
    free(statement->wrapped);
    free(statement->name);
    expression_free(&statement->expression);
    *statement = (struct statement){0};
}

struct statement *statement_innermost(struct statement *statement)
{
    while (statement->wrapped != NULL)
        statement = statement->wrapped;
    return statement;
}

enum statement_kind statement_kind(const struct statement *statement)
{
    return statement->kind;
}

struct span statement_span(const struct statement *statement)
{
    return statement->span;
}

const struct command *statement_command(const struct statement *statement)
{
    return statement->command;
}

const char *statement_name(const struct statement *statement)
{
    assert(statement->kind == STATEMENT_ASSIGNMENT);
    return statement->name;
}

const char *statement_topic(const struct statement *statement)
{
    assert(statement->kind == STATEMENT_PAGE);
    return statement->name;
}

bool statement_changes(const struct statement *statement)
{
    if (statement->kind == STATEMENT_ASSIGNMENT)
        return true;
    for (; statement != NULL; statement = statement->wrapped) {
        if (statement->command != NULL && (statement->command->traits & COMMAND_CHANGES) != 0)
            return true;
    }
    return false;
}

bool statement_evaluate(const struct statement *statement, const struct variables *variables,
                        struct value *value, struct diagnostic *diagnostic)
{
    assert(statement->expression != NULL);
    return expression_evaluate(statement->expression, variables, value, diagnostic);
}
