/*
 * complete - offers words of the vocabulary, live names and paths for the context at the cursor.
 *
 * The first round accepts candidates that begin with the typed text. If there are none, a second
 * round accepts similar words (matches.h).
 */
#include "mnist/language/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/language/cell.h"
#include "mnist/language/complete_layers.h"
#include "mnist/language/complete_path.h"
#include "mnist/language/context.h"
#include "mnist/language/functions.h"
#include "mnist/language/matches.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/variables.h"

/* A completion request. */
struct question {
    struct matches matches;
    struct context context;
    const struct live_names *names; /* may be NULL */
    const char *text;               /* the cell, up to the cursor at text[end] */
    size_t end;
};

static void offer_word(struct question *question, const char *word, const char *type,
                       const char *help)
{
    matches_offer(&question->matches, word, word, type, help);
}

static void offer_names(struct question *question, enum name_kind kind)
{
    if (kind == NAME_NONE || kind == NAME_TOPIC || question->names == NULL)
        return;
    for (size_t i = 0; i < question->names->count; i++) {
        const struct name *name = &question->names->items[i];
        if (name->kind == kind)
            offer_word(question, name->name, name_kind_word(kind), name->note);
    }
}

static void offer_choices(struct question *question, const struct parameter *parameter)
{
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++)
        offer_word(question, choice->word, "choice", choice->help);
}

static void offer_registered(struct question *question, enum name_kind kind)
{
    const char *word;
    for (size_t i = 0; (word = plugin_words_at(kind, i)) != NULL; i++)
        offer_word(question, word, name_kind_word(kind), plugin_words_find(kind, word));
}

/* Offers all values of a parameter. */
static void offer_values(struct question *question, const struct parameter *parameter)
{
    offer_choices(question, parameter);
    offer_names(question, parameter->names);
    if (parameter->plugins) {
        offer_registered(question, NAME_PLUGIN);
        offer_registered(question, NAME_LOSS);
    }
    if (parameter->kind == PARAMETER_BOOLEAN) {
        offer_word(question, "yes", "choice", parameter->help);
        offer_word(question, "no", "choice",
                   parameter->otherwise == NULL ? "" : parameter->otherwise);
    }
    if (parameter->kind == PARAMETER_PATH)
        complete_path(&question->matches, parameter);
    if (parameter->earlier_layers)
        complete_layers(&question->matches, question->text, question->end);
    bool number = parameter->kind == PARAMETER_INTEGER || parameter->kind == PARAMETER_NUMBER ||
                  parameter->kind == PARAMETER_SIZE || parameter->also_integer;
    if (number && parameter->fallback != NULL && question->context.place == PLACE_VALUE)
        offer_word(question, parameter->fallback, "choice", "the default");
}

static void offer_verbs(struct question *question, bool layer)
{
    const char *last = "";
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        const struct family *family = vocabulary_family(f);
        for (size_t i = 0; i < family->count; i++) {
            const struct command *command = &family->commands[i];
            bool is_layer = command_is_layer(command);
            const char *help = command->subject == NULL ? command->summary : family->title;
            if (is_layer == layer && strcmp(last, command->verb) != 0)
                offer_word(question, command->verb, layer ? "layer" : "command", help);
            if (is_layer == layer && question->matches.fuzzy &&
                command_known_as(command, question->matches.typed))
                matches_offer(&question->matches, question->matches.typed, command->verb, "layer",
                              help);
            last = command->verb;
        }
    }
}

static void offer_subjects(struct question *question)
{
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (command->subject != NULL && strcmp(command->verb, question->context.verb) == 0)
            offer_word(question, command->subject, "subject", command->summary);
    }
}

/* Offers the parameters: booleans by name, others with `=`. Positional parameters of built-in
   commands are left out, since their values are offered; those of plugins are named. */
static void offer_parameters(struct question *question)
{
    const struct command *command = question->context.command;
    for (size_t i = 0; command != NULL && i < command->parameter_count; i++) {
        const struct parameter *parameter = &command->parameters[i];
        char named[COMMAND_TITLE_SIZE];
        bool bare = parameter->positional && parameter->kind != PARAMETER_BOOLEAN;
        if (question->context.given[i] || (bare && command->id < VOCABULARY_COUNT))
            continue;
        snprintf(named, sizeof named, "%s%s", parameter->name,
                 parameter->kind == PARAMETER_BOOLEAN ? "" : "=");
        matches_offer(&question->matches, parameter->name, named, "parameter", parameter->help);
    }
}

static void offer_variables(struct question *question)
{
    bool braces = strncmp(question->matches.typed, "${", 2) == 0;
    for (size_t i = 0; question->names != NULL && i < question->names->count; i++) {
        const struct name *name = &question->names->items[i];
        char word[VARIABLE_NAME_SIZE_MAX + 8];
        if (name->kind != NAME_VARIABLE)
            continue;
        snprintf(word, sizeof word, braces ? "${%s}" : "$%s", name->name);
        offer_word(question, word, "variable", name->note);
    }
}

/* In expressions: variables, also if the `$` has not been typed, and functions. */
static void offer_expression(struct question *question)
{
    for (size_t i = 0; question->names != NULL && i < question->names->count; i++) {
        const struct name *name = &question->names->items[i];
        char word[VARIABLE_NAME_SIZE_MAX + 8];
        if (name->kind != NAME_VARIABLE)
            continue;
        snprintf(word, sizeof word, "$%s", name->name);
        matches_offer(&question->matches, name->name, word, "variable", name->note);
    }
    for (size_t i = 0; function_at(i) != NULL; i++) {
        char call[32];
        snprintf(call, sizeof call, "%s(", function_at(i)->name);
        matches_offer(&question->matches, function_at(i)->name, call, "function",
                      function_at(i)->help);
    }
}

static void offer_topics(struct question *question)
{
    if (question->context.verb != NULL) {
        offer_subjects(question);
        return;
    }
    offer_verbs(question, false);
    offer_verbs(question, true);
}

static void offer_argument(struct question *question)
{
    const struct parameter *positional = question->context.parameter;
    bool bare = question->context.quote == '\0';
    if (question->context.subject && bare)
        offer_subjects(question);
    if (positional != NULL && (bare || positional->kind == PARAMETER_PATH))
        offer_values(question, positional);
    if (bare)
        offer_parameters(question);
}

static void offer(struct question *question)
{
    switch (question->context.place) {
    case PLACE_NOTHING: break;
    case PLACE_VERB: offer_verbs(question, question->context.layer); break;
    case PLACE_ARGUMENT: offer_argument(question); break;
    case PLACE_VALUE:
        if (question->context.quote == '\0' || question->context.parameter->kind == PARAMETER_PATH)
            offer_values(question, question->context.parameter);
        break;
    case PLACE_VARIABLE: offer_variables(question); break;
    case PLACE_EXPRESSION: offer_expression(question); break;
    case PLACE_TOPIC: offer_topics(question); break;
    }
}

/* Copies the typed text without quotes and escapes. False if it is too long. */
static bool read_typed(struct question *question, const char *text, size_t end)
{
    struct matches *matches = &question->matches;
    size_t used = 0;
    char quote = question->context.quote;
    bool verbatim = question->context.place == PLACE_VARIABLE;
    for (size_t i = question->context.start; i < end; i++) {
        if (!verbatim && quote != '\0' && text[i] == quote)
            continue;
        if (!verbatim && quote == '"' && text[i] == '\\' && i + 1 < end)
            i++;
        if (text[i] == '\0' || used + 1 >= sizeof matches->typed)
            return false;
        matches->typed[used++] = text[i];
    }
    matches->typed[used] = '\0';
    return true;
}

void complete(const char *text, size_t size, size_t cursor, const struct live_names *names,
              struct completion *completion)
{
    *completion = (struct completion){0};
    size_t end = size > CELL_SIZE_MAX ? 0 : utf8_offset(text, size, cursor);
    struct question question = {
        .matches = {.completion = completion},
        .context = context_find(text, end),
        .names = names,
        .text = text,
        .end = end,
    };
    completion->end = utf8_count(text, end);
    completion->start = completion->end;
    if (question.context.start > end || !read_typed(&question, text, end))
        return;
    completion->start = utf8_count(text, question.context.start);
    offer(&question);
    if (completion->count == 0 && question.matches.typed[0] != '\0') {
        question.matches.fuzzy = true;
        offer(&question);
    }
}
