/*
 * command - queries of one command.
 */
#include "mnist/language/command.h"

#include <stdio.h>
#include <string.h>

bool command_has_subject(const struct command *command, const char *subject)
{
    return command->subject != NULL &&
           (strcmp(command->subject, subject) == 0 ||
            (command->subject_alias != NULL && strcmp(command->subject_alias, subject) == 0));
}

/* Compares word with name[0..size-1], which has small letters and no `_`. */
static bool same_name(const char *word, const char *name, size_t size)
{
    for (; *word != '\0'; word++) {
        char letter = *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word;
        if (letter == '_')
            continue;
        if (size == 0 || letter != *name)
            return false;
        name++;
        size--;
    }
    return size == 0;
}

bool command_known_as(const struct command *command, const char *word)
{
    const char *name = command->elsewhere;
    while (name != NULL && *name != '\0') {
        size_t size = strcspn(name, " ");
        if (same_name(word, name, size))
            return true;
        name += size + (name[size] == ' ');
    }
    return false;
}

bool command_is_layer(const struct command *command)
{
    return (command->traits & COMMAND_LAYER) != 0;
}

const struct parameter *command_parameter(const struct command *command, const char *name)
{
    for (size_t i = 0; i < command->parameter_count; i++) {
        if (strcmp(command->parameters[i].name, name) == 0)
            return &command->parameters[i];
    }
    return NULL;
}

void command_title(char text[COMMAND_TITLE_SIZE], const struct command *command)
{
    snprintf(text, COMMAND_TITLE_SIZE, "%s%s%s", command->verb, command->subject == NULL ? "" : " ",
             command->subject == NULL ? "" : command->subject);
}
