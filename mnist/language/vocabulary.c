/*
 * vocabulary - the families joined, and how words are looked up.
 *
 * There are some fifty commands: walking the tables is quicker than anything that had to be built
 * first, and the tables stay read-only data.
 */
#include "mnist/language/vocabulary.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mnist/language/nearest.h"
#include "mnist/language/plugin_words.h"
#include "mnist/language/tables/tables.h"

static const struct family *const families[] = {
    &table_data,    &table_preprocess, &table_model,   &table_train,  &table_evaluate,
    &table_predict, &table_plot,       &table_session, &table_layers,
};

/* The registered commands, or layers, as a family; its commands are copies. */
static const struct family *registered_family(bool layer)
{
    static struct command commands[2][PLUGIN_WORDS_MAX];
    static struct family families_of[2] = {
        {.name = "registered", .title = "Registered by C cells", .commands = commands[0]},
        {.name = "registered layers",
         .title = "Layers registered by C cells",
         .commands = commands[1]}};
    size_t count = 0;
    const struct command *command;
    for (size_t i = 0; (command = plugin_words_command(i)) != NULL; i++)
        if (((command->traits & COMMAND_LAYER) != 0) == layer)
            commands[layer][count++] = *command;
    families_of[layer].count = count;
    return &families_of[layer];
}

size_t vocabulary_family_count(void)
{
    return TABLE_COUNT(families) + (registered_family(false)->count > 0) +
           (registered_family(true)->count > 0);
}

const struct family *vocabulary_family(size_t index)
{
    assert(index < vocabulary_family_count());
    if (index < TABLE_COUNT(families))
        return families[index];
    const struct family *commands = registered_family(false);
    return index == TABLE_COUNT(families) && commands->count > 0 ? commands
                                                                 : registered_family(true);
}

const struct command *vocabulary_command(enum command_id id)
{
    assert(id < VOCABULARY_COUNT);
    for (size_t f = 0; f < TABLE_COUNT(families); f++)
        for (size_t i = 0; i < families[f]->count; i++)
            if (families[f]->commands[i].id == id)
                return &families[f]->commands[i];
    assert(!"a command of commands.def has no entry in mnist/language/tables/");
    return NULL;
}

const struct command *vocabulary_at(size_t index)
{
    return index < VOCABULARY_COUNT ? vocabulary_command((enum command_id)index)
                                    : plugin_words_command(index - VOCABULARY_COUNT);
}

bool command_has_subject(const struct command *command, const char *subject)
{
    return command->subject != NULL &&
           (strcmp(command->subject, subject) == 0 ||
            (command->subject_alias != NULL && strcmp(command->subject_alias, subject) == 0));
}

static bool is_layer(const struct command *command)
{
    return (command->traits & COMMAND_LAYER) != 0;
}

const struct command *vocabulary_find(const char *verb, const char *subject, bool layer)
{
    const struct command *command;
    for (size_t i = 0; (command = vocabulary_at(i)) != NULL; i++)
        if (is_layer(command) == layer && strcmp(command->verb, verb) == 0 &&
            (subject == NULL ? command->subject == NULL : command_has_subject(command, subject)))
            return command;
    return NULL;
}

bool vocabulary_is_verb(const char *verb, bool layer)
{
    const struct command *command;
    for (size_t i = 0; (command = vocabulary_at(i)) != NULL; i++)
        if (is_layer(command) == layer && strcmp(command->verb, verb) == 0)
            return true;
    return false;
}

bool vocabulary_is_own_verb(const char *verb, bool layer)
{
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (is_layer(command) == layer && strcmp(command->verb, verb) == 0)
            return true;
    }
    return false;
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

const struct parameter *command_parameter(const struct command *command, const char *name)
{
    for (size_t i = 0; i < command->parameter_count; i++) {
        if (strcmp(command->parameters[i].name, name) == 0)
            return &command->parameters[i];
    }
    return NULL;
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

void command_title(char text[COMMAND_TITLE_SIZE], const struct command *command)
{
    snprintf(text, COMMAND_TITLE_SIZE, "%s%s%s", command->verb, command->subject == NULL ? "" : " ",
             command->subject == NULL ? "" : command->subject);
}
