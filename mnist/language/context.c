/*
 * context - reads the words of the last logical line.
 */
#include "mnist/language/context.h"

#include <string.h>

#include "mnist/language/lexer.h"

/* A cursor over the last line of the text, which may be empty. *layer: the line is in a block. */
static struct cursor last_line(const char *text, size_t size, bool *layer)
{
    struct cursor cursor = cursor_begin(text, size), begin = cursor;
    struct line line;
    bool block = false;
    size_t indent = 0;
    while (line_read(&cursor, &line)) {
        begin = line.begin;
        indent = line.indent_size;
        bool last = cursor_done(&cursor) && (line.state != LINE_WHOLE || text[size - 1] != '\n');
        if (last)
            break;
        if (!line.blank)
            block = line.indent_size == 0 ? line.colon : block;
        begin = cursor;
        indent = 0;
    }
    begin.end = size;
    *layer = block && indent > 0;
    return begin;
}

/* The quote that is open at the end of a word; NUL = none. */
static char open_quote(struct cursor word)
{
    while (!cursor_done(&word)) {
        char c = cursor_peek(&word, 0);
        if (c != '"' && c != '\'')
            cursor_next(&word);
        else if (!cursor_skip_quoted(&word))
            return c;
    }
    return '\0';
}

/* Finds `$na` or `${na` at the end. *start: the position of the $. */
static bool find_variable(const struct cursor *from, size_t *start)
{
    size_t at = from->end;
    while (at > from->at && is_name_byte(from->text[at - 1]))
        at--;
    if (at > from->at + 1 && from->text[at - 1] == '{')
        at--;
    if (at <= from->at || from->text[at - 1] != '$')
        return false;
    if (at - 1 > from->at && from->text[at - 2] == '\\')
        return false;
    *start = at - 1;
    return true;
}

const char *context_verb(const char *text, size_t start, size_t end, bool layer)
{
    const struct command *command;
    for (size_t i = 0; (command = vocabulary_at(i)) != NULL; i++) {
        if (command_is_layer(command) == layer && strlen(command->verb) == end - start &&
            memcmp(command->verb, text + start, end - start) == 0)
            return command->verb;
    }
    return NULL;
}

/* Reads the next word. False if it is the last one, which the cursor position is in. A comment is
   one word. */
static bool whole_word(struct cursor *cursor, struct cursor *begin)
{
    cursor_skip_blanks(cursor, false);
    while (cursor_peek(cursor, 0) == '\n') {
        cursor_next(cursor);
        cursor_skip_blanks(cursor, false);
    }
    *begin = *cursor;
    if (cursor_at_comment(cursor))
        cursor_skip(cursor, cursor->end - cursor->at);
    else
        cursor_skip_word(cursor);
    return !cursor_done(cursor);
}

static const struct parameter *next_positional(const struct context *context)
{
    const struct command *command = context->command;
    for (size_t i = 0; command != NULL && i < command->parameter_count; i++) {
        const struct parameter *parameter = &command->parameters[i];
        if (parameter->positional && parameter->kind != PARAMETER_BOOLEAN &&
            (parameter->repeats || !context->given[i]))
            return parameter;
    }
    return NULL;
}

/* The parameter with the name text[start..end-1]; NULL if there is none. */
static const struct parameter *parameter_named(const struct command *command, const char *text,
                                               size_t start, size_t end)
{
    for (size_t i = 0; command != NULL && i < command->parameter_count; i++) {
        const char *name = command->parameters[i].name;
        if (strlen(name) == end - start && memcmp(name, text + start, end - start) == 0)
            return &command->parameters[i];
    }
    return NULL;
}

/* Marks the parameter that an earlier word of the line gives. */
static void note_given(struct context *context, const struct cursor *begin, size_t end)
{
    const char *sign = memchr(begin->text + begin->at, '=', end - begin->at);
    size_t name_end = sign == NULL ? end : (size_t)(sign - begin->text);
    const struct parameter *parameter =
        parameter_named(context->command, begin->text, begin->at, name_end);
    if (sign == NULL && (parameter == NULL || parameter->kind != PARAMETER_BOOLEAN))
        parameter = next_positional(context);
    if (parameter != NULL)
        context->given[parameter - context->command->parameters] = true;
}

/* Reads the words after the verb. */
static void find_argument(struct context *context, struct cursor cursor)
{
    struct cursor begin;
    bool first = true;
    context->place = PLACE_ARGUMENT;
    context->command = vocabulary_find(context->verb, NULL, context->layer);
    for (; whole_word(&cursor, &begin); first = false) {
        char subject[WORD_SHOWN_SIZE];
        const struct command *command = vocabulary_find(
            context->verb, word_shown(subject, cursor.text, cursor_span(&begin, &cursor)),
            context->layer);
        if (first && command != NULL)
            context->command = command;
        else
            note_given(context, &begin, cursor.at);
    }
    context->subject = first && !context->layer && vocabulary_has_subjects(context->verb);
    context->start = begin.at;
    context->quote = open_quote(begin);
    context->parameter = next_positional(context);
    size_t name = cursor_name(&begin);
    while (name > 0 &&
           (is_name_byte(cursor_peek(&begin, name)) || cursor_peek(&begin, name) == '.'))
        name++;
    if (name > 0 && cursor_peek(&begin, name) == '=') {
        context->parameter =
            parameter_named(context->command, begin.text, begin.at, begin.at + name);
        context->place = context->parameter == NULL ? PLACE_NOTHING : PLACE_VALUE;
        context->start = begin.at + name + 1;
    } else if (context->command == NULL && !context->subject) {
        context->place = PLACE_NOTHING;
    }
    if (cursor_at_comment(&begin))
        context->place = PLACE_NOTHING;
}

/* Reads the words after `help` or `?`: a verb, then a subject. */
static void find_topic(struct context *context, struct cursor cursor)
{
    struct cursor begin;
    context->place = PLACE_TOPIC;
    context->verb = NULL;
    while (whole_word(&cursor, &begin)) {
        if (context->verb != NULL)
            context->place = PLACE_NOTHING;
        context->verb = context_verb(begin.text, begin.at, cursor.at, false);
        if (context->verb == NULL)
            context->place = PLACE_NOTHING;
    }
    context->subject = context->verb != NULL;
    context->start = begin.at;
    if (cursor_at_comment(&begin))
        context->place = PLACE_NOTHING;
}

/* Finds the name at the end of an expression. */
static void find_expression(struct context *context, const struct cursor *line)
{
    size_t start = line->end;
    struct cursor cursor = *line;
    context->quote = open_quote(cursor);
    while (start > line->at && is_name_byte(line->text[start - 1]))
        start--;
    bool number = start < line->end && line->text[start] >= '0' && line->text[start] <= '9';
    context->place = context->quote != '\0' || number ? PLACE_NOTHING : PLACE_EXPRESSION;
    context->start = start;
}

/* True for `name = ...` and for a line that begins like a value. */
static bool is_expression_line(const struct cursor *line)
{
    struct cursor cursor = *line;
    cursor_skip(&cursor, cursor_name(&cursor));
    bool name = cursor.at > line->at;
    char next = cursor_peek(&cursor, 0);
    cursor_skip_blanks(&cursor, false);
    if (name)
        return next == '(' || cursor_peek(&cursor, 0) == '=';
    char first = cursor_peek(line, 0);
    return first != '\0' && strchr("0123456789$([\"'+-.", first) != NULL;
}

struct context context_find(const char *text, size_t size)
{
    struct context context = {.place = PLACE_NOTHING, .start = size};
    struct cursor line = last_line(text, size, &context.layer), begin;
    if (cursor_at_comment(&line))
        return context;
    if (cursor_peek(&line, 0) == '?' && !context.layer) {
        while (cursor_peek(&line, 0) == '?')
            cursor_next(&line);
        find_topic(&context, line);
        return context;
    }
    if (!context.layer && is_expression_line(&line)) {
        find_expression(&context, &line);
    } else {
        context.place = PLACE_VERB;
        struct cursor cursor = line;
        const struct command *command = NULL;
        while (whole_word(&cursor, &begin)) {
            context.verb = context_verb(text, begin.at, cursor.at, context.layer);
            command =
                context.verb == NULL ? NULL : vocabulary_find(context.verb, NULL, context.layer);
            if (context.verb == NULL || command == NULL || !(command->traits & COMMAND_WRAPS))
                break;
            context.verb = NULL;
        }
        context.start = begin.at;
        if (cursor_at_comment(&begin) || (!cursor_done(&cursor) && context.verb == NULL))
            context.place = PLACE_NOTHING;
        else if (!cursor_done(&cursor) && command != NULL && command->id == COMMAND_HELP)
            find_topic(&context, cursor);
        else if (!cursor_done(&cursor))
            find_argument(&context, cursor);
    }
    size_t variable;
    if (context.quote != '\'' && find_variable(&line, &variable) &&
        (context.place != PLACE_NOTHING || context.quote == '"')) {
        context.place = PLACE_VARIABLE;
        context.start = variable;
    }
    if (context.place == PLACE_NOTHING)
        context.start = size;
    return context;
}
