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
