/*
 * vocabulary - all words of the command language: the built-in commands and layers, and the words
 * that plugins have added.
 *
 * The parser checks cells against the vocabulary, completion offers its words, inspection and
 * `help` explain them, and the reference table (REFERENCE.md) is generated from it.
 *
 *     tables/ -> builtin_commands -> plugin_words -> vocabulary
 *
 * To add a command: its entry in tables/, its function in mnist/commands/, and its line in
 * commands.def.
 */
#ifndef MNIST_LANGUAGE_VOCABULARY_H
#define MNIST_LANGUAGE_VOCABULARY_H

#include "mnist/language/command.h"

/* Families in the order of the help. Commands and layers of plugins are the last two families, if
   there are any; they are valid until one of these two functions is called again. */
size_t vocabulary_family_count(void);
const struct family *vocabulary_family(size_t index);

/* The built-in command of an id below VOCABULARY_COUNT. Never NULL. */
const struct command *vocabulary_command(enum command_id id);

/* All commands and layers: first those of the ids, then those of plugins. NULL after the last. */
const struct command *vocabulary_at(size_t index);

/* The command with this verb and subject (NULL = without a subject); layers only if `layer`. NULL
   if there is none. */
const struct command *vocabulary_find(const char *verb, const char *subject, bool layer);

/* True if a command (layer: a layer) has this verb. */
bool vocabulary_is_verb(const char *verb, bool layer);

/* True if a command has this verb and a subject. */
bool vocabulary_has_subjects(const char *verb);

/* The subject, parameter or choice that is nearest to an unknown word after the command's verb;
   NULL if none is near. Static. */
const char *command_nearest(const struct command *command, const char *word);

#endif
