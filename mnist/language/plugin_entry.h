/*
 * plugin_entry - one word of a plugin, with the command that is built from its texts.
 *
 * plugin_words.c keeps the entries. Commands and layers have a struct command, as built-in words
 * have, so that the parser, help and completion treat both in the same way.
 */
#ifndef MNIST_LANGUAGE_PLUGIN_ENTRY_H
#define MNIST_LANGUAGE_PLUGIN_ENTRY_H

#include "mnist/language/plugin_words.h"

struct plugin_entry {
    enum name_kind kind;
    char name[PLUGIN_WORDS_NAME_MAX + 1];
    char *parameters_text, *help; /* as registered */
    char *summary, *details;      /* details "" = none */
    char *example;
    struct command command;
    struct parameter parameters[PLUGIN_WORDS_PARAMETERS_MAX];
    struct plugin_entry *before; /* the word that this one has replaced; NULL = none */
};

/* True for commands and layers, the words that begin a line. */
bool plugin_entry_is_verb(enum name_kind kind);

/* Checks that the name is valid and has no meaning in the built-in vocabulary. */
bool plugin_entry_check_name(const struct plugin_word *word, struct error *error);

/* An entry with copies of the texts. NULL with error if the parameters are invalid or memory runs
   out. It is never freed, because parsed cells refer to it. */
struct plugin_entry *plugin_entry_new(const struct plugin_word *from, struct error *error);

/* True if the entry was made from equal texts. */
bool plugin_entry_equals(const struct plugin_entry *word, const struct plugin_word *from);

#endif
