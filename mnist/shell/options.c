/*
 * options - parses `mnist [OPTION]... [COMMAND]`.
 *
 * Long options are recognised up to `--`, short ones only before the command, whose own words may
 * begin with a minus (`print -7`). Parameters of a command have no dashes; the error for --epochs=5
 * states the correct form.
 */
#include "mnist/shell/options.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/version.h"
#include "mnist/language/nearest.h"
#include "mnist/language/vocabulary.h"

enum { SHOWN = 5, LEFT_WIDTH = 28, COMMANDS_SIZE_MAX = 64 * 1024 * 1024 };

static const struct option_text texts[] = {
    {"--command", 'c', "COMMANDS", "run these commands, separated by `;` or line ends"},
    {"--format", '\0', "FORMAT",
     "how tables are written to standard output: as text (the default), json or csv; with json "
     "and csv, everything else goes to standard error"},
    {"--help", 'h', NULL, "show this help, or the help of a command: mnist train --help"},
    {"--version", 'V', NULL, "show the version"},
    {"--", '\0', NULL, "end of the options"},
    {"--generate", '\0', "man|kernel-man|bash|zsh|reference", ""},
    {"--complete", '\0', "TEXT", ""},
};

enum { OPTION_COUNT = sizeof texts / sizeof texts[0] };

enum option {
    OPTION_COMMAND,
    OPTION_FORMAT,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_END,
    OPTION_GENERATE,
    OPTION_COMPLETE,
    OPTION_NONE
};

static const struct status_text statuses[] = {
    {"0", "success"},
    {"1", "a command failed, or the output could not be written"},
    {"2", "wrong use: an unknown option, a file that cannot be read, or a syntax error in a "
          "command, in which case no command was executed"},
    {"130", "interrupted (Ctrl-C)"},
    {"141", "the reader of standard output has closed it (SIGPIPE); no message is shown"},
    {"128+N", "terminated by signal N"},
    {"", ""},
};

const struct option_text *options_at(size_t index)
{
    return index < SHOWN ? &texts[index] : NULL;
}

const struct status_text *options_status(size_t index)
{
    size_t last = sizeof statuses / sizeof statuses[0] - 1;
    return &statuses[index < last ? index : last];
}

/* ---- usage ---- */

/* Writes words in lines of at most width columns, indented by `indent`. */
static void put_wrapped(FILE *file, const char *words, size_t indent, size_t width)
{
    size_t column = indent;
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        if (column > indent && column + size > width) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        }
        fwrite(words, 1, size, file);
        column += size + 1;
        words += size;
        if (*words == ' ' && column + strcspn(words + 1, " ") <= width)
            fputc(' ', file);
        words += *words == ' ';
    }
    fputc('\n', file);
}

static void put_row(FILE *file, const char *left, const char *right, size_t width)
{
    fprintf(file, "  %-*s", LEFT_WIDTH - 2, left);
    put_wrapped(file, right, LEFT_WIDTH, width);
}

static void put_option(FILE *file, const struct option_text *option, size_t width)
{
    char left[64], letter[8] = "    ";
    if (option->letter != '\0')
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s%s%s%s", letter, option->name, option->value != NULL ? "=" : "",
             option->value != NULL ? option->value : "");
    put_row(file, left, option->help, width);
}

void options_usage(FILE *file, size_t width)
{
    fprintf(file, "MNIST Digit Classification %s: a laboratory for convolutional networks\n\n",
            MNIST_VERSION);
    fputs("usage: mnist                           a prompt, or commands from a pipe\n"
          "       mnist [OPTION...] COMMAND...    one command: mnist train epochs=5\n"
          "       mnist [OPTION...] -c COMMANDS   several: mnist -c 'load fashion; explore'\n"
          "       mnist [OPTION...] run FILE      a script or a notebook; - is stdin\n\n"
          "options:\n",
          file);
    for (size_t i = 0; options_at(i) != NULL; i++)
        put_option(file, options_at(i), width);
    fputs("\nexit status:\n", file);
    for (size_t i = 0; options_status(i)->status[0] != '\0'; i++)
        put_row(file, options_status(i)->status, options_status(i)->meaning, width);
    fputs("\n`mnist help` lists the commands, `mnist help train` explains the command train.\n",
          file);
}

/* ---- reading ---- */

/* The long option of a word, and its value after `=`, or NULL. */
static enum option find_option(const char *word, const char **value)
{
    size_t size = strcspn(word, "=");
    *value = word[size] == '=' ? word + size + 1 : NULL;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(texts[i].name) == size && memcmp(texts[i].name, word, size) == 0)
            return (enum option)i;
    return OPTION_NONE;
}

/* The short option of a word, and its value (`-ccommands`), or NULL. */
static enum option find_letter(const char *word, const char **value)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (texts[i].letter != '\0' && texts[i].letter == word[1] &&
            (word[2] == '\0' || texts[i].value != NULL)) {
            *value = word[2] != '\0' ? word + 2 : NULL;
            return (enum option)i;
        }
    return OPTION_NONE;
}

/* The parameter of the command that has the name of the option; NULL = none. */
static const struct parameter *meant_parameter(const struct options *options, const char *word)
{
    const char *verb = options->count > 0 ? options->words[0] : "";
    const char *subject = options->count > 1 ? options->words[1] : NULL;
    const struct command *command = subject != NULL ? vocabulary_find(verb, subject, false) : NULL;
    char name[64];
    if (command == NULL)
        command = vocabulary_find(verb, NULL, false);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    return command != NULL ? command_parameter(command, name) : NULL;
}

static bool unknown_option(const struct options *options, const char *word, struct error *error)
{
    const struct parameter *parameter =
        strncmp(word, "--", 2) == 0 ? meant_parameter(options, word) : NULL;
    if (parameter != NULL)
        return error_set(error, ERROR_USAGE,
                         "unknown option `%s`; parameters of a command have no dashes: `%s`", word,
                         word + 2);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    struct nearest nearest = nearest_begin(name);
    for (size_t i = 0; options_at(i) != NULL; i++)
        nearest_offer(&nearest, options_at(i)->name);
    if (nearest.best != NULL && strncmp(word, "--", 2) == 0)
        return error_set(error, ERROR_USAGE, "unknown option `%s`; did you mean `%s`?", name,
                         nearest.best);
    return error_set(error, ERROR_USAGE, "unknown option `%s`", name);
}

static bool set_format(struct options *options, const char *value, struct error *error)
{
    static const char *const words[] = {"text", "json", "csv"};
    struct nearest nearest = nearest_begin(value);
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            options->format = (enum terminal_format)i;
            return true;
        }
        nearest_offer(&nearest, words[i]);
    }
    return error_set(error, ERROR_USAGE, "--format must be text, json or csv, not `%s`%s%s%s",
                     value, nearest.best != NULL ? "; did you mean `" : "",
                     nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "`?" : "");
}

static bool add_commands(struct options *options, const char *value, struct error *error)
{
    if (options->commands.size > 0)
        string_buffer_add(&options->commands, "\n");
    string_buffer_add(&options->commands, value);
    return !options->commands.failed || error_memory(error, "the commands", strlen(value));
}

static bool set_option(struct options *options, enum option option, const char *value,
                       struct error *error)
{
    switch (option) {
    case OPTION_COMMAND: return add_commands(options, value, error);
    case OPTION_FORMAT: return set_format(options, value, error);
    case OPTION_HELP: options->action = ACTION_HELP; return true;
    case OPTION_VERSION: options->action = ACTION_VERSION; return true;
    case OPTION_GENERATE:
    case OPTION_COMPLETE:
        options->action = option == OPTION_GENERATE ? ACTION_GENERATE : ACTION_COMPLETE;
        options->text = value;
        return true;
    case OPTION_END:
    case OPTION_NONE: break;
    }
    return true;
}

/* Reads the option at argv[*index], with its value if that is the next word. */
static bool read_option(struct options *options, int argc, char **argv, int *index,
                        struct error *error)
{
    const char *word = argv[*index], *value;
    enum option option =
        strncmp(word, "--", 2) == 0 ? find_option(word, &value) : find_letter(word, &value);
    if (option == OPTION_NONE)
        return unknown_option(options, word, error);
    const struct option_text *text = &texts[option];
    if (text->value == NULL && value != NULL)
        return error_set(error, ERROR_USAGE, "%s takes no value", text->name);
    if (text->value != NULL && value == NULL) {
        if (*index + 1 >= argc)
            return error_set(error, ERROR_USAGE, "%s needs a value: %s=%s", text->name, text->name,
                             text->value);
        value = argv[++*index];
    }
    return set_option(options, option, value, error);
}

bool options_parse(struct options *options, int argc, char **argv, struct error *error)
{
    bool ended = false;
    *options = (struct options){.words = calloc((size_t)argc + 1, sizeof(char *)),
                                .commands.maximum = COMMANDS_SIZE_MAX};
    if (options->words == NULL)
        return error_memory(error, "the command line", (size_t)argc * sizeof(char *));
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool is_long = strncmp(word, "--", 2) == 0,
             is_short = word[0] == '-' && word[1] != '\0' && options->count == 0,
             is_help = strcmp(word, "-h") == 0;
        if (!ended && strcmp(word, "--") == 0)
            ended = true;
        else if (!ended && (is_long || is_short || is_help)) {
            if (!read_option(options, argc, argv, &i, error))
                return false;
        } else
            options->words[options->count++] = argv[i];
    }
    if (options->commands.bytes != NULL && options->count > 0)
        return error_set(error, ERROR_USAGE,
                         "unexpected argument `%s`: all commands of -c must be one argument, "
                         "separated by `;`",
                         options->words[0]);
    return true;
}

void options_release(struct options *options)
{
    string_buffer_release(&options->commands);
    free(options->words);
    *options = (struct options){0};
}
