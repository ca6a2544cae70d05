/*
 * parse_statement - one line: a help page (`train?`), an assignment, an expression or a command.
 *
 * The kinds are tried in this order. A line that is none of the first three is a command, so that a
 * misspelt verb gets a diagnostic about commands.
 */
#include "mnist/language/parse_statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/argument_check.h"
#include "mnist/language/nearest.h"
#include "mnist/language/parser.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/topic.h"

/* ---- commands ---- */

/* True if an earlier statement assigns to the name. False without a search if the diagnostic
   would only be counted. */
static bool assigned_above(const struct reader *reader, const char *name)
{
    for (size_t i = 0; reader->diagnostic_count < DIAGNOSTICS_MAX && i < reader->above_count; i++) {
        const struct statement *statement = &reader->above[i];
        if (statement->kind == STATEMENT_ASSIGNMENT && statement->name != NULL &&
            strcmp(statement->name, name) == 0)
            return true;
    }
    return false;
}

/* True for `x` and `x + 1`, where x may be meant as a variable. */
static bool like_value(struct cursor after, const char *word)
{
    cursor_skip_blanks(&after, true);
    return variable_name_valid(word) &&
           (cursor_done(&after) || strchr("+*/%^", cursor_peek(&after, 0)) != NULL);
}

/* "conv, maxpool, ... and flatten", including layers of plugins. */
static const char *list_layers(char list[DIAGNOSTIC_TEXT_SIZE / 2])
{
    const struct command *layer, *last = NULL;
    size_t used = 0, size = DIAGNOSTIC_TEXT_SIZE / 2;
    list[0] = '\0';
    for (size_t i = 0; (layer = vocabulary_at(i)) != NULL; i++)
        last = command_is_layer(layer) ? layer : last;
    for (size_t i = 0; (layer = vocabulary_at(i)) != NULL && used < size; i++)
        if (command_is_layer(layer))
            used += (size_t)snprintf(list + used, size - used, "%s%s",
                                     used == 0       ? ""
                                     : layer == last ? " and "
                                                     : ", ",
                                     layer->verb);
    return list;
}

/* Reports an unknown verb. */
static void unknown_verb(struct reader *reader, const struct cursor *after, struct span span,
                         bool layer)
{
    char shown[WORD_SHOWN_SIZE];
    struct nearest nearest = nearest_begin(word_shown(shown, reader->text, span));
    char variable[2 * WORD_SHOWN_SIZE] = "", list[DIAGNOSTIC_TEXT_SIZE / 2];
    if (like_value(*after, shown))
        snprintf(variable, sizeof variable, " for a variable, write $%s", shown);
    const struct command *subject = NULL;
    const struct command *command;
    const char *known = NULL; /* the verb for a word of other libraries */
    for (size_t i = 0; (command = vocabulary_at(i)) != NULL; i++) {
        if (command_is_layer(command) == layer)
            nearest_offer(&nearest, command->verb);
        if (command_is_layer(command) == layer && command_known_as(command, shown))
            known = command->verb;
        if (subject == NULL && command_has_subject(command, shown))
            subject = command;
    }
    if (known != NULL)
        nearest.best = known;
    if (layer && vocabulary_is_verb(shown, false))
        reader_diagnostic(reader, span, "%s is a command, not a layer; commands are not indented",
                          shown);
    else if (!layer && vocabulary_is_verb(shown, true))
        reader_diagnostic(reader, span,
                          "%s is a layer; layers are indented lines below a line such as `model "
                          "mine:`",
                          shown);
    else if (!layer && assigned_above(reader, shown))
        reader_diagnostic(reader, span, "%s is a variable; write $%s for its value", shown, shown);
    else if (nearest.best != NULL)
        reader_diagnostic(reader, span, "there is no %s \"%s\"; did you mean `%s`?",
                          layer ? "layer" : "command", shown, nearest.best);
    else if (subject != NULL && !layer)
        reader_diagnostic(reader, span, "there is no command \"%s\"; did you mean `%s %s`?%s",
                          shown, subject->verb, shown, variable);
    else if (layer)
        reader_diagnostic(reader, span, "there is no layer \"%s\"; the layers are %s", shown,
                          list_layers(list));
    else
        reader_diagnostic(reader, span, "there is no command \"%s\"; `help` lists all commands%s%s",
                          shown, variable[0] == '\0' ? "" : ";", variable);
}

/* Reports a missing or unknown subject of a verb that requires one, such as `plot`. */
static void missing_subject(struct reader *reader, const char *verb, struct span head,
                            struct span word)
{
    char list[DIAGNOSTIC_TEXT_SIZE / 2] = "", shown[WORD_SHOWN_SIZE];
    size_t used = 0;
    struct nearest nearest = nearest_begin(word_shown(shown, reader->text, word));
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (strcmp(command->verb, verb) != 0 || used >= sizeof list)
            continue;
        nearest_offer(&nearest, command->subject);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ",
                                 command->subject);
    }
    if (word.size == 0)
        reader_diagnostic(reader, head, "%s requires a subject: %s", verb, list);
    else if (nearest.best != NULL)
        reader_diagnostic(reader, word, "%s has no subject \"%s\"; did you mean `%s`?", verb, shown,
                          nearest.best);
    else
        reader_diagnostic(reader, word, "%s has no subject \"%s\"; its subjects are %s", verb,
                          shown, list);
}

/* Finds the command of the verb, with the next word as its subject if it is one; the subject is
   then skipped. */
static const struct command *find_command(struct reader *reader, struct cursor *cursor,
                                          const char *verb, bool layer, struct span *head)
{
    char shown[WORD_SHOWN_SIZE];
    struct cursor begin = *cursor;
    cursor_skip_blanks(&begin, true);
    struct cursor end = begin;
    cursor_skip_word(&end);
    struct span word = cursor_span(&begin, &end);
    const struct command *command = NULL;
    if (word.size > 0)
        command = vocabulary_find(verb, word_shown(shown, reader->text, word), layer);
    if (command != NULL) {
        *cursor = end;
        head->size = end.at - head->start;
        return command;
    }
    command = vocabulary_find(verb, NULL, layer);
    if (command == NULL)
        missing_subject(reader, verb, *head, word);
    return command;
}

static void read_command(struct reader *reader, struct cursor *cursor, bool layer, int nesting,
                         struct statement *statement);

/* Reads the command after `time`. */
static void read_wrapped(struct reader *reader, struct cursor *cursor, int nesting,
                         struct statement *statement)
{
    cursor_skip_blanks(cursor, true);
    if (cursor_done(cursor)) {
        reader_diagnostic(reader, statement->head, "%s requires a command: %s",
                          statement->command->verb, statement->command->example);
        return;
    }
    if (nesting >= STATEMENT_NESTING_MAX) {
        reader_diagnostic(reader, statement->head, "more than %d nested commands",
                          STATEMENT_NESTING_MAX);
        return;
    }
    statement->wrapped = calloc(1, sizeof *statement->wrapped);
    if (statement->wrapped == NULL)
        reader->failed = true;
    else
        read_command(reader, cursor, false, nesting + 1, statement->wrapped);
}

static void read_command(struct reader *reader, struct cursor *cursor, bool layer, int nesting,
                         struct statement *statement)
{
    char verb[WORD_SHOWN_SIZE];
    struct cursor begin = *cursor;
    cursor_skip_word(cursor);
    statement->kind = STATEMENT_COMMAND;
    statement->text = reader->text;
    statement->head = cursor_span(&begin, cursor);
    statement->span = (struct span){begin.at, begin.end - begin.at, begin.line, begin.column};
    word_shown(verb, reader->text, statement->head);
    if (strncmp(verb, "%%", 2) == 0 && statement->head.start != reader->cell.header_start) {
        reader_diagnostic(
            reader, statement->head,
            "%s is not allowed here; `%%%%c` must be the first line of a cell, which then consists "
            "of C code only",
            verb);
        return;
    }
    if (!vocabulary_is_verb(verb, layer)) {
        unknown_verb(reader, cursor, statement->head, layer);
        return;
    }
    statement->command = find_command(reader, cursor, verb, layer, &statement->head);
    if (statement->command == NULL)
        return;
    if (statement->command->traits & COMMAND_WRAPS)
        read_wrapped(reader, cursor, nesting, statement);
    else
        argument_check_read(reader, cursor, statement);
}

/* ---- the other kinds ---- */

/* Copies the text of the span, with each run of blanks as one space. NULL, and reader->failed, if
   memory runs out. */
static char *copy_span(struct reader *reader, struct span span)
{
    char *copy = malloc(span.size + 1);
    if (copy == NULL) {
        reader->failed = true;
        return NULL;
    }
    size_t size = 0;
    for (size_t i = 0; i < span.size; i++) {
        char c = reader->text[span.start + i];
        bool blank = strchr(" \t\r\n\v\f", c) != NULL;
        if (!blank)
            copy[size++] = c;
        else if (size > 0 && copy[size - 1] != ' ')
            copy[size++] = ' ';
    }
    while (size > 0 && copy[size - 1] == ' ')
        size--;
    copy[size] = '\0';
    return copy;
}

/* Finds the topic of `train?`, `explore samples ?` or `?train`. False if the line has another
   form. */
static bool find_topic(const struct cursor *line, struct span *topic)
{
    struct cursor begin = *line;
    size_t end = line->end;
    while (cursor_peek(&begin, 0) == '?')
        cursor_next(&begin);
    bool before = begin.at > line->at;
    while (end > begin.at && begin.text[end - 1] == '?')
        end--;
    if (!before && end == line->end)
        return false;
    for (size_t i = begin.at; i < end && !before; i++) {
        if (!is_name_byte(begin.text[i]) && strchr(" \t.-", begin.text[i]) == NULL)
            return false;
    }
    *topic = (struct span){begin.at, end - begin.at, begin.line, begin.column};
    return true;
}

static void read_page(struct reader *reader, struct span span, struct statement *statement)
{
    struct topic topic;
    struct error error;
    statement->kind = STATEMENT_PAGE;
    statement->name = copy_span(reader, span);
    char *registered = statement->name != NULL ? plugin_words_help(statement->name) : NULL;
    bool known = registered != NULL;
    free(registered);
    if (statement->name != NULL && !known && !topic_find(statement->name, &topic, &error))
        reader_diagnostic(reader, span, "%s", error.text);
}

/* Parses an expression. A constant expression is evaluated at once, to report its errors before
   the cell runs. */
static void read_expression(struct reader *reader, struct span span, struct statement *statement)
{
    struct diagnostic diagnostic = {0};
    struct value value;
    statement->expression = expression_parse(reader->text, span, &diagnostic);
    if (statement->expression == NULL) {
        reader_report(reader, &diagnostic);
    } else if (expression_constant(statement->expression)) {
        if (expression_evaluate(statement->expression, NULL, &value, &diagnostic))
            value_release(&value);
        else
            reader_report(reader, &diagnostic);
    }
}

/* The size in bytes of the name in `name =` (but not `name ==`), and the cursor after the `=`. 0
   if the line has another form. */
static size_t assignment_name(const struct cursor *line, struct cursor *after)
{
    size_t size = cursor_name(line);
    while (
        size > 0 &&
        (is_name_byte(cursor_peek(line, size)) || strchr(".-", cursor_peek(line, size)) != NULL) &&
        cursor_peek(line, size) != '\0') {
        struct cursor here = *line;
        here.at += size;
        if (cursor_blank(&here) > 0)
            break;
        size++;
    }
    *after = *line;
    cursor_skip(after, size);
    cursor_skip_blanks(after, false);
    if (size == 0 || cursor_peek(after, 0) != '=' || cursor_peek(after, 1) == '=')
        return 0;
    cursor_next(after);
    return size;
}

static void read_assignment(struct reader *reader, const struct cursor *line, size_t name_size,
                            struct cursor *after, struct statement *statement)
{
    struct span name = {line->at, name_size, line->line, line->column};
    statement->kind = STATEMENT_ASSIGNMENT;
    statement->name = copy_span(reader, name);
    if (statement->name == NULL)
        return;
    if (!variable_name_valid(statement->name)) {
        const struct command *set = vocabulary_command(COMMAND_SET);
        if (command_parameter(set, statement->name) != NULL)
            reader_diagnostic(reader, name, "%s is a setting; use `set %s=...`", statement->name,
                              statement->name);
        else
            reader_diagnostic(reader, name,
                              "the name of a variable consists of at most %d letters, digits and _",
                              VARIABLE_NAME_SIZE_MAX);
    }
    cursor_skip_blanks(after, true);
    read_expression(reader,
                    (struct span){after->at, after->end - after->at, after->line, after->column},
                    statement);
}

/* True for a line that begins like a value or an expression. */
static bool is_expression(const struct cursor *line)
{
    char c = cursor_peek(line, 0), next = cursor_peek(line, 1);
    size_t size = cursor_name(line);
    struct value literal;
    if (size > 0)
        return cursor_peek(line, size) == '(' ||
               (line->at + size == line->end &&
                literal_word(line->text + line->at, size, &literal));
    return (c >= '0' && c <= '9') || (c == '.' && next >= '0' && next <= '9') ||
           (c != '\0' && strchr("$([\"'+-", c) != NULL);
}

/* Reports the syntax of other languages: `$x = 5` and `train(epochs=5)`. */
static bool read_habit(struct reader *reader, const struct cursor *line)
{
    char verb[WORD_SHOWN_SIZE];
    struct cursor name = *line, after;
    if (cursor_peek(line, 0) == '$') {
        cursor_next(&name);
        size_t size = assignment_name(&name, &after);
        if (size == 0)
            return false;
        reader_diagnostic(reader, (struct span){line->at, size + 1, line->line, line->column},
                          "a variable is assigned without $: %.*s = ...",
                          size < 60 ? (int)size : 60, name.text + name.at);
        return true;
    }
    struct span span = {line->at, cursor_name(line), line->line, line->column};
    if (span.size == 0 || !vocabulary_is_verb(word_shown(verb, reader->text, span), false))
        return false;
    reader_diagnostic(reader, span,
                      "a command has no parentheses; its parameters follow after a space: `%s ...`",
                      verb);
    return true;
}

void parse_statement(struct reader *reader, const struct line *line, bool layer,
                     struct statement *statement)
{
    struct cursor cursor = line->begin, after;
    struct span topic;
    *statement = (struct statement){.kind = STATEMENT_EXPRESSION, .text = reader->text};
    statement->span = (struct span){cursor.at, cursor.end - cursor.at, cursor.line, cursor.column};
    size_t name_size = assignment_name(&cursor, &after);
    if (layer) {
        read_command(reader, &cursor, true, 0, statement);
        return;
    }
    if (find_topic(&cursor, &topic)) {
        read_page(reader, topic, statement);
    } else if (name_size > 0) {
        read_assignment(reader, &cursor, name_size, &after, statement);
    } else if (is_expression(&cursor)) {
        if (!read_habit(reader, &cursor))
            read_expression(reader, statement->span, statement);
    } else {
        read_command(reader, &cursor, false, 0, statement);
        return;
    }
    if (line->colon)
        reader_diagnostic(reader, (struct span){cursor.end, 1, cursor.line, cursor.column},
                          "unexpected ':'; only a command such as `model mine:` opens a block");
}
