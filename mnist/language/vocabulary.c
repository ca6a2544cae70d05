/*
 * vocabulary - built-in commands and the words of plugins as one list.
 */
#include "mnist/language/vocabulary.h"

#include <assert.h>
#include <string.h>

#include "mnist/language/builtin_commands.h"
#include "mnist/language/nearest.h"
#include "mnist/language/plugin_words.h"

/* Copies of the commands of plugins, or of their layers, as a family. */
static const struct family *plugin_family(bool layer)
{
    static struct command commands[2][PLUGIN_WORDS_MAX];
    static struct family families[2] = {
        {.name = "plugins", .title = "Registered by C cells", .commands = commands[0]},
        {.name = "plugin layers",
         .title = "Layers registered by C cells",
         .commands = commands[1]}};
    size_t count = 0;
    const struct command *command;
    for (size_t i = 0; (command = plugin_words_command(i)) != NULL; i++)
        if (command_is_layer(command) == layer)
            commands[layer][count++] = *command;
    families[layer].count = count;
    return &families[layer];
}

static size_t builtin_count(void)
{
    size_t count = 0;
    while (builtin_family(count) != NULL)
        count++;
    return count;
}

size_t vocabulary_family_count(void)
{
    return builtin_count() + (plugin_family(false)->count > 0) + (plugin_family(true)->count > 0);
}

const struct family *vocabulary_family(size_t index)
{
    assert(index < vocabulary_family_count());
    if (builtin_family(index) != NULL)
        return builtin_family(index);
    const struct family *commands = plugin_family(false);
    return index == builtin_count() && commands->count > 0 ? commands : plugin_family(true);
}

const struct command *vocabulary_command(enum command_id id)
{
    return builtin_command(id);
}

const struct command *vocabulary_at(size_t index)
{
    return index < VOCABULARY_COUNT ? vocabulary_command((enum command_id)index)
                                    : plugin_words_command(index - VOCABULARY_COUNT);
}

const struct command *vocabulary_find(const char *verb, const char *subject, bool layer)
{
    const struct command *found = builtin_find(verb, subject, layer), *command;
    for (size_t i = 0; found == NULL && (command = plugin_words_command(i)) != NULL; i++)
        if (command_is_layer(command) == layer && subject == NULL &&
            strcmp(command->verb, verb) == 0)
            found = command;
    return found;
}

bool vocabulary_is_verb(const char *verb, bool layer)
{
    return builtin_is_verb(verb, layer) || vocabulary_find(verb, NULL, layer) != NULL;
}

bool vocabulary_has_subjects(const char *verb)
{
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (command->subject != NULL && strcmp(command->verb, verb) == 0)
            return true;
    }
    return false;
}

const char *command_nearest(const struct command *command, const char *word)
{
    struct nearest nearest = nearest_begin(word);
    for (size_t id = 0; id < COMMAND_COUNT && command->subject == NULL; id++) {
        const struct command *other = vocabulary_command((enum command_id)id);
        if (other->subject != NULL && strcmp(other->verb, command->verb) == 0)
            nearest_offer(&nearest, other->subject);
    }
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *parameter = &command->parameters[i];
        nearest_offer(&nearest, parameter->name);
        if (!parameter->positional || parameter->choices == NULL)
            continue;
        for (const struct choice *choice = parameter->choices; choice->word != NULL; choice++)
            nearest_offer(&nearest, choice->word);
    }
    return nearest.best;
}
