/*
 * plugin_entry - checks a name, reads parameters such as "times=3 name=you", and distributes the
 * comment above a function to summary, parameters and details (see plugin_words.h).
 */
#include "mnist/language/plugin_entry.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/builtin_commands.h"

bool plugin_entry_is_verb(enum name_kind kind)
{
    return kind == NAME_COMMAND || kind == NAME_PLUGIN;
}

/* Frees a word that has not been published: no command points to it. */
static void entry_free(struct plugin_entry *word)
{
    for (size_t i = 0; i < word->command.parameter_count; i++) {
        free((char *)word->parameters[i].name);
        free((char *)word->parameters[i].fallback);
        if (word->parameters[i].help != NULL && word->parameters[i].help[0] != '\0')
            free((char *)word->parameters[i].help);
    }
    free(word->parameters_text);
    free(word->help);
    free(word->summary);
    free(word->details);
    free(word->example);
    free(word);
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* A copy of a line without blanks at both ends, and without a final full stop unless `stop`. */
static char *copy_line(const char *from, size_t size, bool stop)
{
    while (size > 0 && isspace((unsigned char)*from)) {
        from++;
        size--;
    }
    while (size > 0 && isspace((unsigned char)from[size - 1]))
        size--;
    if (!stop && size > 0 && from[size - 1] == '.')
        size--;
    return strndup(from, size);
}

/* The parameter whose help is in this line: `times: how often`. NULL = none. */
static struct parameter *parameter_of_line(struct plugin_entry *word, const char *line)
{
    for (size_t i = 0; i < word->command.parameter_count; i++) {
        size_t size = strlen(word->parameters[i].name);
        if (strncmp(line, word->parameters[i].name, size) == 0 && line[size] == ':' &&
            word->parameters[i].help[0] == '\0')
            return &word->parameters[i];
    }
    return NULL;
}

/* Distributes the lines of the help to summary, parameters and details. False if memory runs out.
   */
static bool share_help(struct plugin_entry *word)
{
    const char *rest = word->help;
    size_t used = 0, size = strlen(rest) + 2;
    word->details = calloc(1, size);
    word->summary = NULL;
    while (word->details != NULL && *rest != '\0') {
        size_t length = strcspn(rest, "\n");
        char *line = copy_line(rest, length, true);
        struct parameter *parameter = line != NULL ? parameter_of_line(word, line) : NULL;
        if (parameter != NULL)
            parameter->help = copy_line(line + strlen(parameter->name) + 1,
                                        strlen(line) - strlen(parameter->name) - 1, false);
        else if (line != NULL && word->summary == NULL && line[0] != '\0')
            word->summary = copy_line(line, strlen(line), false);
        else if (line != NULL && line[0] != '\0')
            used += (size_t)snprintf(word->details + used, size - used, "%s%s", used > 0 ? " " : "",
                                     line);
        free(line);
        rest += length + (rest[length] == '\n');
    }
    if (word->summary == NULL)
        word->summary = strdup(word->kind == NAME_PLUGIN ? "A layer registered by a C cell"
                                                         : "Registered by a C cell");
    return word->details != NULL && word->summary != NULL;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool name_fits(const char *name, size_t size)
{
    if (size == 0 || size > PLUGIN_WORDS_NAME_MAX || !(isalpha((unsigned char)name[0])))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return true;
}

/* True for a finite decimal number. */
static bool is_number(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    return text[0] != '\0' && strspn(text, "0123456789+-.eE") == strlen(text) && *end == '\0' &&
           isfinite(number);
}

static bool has_parameter(const struct plugin_entry *word, const char *name, size_t size)
{
    for (size_t i = 0; i < word->command.parameter_count; i++)
        if (strlen(word->parameters[i].name) == size &&
            memcmp(word->parameters[i].name, name, size) == 0)
            return true;
    return false;
}

/* Adds a parameter such as `times=3`. */
static bool add_parameter(struct plugin_entry *word, const char *text, size_t size,
                          struct error *error)
{
    size_t name = strcspn(text, "= \t\n"), index = word->command.parameter_count;
    name = name < size ? name : size;
    bool given = name < size;
    if (!name_fits(text, name))
        return error_set(error, ERROR_USAGE,
                         "%s: invalid parameters \"%.60s\"; expected a text such as \"times=3 "
                         "name=you\"",
                         word->name, word->parameters_text);
    if (has_parameter(word, text, name))
        return error_set(error, ERROR_USAGE, "%s: duplicate parameter %.*s", word->name, (int)name,
                         text);
    if (index == PLUGIN_WORDS_PARAMETERS_MAX)
        return error_set(error, ERROR_USAGE, "%s: more than %d parameters", word->name,
                         PLUGIN_WORDS_PARAMETERS_MAX);
    char *fallback = given ? strndup(text + name + 1, size - name - 1) : NULL;
    bool number = given ? is_number(fallback) : word->kind == NAME_PLUGIN;
    if (word->kind == NAME_PLUGIN && !number) {
        free(fallback);
        return error_set(error, ERROR_USAGE,
                         "%s: the parameters of a layer must be numbers, not \"%.*s\"", word->name,
                         (int)size, text);
    }
    word->parameters[index] =
        (struct parameter){.name = strndup(text, name),
                           .kind = number ? PARAMETER_NUMBER : PARAMETER_STRING,
                           .positional = true,
                           .required = !given,
                           .low = -DBL_MAX,
                           .high = DBL_MAX,
                           .fallback = fallback,
                           .help = ""};
    word->command.parameter_count++;
    return word->parameters[index].name != NULL || error_memory(error, "a word", size);
}

static bool read_parameters(struct plugin_entry *word, struct error *error)
{
    const char *rest = word->parameters_text;
    for (rest += strspn(rest, " \t\n"); *rest != '\0'; rest += strspn(rest, " \t\n")) {
        size_t size = strcspn(rest, " \t\n");
        if (!add_parameter(word, rest, size, error))
            return false;
        rest += size;
    }
    return true;
}

/* ---- names ---- */

/* True if the name has a meaning where a word of this kind is allowed: `schedule=cosine`,
   `augment off`. */
static bool is_own_word(enum name_kind kind, const char *name)
{
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = builtin_command((enum command_id)id);
        for (size_t i = 0; i < command->parameter_count; i++) {
            const struct parameter *parameter = &command->parameters[i];
            const struct choice *choice = parameter->choices;
            if (parameter->names != kind)
                continue;
            while (choice != NULL && choice->word != NULL && strcmp(choice->word, name) != 0)
                choice++;
            if ((choice != NULL && choice->word != NULL) ||
                (parameter->positional && (command_parameter(command, name) != NULL ||
                                           builtin_find(command->verb, name, false) != NULL)))
                return true;
        }
    }
    return false;
}

bool plugin_entry_check_name(const struct plugin_word *word, struct error *error)
{
    bool layer = word->kind == NAME_PLUGIN;
    if (!name_fits(word->name, strlen(word->name)))
        return error_set(error, ERROR_USAGE,
                         "\"%.40s\" is not a valid name: expected a letter, then letters, digits "
                         "and _, at most %d characters",
                         word->name, PLUGIN_WORDS_NAME_MAX);
    if (layer && isdigit((unsigned char)word->name[strlen(word->name) - 1]))
        return error_set(
            error, ERROR_USAGE,
            "%s is not a valid name of a layer: it must not end in a digit, because the layers of "
            "a network are numbered (conv1, conv2)",
            word->name);
    if (plugin_entry_is_verb(word->kind) && builtin_is_verb(word->name, layer))
        return error_set(error, ERROR_USAGE, "%s is already the name of a %s: choose another name",
                         word->name, layer ? "layer" : "command");
    if (!plugin_entry_is_verb(word->kind) && is_own_word(word->kind, word->name))
        return error_set(error, ERROR_USAGE,
                         "%s already has a meaning in a command: choose another name for the %s",
                         word->name, name_kind_word(word->kind));
    return true;
}

/* ---- the command ---- */

/* An example cell with the word and its required parameters. NULL if memory runs out. */
static char *make_example(const struct plugin_entry *word)
{
    bool layer = word->kind == NAME_PLUGIN;
    char *example = NULL;
    size_t size;
    FILE *to = open_memstream(&example, &size);
    if (to == NULL)
        return NULL;
    fprintf(to, "%s%s", layer ? "model mine:\n    conv 16\n    " : "", word->name);
    for (size_t i = 0; i < word->command.parameter_count; i++)
        if (word->parameters[i].required)
            fprintf(to, " %s=%s", word->parameters[i].name,
                    word->parameters[i].kind == PARAMETER_NUMBER ? "1" : "text");
    fprintf(to, "%s", layer ? "\n    dense 10" : "");
    return fclose(to) == 0 ? example : NULL;
}

static bool make_command(struct plugin_entry *word, struct error *error)
{
    bool layer = word->kind == NAME_PLUGIN;
    word->command = (struct command){.id = layer ? COMMAND_PLUGIN_LAYER : COMMAND_PLUGIN,
                                     .verb = word->name,
                                     .parameters = word->parameters,
                                     .traits = layer ? COMMAND_LAYER : COMMAND_CHANGES};
    if (!read_parameters(word, error))
        return false;
    if (!share_help(word))
        return error_memory(error, "a word's help", strlen(word->help));
    word->example = make_example(word);
    if (word->example == NULL)
        return error_memory(error, "a word", 0);
    word->command.summary = word->summary;
    word->command.details = word->details[0] != '\0' ? word->details : NULL;
    word->command.example = word->example;
    return true;
}

/* A copy of at most PLUGIN_WORDS_HELP_MAX bytes, cut between characters. */
static char *copy_help(const char *help)
{
    size_t size = strnlen(help, PLUGIN_WORDS_HELP_MAX + 1);
    if (size > PLUGIN_WORDS_HELP_MAX)
        for (size = PLUGIN_WORDS_HELP_MAX; size > 0 && ((unsigned char)help[size] & 0xC0) == 0x80;)
            size--;
    return strndup(help, size);
}

struct plugin_entry *plugin_entry_new(const struct plugin_word *from, struct error *error)
{
    struct plugin_entry *word = calloc(1, sizeof *word);
    if (word == NULL) {
        error_memory(error, "a word", sizeof *word);
        return NULL;
    }
    word->kind = from->kind;
    snprintf(word->name, sizeof word->name, "%s", from->name);
    word->parameters_text = strdup(from->parameters);
    word->help = copy_help(from->help);
    bool made = word->parameters_text != NULL && word->help != NULL;
    if (!made)
        error_memory(error, "a word", sizeof *word);
    if (!made || !make_command(word, error)) {
        entry_free(word);
        return NULL;
    }
    return word;
}

bool plugin_entry_equals(const struct plugin_entry *word, const struct plugin_word *from)
{
    return word->kind == from->kind && strcmp(word->name, from->name) == 0 &&
           strcmp(word->parameters_text, from->parameters) == 0 &&
           strcmp(word->help, from->help) == 0;
}
