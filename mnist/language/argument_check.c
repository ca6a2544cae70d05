/*
 * argument_check - reads the arguments of a command.
 *
 *     name=value    the parameter of that name
 *     word          the name of a boolean, else the value of the next positional parameter
 *
 * Reading continues after a diagnostic, so that a line with two wrong words gets two carets.
 * Constant values are converted here as a check only; bound_call.c converts them again when the
 * command runs.
 */
#include "mnist/language/argument_check.h"

#include <stdio.h>
#include <string.h>

#include "mnist/language/nearest.h"
#include "mnist/language/parameter.h"
#include "mnist/language/parser.h"

enum { EXAMPLE_LINE_SIZE = 160 };

/* One word of the line, split at its `=`. */
struct argument_word {
    struct cursor begin, end;
    size_t name_size;    /* bytes before the `=`; 0 = there is none */
    struct cursor value; /* after the `=`, or begin */
};

/* Copies the line of the example that begins with the command's verb. Returns line. */
static const char *command_example_line(char line[EXAMPLE_LINE_SIZE], const struct command *command)
{
    for (const char *at = command->example; *at != '\0';) {
        at += strspn(at, " \n");
        size_t size = strcspn(at, "\n");
        if (strncmp(at, command->verb, strlen(command->verb)) == 0) {
            snprintf(line, EXAMPLE_LINE_SIZE, "%.*s", (int)size, at);
            return line;
        }
        at += size;
    }
    snprintf(line, EXAMPLE_LINE_SIZE, "%s", command->verb);
    return line;
}

/* The size in bytes of `epochs` in `epochs=5`; 0 if the word has no name. */
static size_t named_size(const struct cursor *begin)
{
    size_t size = cursor_name(begin);
    while (size > 0 && (is_name_byte(cursor_peek(begin, size)) || cursor_peek(begin, size) == '.' ||
                        cursor_peek(begin, size) == '-'))
        size++;
    return size > 0 && cursor_peek(begin, size) == '=' ? size : 0;
}

static struct argument_word word_read(struct cursor *cursor)
{
    struct argument_word word = {.begin = *cursor, .name_size = named_size(cursor)};
    cursor_skip_word(cursor);
    word.end = *cursor;
    word.value = word.begin;
    if (word.name_size > 0)
        cursor_skip(&word.value, word.name_size + 1);
    word.value.end = word.end.at;
    return word;
}

static bool is_given(const struct statement *statement, const struct parameter *parameter)
{
    for (size_t i = 0; i < statement->argument_count; i++) {
        if (statement->arguments[i].parameter == parameter)
            return true;
    }
    return false;
}

/* "its parameters are epochs, batch and rate" */
static void list_parameters(char *text, size_t size, const struct command *command)
{
    size_t used = (size_t)snprintf(
        text, size, command->parameter_count == 0 ? "it has no parameters" : "its parameters are ");
    for (size_t i = 0; i < command->parameter_count && used < size; i++) {
        const char *before = i == 0 ? "" : i + 1 == command->parameter_count ? " and " : ", ";
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", before, command->parameters[i].name);
    }
}

/* "epochs=5": an example of the parameter, for a message. */
static void show_named(char *text, size_t size, const struct parameter *parameter)
{
    const char *value = parameter->fallback != NULL ? parameter->fallback
                        : parameter->choices != NULL && parameter->choices[0].word != NULL
                            ? parameter->choices[0].word
                            : "...";
    snprintf(text, size, "%s=%s", parameter->name, value);
}

static void unknown_name(struct reader *reader, const struct statement *statement, struct span span)
{
    char shown[WORD_SHOWN_SIZE], title[COMMAND_TITLE_SIZE], list[DIAGNOSTIC_TEXT_SIZE / 2];
    struct nearest nearest = nearest_begin(word_shown(shown, reader->text, span));
    for (size_t i = 0; i < statement->command->parameter_count; i++)
        nearest_offer(&nearest, statement->command->parameters[i].name);
    command_title(title, statement->command);
    list_parameters(list, sizeof list, statement->command);
    if (nearest.best != NULL)
        reader_diagnostic(reader, span, "%s has no parameter \"%s\"; did you mean `%s`?", title,
                          shown, nearest.best);
    else
        reader_diagnostic(reader, span, "%s has no parameter \"%s\"; %s", title, shown, list);
}

/* Reports `shift 3`, written for shift=3, and skips both words. False if the words are not of
   this form. */
static bool read_apart(struct reader *reader, struct statement *statement,
                       const struct argument_word *word, struct cursor *cursor)
{
    char shown[WORD_SHOWN_SIZE], value[WORD_SHOWN_SIZE];
    struct span span = cursor_span(&word->begin, &word->end);
    const struct parameter *parameter =
        command_parameter(statement->command, word_shown(shown, reader->text, span));
    struct cursor begin = *cursor;
    cursor_skip_blanks(&begin, true);
    if (parameter == NULL || parameter->positional || parameter->kind == PARAMETER_BOOLEAN ||
        cursor_done(&begin))
        return false;
    struct cursor end = begin;
    struct argument_word next = word_read(&end);
    if (next.name_size > 0)
        return false;
    *cursor = end;
    reader_diagnostic(reader, cursor_span(&word->begin, &end), "%s requires a value: %s=%s", shown,
                      shown, word_shown(value, reader->text, cursor_span(&begin, &end)));
    return true;
}

/* Reports a word that is neither a boolean nor a positional value. */
static void unknown_bare(struct reader *reader, const struct statement *statement, struct span span)
{
    char shown[WORD_SHOWN_SIZE], title[COMMAND_TITLE_SIZE], list[DIAGNOSTIC_TEXT_SIZE / 2];
    const struct command *command = statement->command;
    const struct parameter *parameter =
        command_parameter(command, word_shown(shown, reader->text, span));
    const char *nearest = command_nearest(command, shown);
    command_title(title, command);
    list_parameters(list, sizeof list, command);
    if (parameter != NULL) {
        show_named(list, sizeof list, parameter);
        reader_diagnostic(reader, span, "%s requires a value: %s", shown, list);
    } else if (nearest != NULL && strcmp(nearest, shown) == 0) {
        reader_diagnostic(reader, span, "unexpected word \"%s\": %s accepts no further word", shown,
                          title);
    } else if (nearest != NULL) {
        reader_diagnostic(reader, span, "unexpected word \"%s\" after %s; did you mean `%s`?",
                          shown, title, nearest);
    } else if (command->parameter_count == 0) {
        reader_diagnostic(reader, span, "unexpected word \"%s\": %s has no parameters", shown,
                          title);
    } else {
        reader_diagnostic(reader, span, "unexpected word \"%s\" after %s; %s", shown, title, list);
    }
}

static const struct parameter *next_positional(const struct statement *statement)
{
    for (size_t i = 0; i < statement->command->parameter_count; i++) {
        const struct parameter *parameter = &statement->command->parameters[i];
        if (parameter->positional && parameter->kind != PARAMETER_BOOLEAN &&
            (parameter->repeats || !is_given(statement, parameter)))
            return parameter;
    }
    return NULL;
}

/* True for `hello`, as in `print hello`: a word that is not an expression. */
static bool is_plain_word(const struct cursor *value)
{
    size_t size = cursor_name(value);
    struct value literal;
    struct diagnostic ignored;
    if (size == 0 || cursor_peek(value, size) == '(')
        return false;
    struct span span = {value->at, value->end - value->at, value->line, value->column};
    struct expression *expression = expression_parse(value->text, span, &ignored);
    bool plain = expression == NULL;
    if (!plain && expression_evaluate(expression, NULL, &literal, &ignored))
        value_release(&literal);
    expression_free(&expression);
    return plain;
}

/* Parses the value. A word that is not a valid expression, and has no characters that only
   expressions have, is taken as a string, so that the diagnostic can quote it: not "ten". */
static struct expression *value_read(const struct parameter *parameter, const struct cursor *value,
                                     struct diagnostic *diagnostic)
{
    struct span span = {value->at, value->end - value->at, value->line, value->column};
    if (!parameter_is_expression(parameter) ||
        (parameter->kind == PARAMETER_VALUE && is_plain_word(value)))
        return expression_word(value->text, span, diagnostic);
    struct expression *expression = expression_parse(value->text, span, diagnostic);
    for (size_t i = 0; expression == NULL && i < span.size; i++) {
        if (strchr("$(\"'[", value->text[span.start + i]) != NULL)
            return NULL;
    }
    return expression != NULL ? expression : expression_word(value->text, span, diagnostic);
}

/* Checks a constant value. Values with variables are checked when the command runs. */
static bool check_literal(const struct argument *argument, struct diagnostic *diagnostic)
{
    struct value value;
    char why[PARAMETER_WHY_SIZE];
    if (argument->expression == NULL || !expression_constant(argument->expression))
        return true;
    if (!expression_evaluate(argument->expression, NULL, &value, diagnostic))
        return false;
    bool fits = parameter_convert(argument->parameter, &value, why);
    value_release(&value);
    return fits || diagnostic_set(diagnostic, ERROR_USAGE, argument->span, "%s %s",
                                  argument->parameter->name, why);
}

/* Adds an example line to the diagnostic of a wrong first CHOICE, as in `predict 3`. */
static void add_example(struct diagnostic *diagnostic, const struct command *command,
                        const struct argument *argument)
{
    char example[EXAMPLE_LINE_SIZE];
    size_t used = strlen(diagnostic->text);
    bool first = argument->parameter == &command->parameters[0] &&
                 argument->parameter->positional && argument->parameter->kind == PARAMETER_CHOICE;
    if (first && strstr(diagnostic->text, "did you mean") == NULL)
        snprintf(diagnostic->text + used, sizeof diagnostic->text - used, "; for example: %s",
                 command_example_line(example, command));
}

/* Checks and adds an argument. Consumes its expression. */
static void argument_check_add(struct reader *reader, struct statement *statement,
                               struct argument argument)
{
    struct diagnostic diagnostic;
    const struct parameter *parameter = argument.parameter;
    bool twice = !parameter->repeats && is_given(statement, parameter);
    if (twice)
        reader_diagnostic(reader, argument.span, "%s is given twice", parameter->name);
    else if (statement->argument_count == STATEMENT_ARGUMENTS_MAX)
        reader_diagnostic(reader, argument.span, "a command can have at most %d arguments",
                          STATEMENT_ARGUMENTS_MAX);
    else if (!check_literal(&argument, &diagnostic)) {
        add_example(&diagnostic, statement->command, &argument);
        reader_report(reader, &diagnostic);
    }
    struct argument *grown = NULL;
    if (!twice && statement->argument_count < STATEMENT_ARGUMENTS_MAX)
        grown = reader_grow(reader, statement->arguments, statement->argument_count,
                            sizeof argument, STATEMENT_ARGUMENTS_MAX);
    if (grown == NULL) {
        expression_free(&argument.expression);
        return;
    }
    statement->arguments = grown;
    statement->arguments[statement->argument_count++] = argument;
}

static void read_value(struct reader *reader, struct statement *statement,
                       const struct argument_word *word, const struct parameter *parameter)
{
    struct diagnostic diagnostic = {0};
    struct argument argument = {.parameter = parameter,
                                .span = cursor_span(&word->begin, &word->end)};
    argument.expression = value_read(parameter, &word->value, &diagnostic);
    if (argument.expression == NULL)
        reader_report(reader, &diagnostic);
    else
        argument_check_add(reader, statement, argument);
}

static void read_named(struct reader *reader, struct statement *statement,
                       const struct argument_word *word)
{
    struct span name = {word->begin.at, word->name_size, word->begin.line, word->begin.column};
    char shown[WORD_SHOWN_SIZE], hint[WORD_SHOWN_SIZE * 2];
    const struct parameter *parameter =
        command_parameter(statement->command, word_shown(shown, reader->text, name));
    if (parameter == NULL) {
        unknown_name(reader, statement, name);
    } else if (cursor_done(&word->value)) {
        show_named(hint, sizeof hint, parameter);
        reader_diagnostic(reader, cursor_span(&word->begin, &word->end),
                          "the value of %s must follow the = without a space: %s", parameter->name,
                          hint);
    } else {
        read_value(reader, statement, word, parameter);
    }
}

/* Reports `epochs = 5` and skips all of it. False if the words are not of this form. */
static bool read_spaced(struct reader *reader, struct statement *statement,
                        const struct argument_word *word, struct cursor *cursor)
{
    char shown[WORD_SHOWN_SIZE], value[WORD_SHOWN_SIZE];
    struct span span = cursor_span(&word->begin, &word->end);
    struct cursor next = *cursor;
    cursor_skip_blanks(&next, false);
    if (cursor_peek(&next, 0) != '=' ||
        command_parameter(statement->command, word_shown(shown, reader->text, span)) == NULL)
        return false;
    cursor_next(&next);
    cursor_skip_blanks(&next, false);
    struct cursor begin = next;
    cursor_skip_word(&next);
    *cursor = next;
    reader_diagnostic(reader, cursor_span(&word->begin, cursor),
                      "remove the spaces around =: %s=%s", shown,
                      word_shown(value, reader->text, cursor_span(&begin, &next)));
    return true;
}

static void read_bare(struct reader *reader, struct statement *statement,
                      const struct argument_word *word, struct cursor *cursor)
{
    char shown[WORD_SHOWN_SIZE];
    struct span span = cursor_span(&word->begin, &word->end);
    const struct parameter *parameter =
        command_parameter(statement->command, word_shown(shown, reader->text, span));
    if (read_spaced(reader, statement, word, cursor) || read_apart(reader, statement, word, cursor))
        return;
    if (parameter != NULL && parameter->kind == PARAMETER_BOOLEAN) {
        argument_check_add(reader, statement,
                           (struct argument){.parameter = parameter, .span = span});
        return;
    }
    const struct parameter *positional = next_positional(statement);
    bool named = parameter != NULL && !parameter->positional;
    if (positional == NULL || (named && positional->kind == PARAMETER_CHOICE))
        unknown_bare(reader, statement, span);
    else
        read_value(reader, statement, word, positional);
}

static void check_required(struct reader *reader, const struct statement *statement)
{
    for (size_t i = 0; i < statement->command->parameter_count; i++) {
        const struct parameter *parameter = &statement->command->parameters[i];
        if (!parameter->required || is_given(statement, parameter))
            continue;
        char title[COMMAND_TITLE_SIZE], example[EXAMPLE_LINE_SIZE];
        command_title(title, statement->command);
        bool explained = parameter->help[0] != '\0';
        reader_diagnostic(reader, statement->head, "%s requires %s%s%s%s; for example: %s", title,
                          parameter->name, explained ? " (" : "", parameter->help,
                          explained ? ")" : "", command_example_line(example, statement->command));
        return;
    }
}

void argument_check_read(struct reader *reader, struct cursor *cursor, struct statement *statement)
{
    size_t diagnostics = reader->diagnostic_count;
    cursor_skip_blanks(cursor, true);
    while (!cursor_done(cursor) && !reader->failed) {
        struct argument_word word = word_read(cursor);
        if (word.name_size > 0)
            read_named(reader, statement, &word);
        else
            read_bare(reader, statement, &word, cursor);
        cursor_skip_blanks(cursor, true);
    }
    if (reader->diagnostic_count == diagnostics)
        check_required(reader, statement);
}
