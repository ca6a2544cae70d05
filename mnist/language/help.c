/*
 * help - help texts in plain text, generated from the vocabulary.
 */
#include "mnist/language/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/base/utf8.h"
#include "mnist/language/parameter.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/topic.h"

enum { LEFT_WIDTH = 22, INDENT = 2 };

/* A help text under construction. */
struct help_page {
    struct string_buffer text;
    size_t width; /* columns */
};

static struct help_page page_begin(size_t width)
{
    struct help_page page = {.width = width > 0 ? width : HELP_WIDTH};
    string_buffer_init(&page.text, HELP_SIZE_MAX);
    return page;
}

/* Adds words with line breaks at the page's width. `column` is the current column; later lines
   begin at `indent`. */
static void add_wrapped(struct help_page *page, const char *words, size_t column, size_t indent)
{
    struct string_buffer *out = &page->text;
    bool first = true;
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        size_t width = utf8_text_width(words, size);
        if (!first && column + 1 + width > page->width) {
            string_buffer_add(out, "\n");
            string_buffer_repeat(out, ' ', indent);
            column = indent;
        } else if (!first) {
            string_buffer_add(out, " ");
            column++;
        }
        string_buffer_add_bytes(out, words, size);
        column += width;
        words += size;
        words += strspn(words, " ");
        first = false;
    }
    string_buffer_add(out, "\n");
}

/* Adds a row: a word in the left column, text in the right one. */
static void add_row(struct help_page *page, size_t indent, const char *left, size_t left_width,
                    const char *right)
{
    struct string_buffer *out = &page->text;
    size_t width = strlen(left);
    string_buffer_repeat(out, ' ', indent);
    string_buffer_add(out, left);
    if (width + 1 >= left_width) {
        string_buffer_add(out, "\n");
        string_buffer_repeat(out, ' ', indent);
        width = 0;
    }
    string_buffer_repeat(out, ' ', left_width - width);
    add_wrapped(page, right, indent + left_width, indent + left_width);
}

/* Adds text with each line indented. */
static void add_indented(struct string_buffer *out, const char *lines, size_t indent)
{
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n");
        string_buffer_repeat(out, ' ', indent);
        string_buffer_add_bytes(out, lines, size);
        string_buffer_add(out, "\n");
        lines += size + (lines[size] == '\n');
    }
}

/* ---- usage ---- */

static void upper(char *to, size_t size, const char *from)
{
    size_t i = 0;
    for (; from[i] != '\0' && i + 1 < size; i++)
        to[i] = (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] - 'a' + 'A' : from[i]);
    to[i] = '\0';
}

/* The placeholder of a value in the usage: N, NUMBER, a|b|c. */
static void value_word(char *text, size_t size, const struct parameter *parameter)
{
    size_t used = 0;
    switch (parameter->kind) {
    case PARAMETER_INTEGER: snprintf(text, size, "N"); return;
    case PARAMETER_SIZE: snprintf(text, size, "ROWSxCOLUMNS"); return;
    case PARAMETER_CHOICE: break;
    default:
        upper(text, size,
              parameter->kind == PARAMETER_NUMBER ? "number"
              : parameter->kind == PARAMETER_PATH ? "path"
                                                  : "name");
        return;
    }
    if (parameter->choices == NULL)
        snprintf(text, size, "NAME");
    for (const struct choice *choice = parameter->choices;
         choice != NULL && choice->word != NULL && used < size; choice++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : "|", choice->word);
}

/* One parameter in the usage: `epochs=5`, `INDEX`, `[resume]`. */
static void usage_word(char *text, size_t size, const struct parameter *parameter)
{
    char word[128];
    value_word(word, sizeof word, parameter);
    if (parameter->kind == PARAMETER_BOOLEAN)
        snprintf(text, size, "[%s]", parameter->name);
    else if (!parameter->positional)
        snprintf(text, size, parameter->required ? "%s=%s" : "[%s=%s]", parameter->name,
                 parameter->fallback != NULL ? parameter->fallback : word);
    else {
        if (parameter->kind != PARAMETER_CHOICE)
            upper(word, sizeof word, parameter->name);
        snprintf(text, size, parameter->required ? "%s%s" : "[%s%s]", word,
                 parameter->repeats ? " ..." : "");
    }
}

/* Positional parameters of plugins are shown with their names. */
static void add_usage(struct help_page *page, const struct command *command)
{
    struct string_buffer *out = &page->text;
    char title[COMMAND_TITLE_SIZE], word[160];
    struct string_buffer words;
    string_buffer_init(&words, HELP_SIZE_MAX);
    command_title(title, command);
    string_buffer_add(&words, title);
    for (size_t i = 0; i < command->parameter_count; i++) {
        struct parameter shown = command->parameters[i];
        shown.positional = shown.positional && command->id < VOCABULARY_COUNT;
        usage_word(word, sizeof word, &shown);
        string_buffer_print(&words, " %s", word);
    }
    if (command->traits & COMMAND_WRAPS)
        string_buffer_add(&words, " COMMAND");
    if (command->traits & COMMAND_BLOCK)
        string_buffer_add(&words, "[: and a block of layers]");
    char *line = string_buffer_take(&words);
    if (line == NULL)
        out->failed = true;
    else
        add_wrapped(page, line, 0, strlen(title) + 1);
    free(line);
}

char *help_usage(const struct command *command, size_t width)
{
    struct help_page page = page_begin(width);
    add_usage(&page, command);
    return string_buffer_take(&page.text);
}

/* ---- parameters ---- */

/* "an integer from 1 to 10000; default: 5" */
static void add_values(struct string_buffer *out, const struct parameter *parameter)
{
    char wants[PARAMETER_EXPECTED_SIZE];
    if (parameter->kind != PARAMETER_BOOLEAN)
        string_buffer_print(out, "%s; ", parameter_expected(wants, parameter));
    if (parameter->required)
        string_buffer_add(out, "required");
    else if (parameter->fallback != NULL)
        string_buffer_print(out, "default: %s", parameter->fallback);
    else
        string_buffer_print(out, "default: %s",
                            parameter->otherwise == NULL ? "nothing" : parameter->otherwise);
}

static void add_parameter(struct help_page *page, const struct parameter *parameter,
                          size_t left_width)
{
    struct string_buffer *out = &page->text;
    struct string_buffer values;
    string_buffer_init(&values, HELP_SIZE_MAX);
    bool explained = parameter->help[0] != '\0'; /* a plugin's parameter may have no help */
    if (explained)
        add_row(page, INDENT, parameter->name, left_width, parameter->help);
    add_values(&values, parameter);
    char *line = string_buffer_take(&values);
    if (line == NULL)
        out->failed = true;
    else
        add_row(page, INDENT, explained ? "" : parameter->name, left_width, line);
    free(line);
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++)
        add_row(page, INDENT + left_width + INDENT, choice->word, 12, choice->help);
    const char *word;
    for (size_t i = 0; (word = plugin_words_at(parameter->names, i)) != NULL; i++)
        add_row(page, INDENT + left_width + INDENT, word, 12,
                plugin_words_find(parameter->names, word));
}

static size_t left_width(const struct command *command)
{
    size_t width = 0;
    for (size_t i = 0; i < command->parameter_count; i++) {
        size_t size = strlen(command->parameters[i].name);
        width = size > width ? size : width;
    }
    return width + 3;
}

char *help_parameter(const struct parameter *parameter, size_t width)
{
    struct help_page page = page_begin(width);
    add_parameter(&page, parameter, strlen(parameter->name) + 3);
    return string_buffer_take(&page.text);
}

/* ---- commands ---- */

static void add_command(struct help_page *page, const struct command *command)
{
    struct string_buffer *out = &page->text;
    add_usage(page, command);
    string_buffer_add(out, "\n");
    add_wrapped(page, command->summary, 0, 0);
    if (command->details != NULL) {
        string_buffer_add(out, "\n");
        add_wrapped(page, command->details, 0, 0);
    }
    if (command->parameter_count > 0)
        string_buffer_add(out, "\n");
    for (size_t i = 0; i < command->parameter_count; i++)
        add_parameter(page, &command->parameters[i], left_width(command));
    string_buffer_add(out, "\nExample:\n");
    add_indented(out, command->example, 4);
}

char *help_command(const struct command *command, size_t width)
{
    struct help_page page = page_begin(width);
    add_command(&page, command);
    return string_buffer_take(&page.text);
}

/* ---- topics ---- */

static void add_title_row(struct help_page *page, const struct command *command)
{
    char title[COMMAND_TITLE_SIZE];
    command_title(title, command);
    add_row(page, INDENT, title, LEFT_WIDTH, command->summary);
}

static void add_family(struct help_page *page, const struct family *family)
{
    string_buffer_print(&page->text, "%s\n", family->title);
    for (size_t i = 0; i < family->count; i++)
        add_title_row(page, &family->commands[i]);
}

static char *overview(size_t width)
{
    struct help_page page = page_begin(width);
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        string_buffer_add(&page.text, f == 0 ? "" : "\n");
        add_family(&page, vocabulary_family(f));
    }
    string_buffer_add(&page.text, "\n");
    add_wrapped(
        &page,
        "`help train` or `train?` explains a command. `rate = 0.01` sets a variable, `$rate` is "
        "its value, and \"rate $rate\" inserts it into a string. A line such as `6 * 7` or "
        "`$accuracy * 100` prints its value. Operators: + - * / % ^. Functions: sqrt, abs, "
        "round, min, max, len, float. `#` begins a comment. A line that ends in `\\` continues "
        "on the next line.",
        0, 0);
    return string_buffer_take(&page.text);
}

/* Adds all commands of a verb: the one without a subject in full, then one line for each other. */
static void add_verb(struct help_page *page, const struct topic *topic)
{
    struct string_buffer *out = &page->text;
    const struct command *plain = vocabulary_find(topic->verb, NULL, topic->layer);
    if (plain != NULL) {
        add_command(page, plain);
        string_buffer_add(out, "\nMore commands, each with its own help:\n");
    }
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (command->subject != NULL && strcmp(command->verb, topic->verb) == 0)
            add_title_row(page, command);
    }
}

char *help_topic(const char *text, size_t width, struct error *error)
{
    struct topic topic;
    char *own = plugin_words_help(text);
    if (own != NULL || !topic_find(text, &topic, error))
        return own;
    if (topic.verb == NULL && topic.family == NULL)
        return overview(width);
    struct help_page page = page_begin(width);
    if (topic.family != NULL)
        add_family(&page, topic.family);
    else if (topic.parameter != NULL)
        add_parameter(&page, topic.parameter, strlen(topic.parameter->name) + 3);
    else if (topic.command != NULL)
        add_command(&page, topic.command);
    else
        add_verb(&page, &topic);
    char *help = string_buffer_take(&page.text);
    if (help == NULL)
        error_memory(error, "the help", HELP_SIZE_MAX);
    return help;
}
