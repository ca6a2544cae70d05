/*
 * help - the vocabulary told in words.
 *
 * Everything is made from the tables: nothing is said here that a table could say.
 */
#include "mnist/language/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/markdown.h"
#include "mnist/language/parameter.h"
#include "mnist/language/registered.h"
#include "mnist/language/text.h"
#include "mnist/language/topic.h"
#include "mnist/utf8.h"

enum { HELP_SIZE_MAX = 1024 * 1024, LEFT_WIDTH = 22, INDENT = 2 };

/* A help while it is written. */
struct page {
    struct text text;
    size_t width; /* columns */
};

static struct page page_begin(size_t width)
{
    struct page page = {.width = width > 0 ? width : HELP_WIDTH};
    text_init(&page.text, HELP_SIZE_MAX);
    return page;
}

/* Adds words, broken into lines of the page's width; `column` is where the line stands, later lines begin at `indent`. */
static void add_wrapped(struct page *page, const char *words, size_t column, size_t indent)
{
    struct text *out = &page->text;
    bool first = true;
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        size_t width = utf8_text_width(words, size);
        if (!first && column + 1 + width > page->width) {
            text_add(out, "\n");
            text_repeat(out, ' ', indent);
            column = indent;
        } else if (!first) {
            text_add(out, " ");
            column++;
        }
        text_add_bytes(out, words, size);
        column += width;
        words += size;
        words += strspn(words, " ");
        first = false;
    }
    text_add(out, "\n");
}

/* A left column, then words in the right one. */
static void add_row(struct page *page, size_t indent, const char *left, size_t left_width,
                    const char *right)
{
    struct text *out = &page->text;
    size_t width = strlen(left);
    text_repeat(out, ' ', indent);
    text_add(out, left);
    if (width + 1 >= left_width) {
        text_add(out, "\n");
        text_repeat(out, ' ', indent);
        width = 0;
    }
    text_repeat(out, ' ', left_width - width);
    add_wrapped(page, right, indent + left_width, indent + left_width);
}

/* Text with its lines indented. */
static void add_indented(struct text *out, const char *lines, size_t indent)
{
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n");
        text_repeat(out, ' ', indent);
        text_add_bytes(out, lines, size);
        text_add(out, "\n");
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

/* What stands for a value in the usage: N, NUMBER, a|b|c. */
static void value_word(char *text, size_t size, const struct parameter *parameter)
{
    size_t used = 0;
    switch (parameter->kind) {
    case PARAMETER_WHOLE: snprintf(text, size, "N"); return;
    case PARAMETER_SIZE: snprintf(text, size, "HxW"); return;
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
    if (parameter->kind == PARAMETER_FLAG)
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

/* What cells of C have registered is shown with its names, which nobody knows by heart. */
static void add_usage(struct page *page, const struct command *command)
{
    struct text *out = &page->text;
    char title[COMMAND_TITLE_SIZE], word[160];
    struct text words;
    text_init(&words, HELP_SIZE_MAX);
    command_title(title, command);
    text_add(&words, title);
    for (size_t i = 0; i < command->parameter_count; i++) {
        struct parameter shown = command->parameters[i];
        shown.positional = shown.positional && command->id < VOCABULARY_COUNT;
        usage_word(word, sizeof word, &shown);
        text_print(&words, " %s", word);
    }
    if (command->traits & COMMAND_WRAPS)
        text_add(&words, " COMMAND");
    if (command->traits & COMMAND_BLOCK)
        text_add(&words, "[: and a block of layers]");
    char *line = text_take(&words);
    if (line == NULL)
        out->failed = true;
    else
        add_wrapped(page, line, 0, strlen(title) + 1);
    free(line);
}

char *help_usage(const struct command *command, size_t width)
{
    struct page page = page_begin(width);
    add_usage(&page, command);
    return text_take(&page.text);
}

/* ---- parameters ---- */

/* "A whole number from 1 to 10000; 5 if not given." */
static void add_values(struct text *out, const struct parameter *parameter)
{
    char wants[PARAMETER_WANTS_SIZE];
    if (parameter->kind != PARAMETER_FLAG)
        text_print(out, "%s; ", parameter_wants(wants, parameter));
    if (parameter->required)
        text_add(out, "must be given");
    else if (parameter->fallback != NULL)
        text_print(out, "%s when left out", parameter->fallback);
    else
        text_print(out, "when left out: %s",
                   parameter->otherwise == NULL ? "nothing" : parameter->otherwise);
}

static void add_parameter(struct page *page, const struct parameter *parameter, size_t left_width)
{
    struct text *out = &page->text;
    struct text values;
    text_init(&values, HELP_SIZE_MAX);
    bool explained = parameter->help[0] != '\0'; /* a registered word's may not be */
    if (explained)
        add_row(page, INDENT, parameter->name, left_width, parameter->help);
    add_values(&values, parameter);
    char *line = text_take(&values);
    if (line == NULL)
        out->failed = true;
    else
        add_row(page, INDENT, explained ? "" : parameter->name, left_width, line);
    free(line);
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++)
        add_row(page, INDENT + left_width + INDENT, choice->word, 12, choice->help);
    const char *word;
    for (size_t i = 0; (word = registered_at(parameter->names, i)) != NULL; i++)
        add_row(page, INDENT + left_width + INDENT, word, 12,
                registered_find(parameter->names, word));
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
    struct page page = page_begin(width);
    add_parameter(&page, parameter, strlen(parameter->name) + 3);
    return text_take(&page.text);
}

/* ---- commands ---- */

static void add_command(struct page *page, const struct command *command)
{
    struct text *out = &page->text;
    add_usage(page, command);
    text_add(out, "\n");
    add_wrapped(page, command->summary, 0, 0);
    if (command->details != NULL) {
        text_add(out, "\n");
        add_wrapped(page, command->details, 0, 0);
    }
    if (command->parameter_count > 0)
        text_add(out, "\n");
    for (size_t i = 0; i < command->parameter_count; i++)
        add_parameter(page, &command->parameters[i], left_width(command));
    text_add(out, "\nExample:\n");
    add_indented(out, command->example, 4);
}

char *help_command(const struct command *command, size_t width)
{
    struct page page = page_begin(width);
    add_command(&page, command);
    return text_take(&page.text);
}

/* Text in a cell of a Markdown table: `|` escaped, line ends as spaces. */
static void add_cell(struct text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            text_add(out, "\\|");
        else
            text_add_bytes(out, *text == '\n' ? " " : text, 1);
    }
}

static void add_parameter_row(struct text *out, const struct parameter *parameter)
{
    char wants[PARAMETER_WANTS_SIZE];
    text_print(out, "| `%s` | ", parameter->name);
    markdown_add_cell(out, parameter->kind == PARAMETER_FLAG ? "stands alone"
                                                             : parameter_wants(wants, parameter));
    text_add(out, " | ");
    if (parameter->fallback != NULL && strpbrk(parameter->fallback, "`|") == NULL)
        text_print(out, "`%s`", parameter->fallback);
    else if (parameter->fallback != NULL)
        markdown_add_cell(out, parameter->fallback);
    else
        markdown_add_cell(out, parameter->required            ? "must be given"
                               : parameter->otherwise == NULL ? ""
                                                              : parameter->otherwise);
    text_add(out, " | ");
    markdown_add_cell(out, parameter->help);
    text_add(out, " |\n");
}

static void add_parameters(struct text *out, const struct parameter *parameters, size_t count)
{
    if (count > 0)
        text_add(out, "| parameter | values | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        add_parameter_row(out, &parameters[i]);
}

static void add_word_row(struct text *out, const char *word, const char *help)
{
    text_print(out, "| `%s` | ", word);
    markdown_add_cell(out, help);
    text_add(out, " |\n");
}

char *help_parameter_markdown(const struct parameter *parameter)
{
    struct text out;
    text_init(&out, HELP_SIZE_MAX);
    add_parameters(&out, parameter, 1);
    const char *head = "\n| value | meaning |\n|---|---|\n", *word;
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++, head = "") {
        text_add(&out, head);
        add_word_row(&out, choice->word, choice->help);
    }
    for (size_t i = 0; (word = registered_at(parameter->names, i)) != NULL; i++, head = "") {
        text_add(&out, head);
        add_word_row(&out, word, registered_find(parameter->names, word));
    }
    return text_take(&out);
}

char *help_usage_markdown(const struct command *command, size_t width)
{
    struct text out;
    text_init(&out, HELP_SIZE_MAX);
    char *usage = help_usage(command, width);
    if (usage == NULL)
        return NULL;
    text_add_fenced(&out, NULL, usage);
    free(usage);
    return text_take(&out);
}

static void add_command_markdown(struct text *out, const struct command *command, size_t width)
{
    char *usage = help_usage(command, width);
    if (usage == NULL) {
        out->failed = true;
        return;
    }
    text_add_fenced(out, NULL, usage);
    free(usage);
    text_add(out, "\n**");
    markdown_add(out, command->summary);
    text_add(out, ".**\n\n");
    if (command->details != NULL) {
        markdown_add(out, command->details);
        text_add(out, "\n\n");
    }
    add_parameters(out, command->parameters, command->parameter_count);
    text_add(out, "\nExample:\n\n");
    text_add_fenced(out, NULL, command->example);
}

char *help_command_markdown(const struct command *command, size_t width)
{
    struct text out;
    text_init(&out, HELP_SIZE_MAX);
    add_command_markdown(&out, command, width);
    return text_take(&out);
}

char *help_verb_markdown(const char *verb, size_t width)
{
    struct text out;
    text_init(&out, HELP_SIZE_MAX);
    const struct command *plain = vocabulary_find(verb, NULL, false);
    if (plain != NULL)
        add_command_markdown(&out, plain, width);
    text_add(&out, plain != NULL ? "\nMore, each with a help of its own:\n\n" : "");
    text_add(&out, "| command | what it does |\n|---|---|\n");
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        char title[COMMAND_TITLE_SIZE];
        command_title(title, command);
        if (command->subject != NULL && strcmp(command->verb, verb) == 0)
            add_word_row(&out, title, command->summary);
    }
    return text_take(&out);
}

/* ---- topics ---- */

static void add_title_row(struct page *page, const struct command *command)
{
    char title[COMMAND_TITLE_SIZE];
    command_title(title, command);
    add_row(page, INDENT, title, LEFT_WIDTH, command->summary);
}

static char *overview(size_t width)
{
    struct page page = page_begin(width);
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        const struct family *family = vocabulary_family(f);
        text_print(&page.text, "%s%s\n", f == 0 ? "" : "\n", family->title);
        for (size_t i = 0; i < family->count; i++)
            add_title_row(&page, &family->commands[i]);
    }
    text_add(&page.text, "\n");
    add_wrapped(
        &page,
        "`help train` or `train?` explains a command. Values: `rate = 0.01` sets a variable, `$rate` uses it, "
        "\"rate $rate\" puts it into a text. A line such as `6 * 7` or `$accuracy * 100` shows its value; there "
        "are + - * / % ^, sqrt, abs, round, min, max, len and float. `#` begins a comment; a line that ends in `\\` goes "
        "on below.",
        0, 0);
    return text_take(&page.text);
}

char *help_overview(void)
{
    return overview(HELP_WIDTH);
}

/* A verb of several commands: each in a line, the one without subject in full first. */
static void add_verb(struct page *page, const struct topic *topic)
{
    struct text *out = &page->text;
    const struct command *plain = vocabulary_find(topic->verb, NULL, topic->layer);
    if (plain != NULL) {
        add_command(page, plain);
        text_add(out, "\nMore, each with a help of its own:\n");
    }
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (command->subject != NULL && strcmp(command->verb, topic->verb) == 0)
            add_title_row(page, command);
    }
}

char *help_topic_within(const char *text, size_t width, struct error *error)
{
    struct topic topic;
    char *own = registered_help(text);
    if (own != NULL || !topic_find(text, &topic, error))
        return own;
    if (topic.verb == NULL)
        return overview(width);
    struct page page = page_begin(width);
    if (topic.parameter != NULL)
        add_parameter(&page, topic.parameter, strlen(topic.parameter->name) + 3);
    else if (topic.command != NULL)
        add_command(&page, topic.command);
    else
        add_verb(&page, &topic);
    char *help = text_take(&page.text);
    if (help == NULL)
        error_memory(error, "the help", HELP_SIZE_MAX);
    return help;
}

char *help_topic(const char *text, struct error *error)
{
    return help_topic_within(text, HELP_WIDTH, error);
}

char *help_table_markdown(void)
{
    struct text out;
    text_init(&out, HELP_SIZE_MAX);
    text_add(&out, "| command | what it does |\n|---|---|\n");
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        const struct family *family = vocabulary_family(f);
        text_print(&out, "| **%s** | |\n", family->title);
        for (size_t i = 0; i < family->count; i++) {
            char title[COMMAND_TITLE_SIZE];
            command_title(title, &family->commands[i]);
            text_print(&out, "| `%s` | ", title);
            add_cell(&out, family->commands[i].summary);
            text_add(&out, " |\n");
        }
    }
    return text_take(&out);
}
