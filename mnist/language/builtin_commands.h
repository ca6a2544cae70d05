/*
 * builtin_commands - the commands and layers of the tables, without the words of plugins.
 *
 * plugin_words.c checks new names against them; vocabulary.c joins them with the words of plugins.
 */
#ifndef MNIST_LANGUAGE_BUILTIN_COMMANDS_H
#define MNIST_LANGUAGE_BUILTIN_COMMANDS_H

#include "mnist/language/command.h"

/* Families in the order of the help; NULL after the last. */
const struct family *builtin_family(size_t index);

/* Never NULL for an id below VOCABULARY_COUNT: a test finds an entry for each. */
const struct command *builtin_command(enum command_id id);

/* The command with this verb and subject (NULL = without a subject); layers only if `layer`. NULL
   if there is none. */
const struct command *builtin_find(const char *verb, const char *subject, bool layer);

/* True if a built-in command (layer: a layer) has this verb. */
bool builtin_is_verb(const char *verb, bool layer);

#endif
