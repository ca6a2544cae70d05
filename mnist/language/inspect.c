/*
 * inspect - help about the word at the cursor.
 *
 * The text is cut at the end of the word, and context.c determines the role of that position.
 */
#include "mnist/language/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/language/cell.h"
#include "mnist/language/context.h"
#include "mnist/language/functions.h"
#include "mnist/language/help.h"
#include "mnist/language/lexer.h"
#include "mnist/language/markdown.h"
#include "mnist/language/parameter.h"
#include "mnist/language/program.h"
#include "mnist/language/variables.h"

enum {
    INSPECT_SIZE_MAX = 256 * 1024,
    INSPECT_WIDTH = 76, /* columns: JupyterLab's tooltip has 78 */
    WORD_SIZE = 128,
};

/* The subject of the help. */
struct finding {
    const struct command *command;
    const struct parameter *parameter; /* shown first */
    const struct choice *choice;       /* the value at the cursor */
    const struct name *name;           /* or a live name */
    const struct function *function;
    const char *verb;                       /* without a command: all its subjects */
    char unset[VARIABLE_NAME_SIZE_MAX + 1]; /* a $name without a value; "" = none */
    bool set_here;                          /* an earlier line of the cell sets it */
};

/* The end of the word at the cursor. */
static size_t word_end(const char *text, size_t size, size_t cursor)
{
    while (cursor < size &&
           (is_name_byte(text[cursor]) || text[cursor] == '.' || text[cursor] == '-') &&
           (size - cursor < 2 || memcmp(text + cursor, "\xC2\xA0", 2) != 0))
        cursor++;
    return cursor;
}

/* The command of a verb that ends at `end`, with the subject after it, for a cursor on the verb. */
static const struct command *command_ahead(const char *text, size_t size, size_t end,
                                           const char *verb, bool layer)
{
    char subject[WORD_SIZE];
    size_t start = end;
    while (start < size && (text[start] == ' ' || text[start] == '\t'))
        start++;
    size_t stop = word_end(text, size, start);
    const struct command *command = NULL;
    if (stop > start && stop - start < sizeof subject) {
        snprintf(subject, sizeof subject, "%.*s", (int)(stop - start), text + start);
        command = vocabulary_find(verb, subject, layer);
    }
    return command != NULL ? command : vocabulary_find(verb, NULL, layer);
}

static const struct choice *find_choice(const struct parameter *parameter, const char *word)
{
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++) {
        if (strcmp(choice->word, word) == 0)
            return choice;
    }
    return NULL;
}

/* The function whose name is at the end of the word: `sqrt`, `(1+sqrt`. */
static const struct function *find_function(const char *word)
{
    size_t start = strlen(word);
    while (start > 0 && is_name_byte(word[start - 1]))
        start--;
    for (size_t i = 0; function_at(i) != NULL; i++) {
        if (strcmp(function_at(i)->name, word + start) == 0)
            return function_at(i);
    }
    return NULL;
}

static void find_value(struct finding *finding, const struct parameter *parameter, const char *word,
                       const struct live_names *names)
{
    finding->parameter = parameter;
    if (parameter_is_expression(parameter))
        finding->function = find_function(word);
    finding->choice = find_choice(parameter, word);
    if (finding->choice == NULL && names != NULL && parameter->names != NAME_NONE)
        finding->name = live_names_find(names, parameter->names, word);
}

static void find_argument(struct finding *finding, const struct context *context, const char *word,
                          const struct live_names *names)
{
    const struct command *subject =
        context->subject ? vocabulary_find(context->verb, word, context->layer) : NULL;
    const struct parameter *named =
        context->command == NULL ? NULL : command_parameter(context->command, word);
    finding->command = subject != NULL ? subject : context->command;
    finding->verb = context->verb;
    if (subject != NULL)
        return;
    if (named != NULL)
        finding->parameter = named;
    else if (context->parameter != NULL && word[0] != '\0')
        find_value(finding, context->parameter, word, names);
}

/* True if a line before the one of text[at] assigns to the variable. */
static bool set_above(const char *text, size_t at, const char *name)
{
    size_t size = at;
    while (size > 0 && text[size - 1] != '\n')
        size--;
    struct program *program = program_parse(text, size);
    bool found = false;
    for (size_t i = 0; program != NULL && !found && i < program_statement_count(program); i++) {
        const struct statement *statement = program_statement(program, i);
        found = statement_kind(statement) == STATEMENT_ASSIGNMENT &&
                strcmp(statement_name(statement), name) == 0;
    }
    program_free(&program);
    return found;
}

static void find_variable(struct finding *finding, const char *word, const struct live_names *names)
{
    bool dollar = word[0] == '$';
    word += strspn(word, "${");
    finding->name = names == NULL ? NULL : live_names_find(names, NAME_VARIABLE, word);
    if (dollar && names != NULL && finding->name == NULL && variable_name_valid(word))
        snprintf(finding->unset, sizeof finding->unset, "%s", word);
}

static void find_name(struct finding *finding, const char *word, const struct live_names *names)
{
    finding->function = find_function(word);
    if (finding->function == NULL)
        find_variable(finding, word, names);
}

static struct finding find(const char *text, size_t size, size_t end,
                           const struct live_names *names)
{
    struct finding finding = {0};
    struct context context = context_find(text, end);
    char word[WORD_SIZE] = "";
    if (context.start <= end && end - context.start < sizeof word)
        snprintf(word, sizeof word, "%.*s", (int)(end - context.start), text + context.start);
    bool layer = context.layer;
    switch (context.place) {
    case PLACE_NOTHING: break;
    case PLACE_TOPIC:
    case PLACE_VERB:
        if (context.place == PLACE_TOPIC && context.verb != NULL) {
            find_argument(&finding, &context, word, names);
            break;
        }
        layer = layer || (context.place == PLACE_TOPIC && !vocabulary_is_verb(word, false));
        finding.verb = context_verb(text, context.start, end, layer);
        if (finding.verb != NULL)
            finding.command = command_ahead(text, size, end, finding.verb, layer);
        else if (context.place == PLACE_VERB && !layer)
            finding.function =
                find_function(word); /* a line can begin with a call: `sqrt(2) * 3` */
        if (finding.command != NULL && finding.command->subject == NULL && !layer &&
            vocabulary_has_subjects(finding.verb))
            finding.command = NULL; /* the help of the verb lists its subjects as well */
        break;
    case PLACE_ARGUMENT: find_argument(&finding, &context, word, names); break;
    case PLACE_VALUE:
        finding.command = context.command;
        find_value(&finding, context.parameter, word, names);
        break;
    case PLACE_VARIABLE:
        find_variable(&finding, word, names);
        finding.set_here = finding.unset[0] != '\0' && set_above(text, end, finding.unset);
        break;
    case PLACE_EXPRESSION: find_name(&finding, word, names); break;
    }
    return finding;
}

/* Adds text and frees it. */
static void add_taken(struct string_buffer *out, char *text)
{
    if (text == NULL)
        out->failed = true;
    else
        string_buffer_add(out, text);
    free(text);
}

static char *command_help(const struct finding *finding, bool markdown)
{
    struct error ignored;
    if (finding->command == NULL)
        return markdown ? help_verb_markdown(finding->verb, INSPECT_WIDTH)
                        : help_topic(finding->verb, INSPECT_WIDTH, &ignored);
    return markdown ? help_command_markdown(finding->command, INSPECT_WIDTH)
                    : help_command(finding->command, INSPECT_WIDTH);
}

static void add_words(struct string_buffer *out, const char *words, bool markdown)
{
    if (markdown)
        markdown_add(out, words);
    else
        string_buffer_add(out, words);
}

/* Adds a word, its kind and its help: "`relu` (layer): ...". */
static void add_term(struct string_buffer *out, const char *sign, const char *word,
                     const char *kind, const char *help, bool markdown)
{
    const char *mark = markdown ? "`" : "";
    string_buffer_print(out, "%s%s%s%s%s%s%s: ", mark, sign, word, mark,
                        kind[0] != '\0' ? " (" : "", kind, kind[0] != '\0' ? ")" : "");
    add_words(out, help, markdown);
}

static void describe_unset(struct string_buffer *out, const struct finding *finding,
                           const char *mark)
{
    const char *name = finding->unset;
    if (finding->set_here)
        string_buffer_print(out, "%s$%s%s is not set yet: this cell sets it when it runs\n", mark,
                            name, mark);
    else
        string_buffer_print(out, "%s$%s%s is not set; a line such as `%s = 3` sets it\n", mark,
                            name, mark, name);
}

static void describe_word(struct string_buffer *out, const struct finding *finding, bool markdown)
{
    const struct function *function = finding->function;
    const struct choice *choice = finding->choice;
    const struct name *name = finding->name;
    if (function != NULL) {
        add_term(out, "", function->usage, "", function->help, markdown);
        string_buffer_add(out, finding->parameter != NULL ? "\n\n" : "\n");
    }
    if (choice != NULL) {
        add_term(out, "", choice->word, "", choice->help, markdown);
        string_buffer_add(out, "\n\n");
    }
    if (name != NULL) {
        add_term(out, name->kind == NAME_VARIABLE ? "$" : "", name->name,
                 name_kind_word(name->kind), name->note, markdown);
        string_buffer_add(out, "\n\n");
    }
    if (finding->unset[0] != '\0')
        describe_unset(out, finding, markdown ? "`" : "");
}

static char *describe(const struct finding *finding, int detail, bool markdown)
{
    struct string_buffer out;
    string_buffer_init(&out, INSPECT_SIZE_MAX);
    describe_word(&out, finding, markdown);
    if (finding->parameter != NULL)
        add_taken(&out, markdown ? help_parameter_markdown(finding->parameter)
                                 : help_parameter(finding->parameter, INSPECT_WIDTH));
    bool about_command = finding->command != NULL || finding->verb != NULL;
    if (about_command && finding->parameter != NULL) {
        string_buffer_add(&out, "\n");
        if (detail == 0 && finding->command != NULL) {
            add_taken(&out, markdown ? help_usage_markdown(finding->command, INSPECT_WIDTH)
                                     : help_usage(finding->command, INSPECT_WIDTH));
            about_command = false;
        }
    }
    if (about_command)
        add_taken(&out, command_help(finding, markdown));
    return string_buffer_take(&out);
}

bool inspect(const char *text, size_t size, size_t cursor, int detail,
             const struct live_names *names, struct inspection *inspection)
{
    *inspection = (struct inspection){0};
    if (size > CELL_SIZE_MAX)
        return false;
    size_t end = word_end(text, size, utf8_offset(text, size, cursor));
    struct finding finding = find(text, size, end, names);
    if (finding.command == NULL && finding.verb == NULL && finding.name == NULL &&
        finding.function == NULL && finding.unset[0] == '\0')
        return false;
    inspection->plain = describe(&finding, detail, false);
    inspection->markdown = describe(&finding, detail, true);
    if (inspection->plain != NULL && inspection->markdown != NULL)
        return true;
    inspection_release(inspection);
    return false;
}

void inspection_release(struct inspection *inspection)
{
    free(inspection->plain);
    free(inspection->markdown);
    *inspection = (struct inspection){0};
}
