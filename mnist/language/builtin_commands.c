/*
 * builtin_commands - linear search in the tables.
 *
 * The tables hold about fifty entries of read-only data: a search is faster than building an index.
 */
#include "mnist/language/builtin_commands.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/tables/tables.h"

static const struct family *const families[] = {
    &table_data,    &table_preprocess, &table_model,   &table_train,  &table_evaluate,
    &table_predict, &table_plot,       &table_session, &table_layers,
};

const struct family *builtin_family(size_t index)
{
    return index < TABLE_COUNT(families) ? families[index] : NULL;
}

/* Ends the program: commands.def or layers.def lists a command that the tables do not describe. */
__attribute__((noreturn)) static void fail_without_entry(enum command_id id)
{
    static const char *const ids[VOCABULARY_COUNT] = {
#define COMMAND(id, function) #id,
#include "mnist/language/commands.def"
#undef COMMAND
#define LAYER(id, name, native) #id,
#include "mnist/language/layers.def"
    };
    fprintf(stderr, "COMMAND_%s has no entry in mnist/language/tables/\n", ids[id]);
    abort();
}

const struct command *builtin_command(enum command_id id)
{
    assert(id < VOCABULARY_COUNT);
    for (size_t f = 0; f < TABLE_COUNT(families); f++)
        for (size_t i = 0; i < families[f]->count; i++)
            if (families[f]->commands[i].id == id)
                return &families[f]->commands[i];
    fail_without_entry(id);
}

const struct command *builtin_find(const char *verb, const char *subject, bool layer)
{
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = builtin_command((enum command_id)id);
        if (command_is_layer(command) == layer && strcmp(command->verb, verb) == 0 &&
            (subject == NULL ? command->subject == NULL : command_has_subject(command, subject)))
            return command;
    }
    return NULL;
}

bool builtin_is_verb(const char *verb, bool layer)
{
    for (size_t id = 0; id < VOCABULARY_COUNT; id++) {
        const struct command *command = builtin_command((enum command_id)id);
        if (command_is_layer(command) == layer && strcmp(command->verb, verb) == 0)
            return true;
    }
    return false;
}
