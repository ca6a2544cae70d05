/*
 * help_markdown - help texts in Markdown, for tooltips and the pager of notebooks and for
 * REFERENCE.md. Only the usage has line breaks; parameters and commands are rows of tables.
 */
#include <stdlib.h>
#include <string.h>

#include "mnist/base/string_buffer.h"
#include "mnist/language/help.h"
#include "mnist/language/markdown.h"
#include "mnist/language/parameter.h"
#include "mnist/language/plugin_words.h"

/* Adds text to a cell of a Markdown table: `|` escaped, line ends as spaces. */
static void add_cell(struct string_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            string_buffer_add(out, "\\|");
        else
            string_buffer_add_bytes(out, *text == '\n' ? " " : text, 1);
    }
}

static void add_parameter_row(struct string_buffer *out, const struct parameter *parameter)
{
    char wants[PARAMETER_EXPECTED_SIZE];
    string_buffer_print(out, "| `%s` | ", parameter->name);
    markdown_add_cell(out, parameter->kind == PARAMETER_BOOLEAN
                               ? "no value"
                               : parameter_expected(wants, parameter));
    string_buffer_add(out, " | ");
    if (parameter->fallback != NULL && strpbrk(parameter->fallback, "`|") == NULL)
        string_buffer_print(out, "`%s`", parameter->fallback);
    else if (parameter->fallback != NULL)
        markdown_add_cell(out, parameter->fallback);
    else
        markdown_add_cell(out, parameter->required            ? "required"
                               : parameter->otherwise == NULL ? ""
                                                              : parameter->otherwise);
    string_buffer_add(out, " | ");
    markdown_add_cell(out, parameter->help);
    string_buffer_add(out, " |\n");
}

static void add_parameters(struct string_buffer *out, const struct parameter *parameters,
                           size_t count)
{
    if (count > 0)
        string_buffer_add(out, "| parameter | values | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        add_parameter_row(out, &parameters[i]);
}

static void add_word_row(struct string_buffer *out, const char *word, const char *help)
{
    string_buffer_print(out, "| `%s` | ", word);
    markdown_add_cell(out, help);
    string_buffer_add(out, " |\n");
}

char *help_parameter_markdown(const struct parameter *parameter)
{
    struct string_buffer out;
    string_buffer_init(&out, HELP_SIZE_MAX);
    add_parameters(&out, parameter, 1);
    const char *head = "\n| value | meaning |\n|---|---|\n", *word;
    for (const struct choice *choice = parameter->choices; choice != NULL && choice->word != NULL;
         choice++, head = "") {
        string_buffer_add(&out, head);
        add_word_row(&out, choice->word, choice->help);
    }
    for (size_t i = 0; (word = plugin_words_at(parameter->names, i)) != NULL; i++, head = "") {
        string_buffer_add(&out, head);
        add_word_row(&out, word, plugin_words_find(parameter->names, word));
    }
    return string_buffer_take(&out);
}

char *help_usage_markdown(const struct command *command, size_t width)
{
    struct string_buffer out;
    string_buffer_init(&out, HELP_SIZE_MAX);
    char *usage = help_usage(command, width);
    if (usage == NULL)
        return NULL;
    string_buffer_add_fenced(&out, NULL, usage);
    free(usage);
    return string_buffer_take(&out);
}

static void add_command_markdown(struct string_buffer *out, const struct command *command,
                                 size_t width)
{
    char *usage = help_usage(command, width);
    if (usage == NULL) {
        out->failed = true;
        return;
    }
    string_buffer_add_fenced(out, NULL, usage);
    free(usage);
    string_buffer_add(out, "\n**");
    markdown_add(out, command->summary);
    string_buffer_add(out, ".**\n\n");
    if (command->details != NULL) {
        markdown_add(out, command->details);
        string_buffer_add(out, "\n\n");
    }
    add_parameters(out, command->parameters, command->parameter_count);
    string_buffer_add(out, "\nExample:\n\n");
    string_buffer_add_fenced(out, NULL, command->example);
}

char *help_command_markdown(const struct command *command, size_t width)
{
    struct string_buffer out;
    string_buffer_init(&out, HELP_SIZE_MAX);
    add_command_markdown(&out, command, width);
    return string_buffer_take(&out);
}

char *help_verb_markdown(const char *verb, size_t width)
{
    struct string_buffer out;
    string_buffer_init(&out, HELP_SIZE_MAX);
    const struct command *plain = vocabulary_find(verb, NULL, false);
    if (plain != NULL)
        add_command_markdown(&out, plain, width);
    string_buffer_add(&out, plain != NULL ? "\nMore commands, each with its own help:\n\n" : "");
    string_buffer_add(&out, "| command | what it does |\n|---|---|\n");
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        char title[COMMAND_TITLE_SIZE];
        command_title(title, command);
        if (command->subject != NULL && strcmp(command->verb, verb) == 0)
            add_word_row(&out, title, command->summary);
    }
    return string_buffer_take(&out);
}

char *help_table_markdown(void)
{
    struct string_buffer out;
    string_buffer_init(&out, HELP_SIZE_MAX);
    string_buffer_add(&out, "| command | what it does |\n|---|---|\n");
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        const struct family *family = vocabulary_family(f);
        string_buffer_print(&out, "| **%s** | |\n", family->title);
        for (size_t i = 0; i < family->count; i++) {
            char title[COMMAND_TITLE_SIZE];
            command_title(title, &family->commands[i]);
            string_buffer_print(&out, "| `%s` | ", title);
            add_cell(&out, family->commands[i].summary);
            string_buffer_add(&out, " |\n");
        }
    }
    return string_buffer_take(&out);
}
