/*
 * plugin_words - the words that cells of C add to the language: commands, layers, and names that a
 * parameter may have (a loss, a schedule...).
 *
 * The session adds a word when a cell registers it; vocabulary.c and parameter.c look here after
 * their own tables. The front process learns the words from the names that the session sends. The
 * list is the process's own; a word's text stays in memory even when another takes its place, since
 * a cell that has been read may hold it.
 *
 * A word's help is a comment as one writes it above a function: its first line the summary; a line
 * that begins with a parameter's name and a colon is that parameter's help; the rest the details.
 */
#ifndef MNIST_LANGUAGE_PLUGIN_WORDS_H
#define MNIST_LANGUAGE_PLUGIN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"
#include "mnist/language/live_names.h"
#include "mnist/language/command.h"

enum {
    PLUGIN_WORDS_MAX = 256,          /* words                                */
    PLUGIN_WORDS_PARAMETERS_MAX = 8, /* of a command or a layer              */
    PLUGIN_WORDS_NAME_MAX = 23,      /* bytes of a word, and of a parameter  */
    PLUGIN_WORDS_HELP_MAX = 4000,    /* bytes of a help; more is cut         */
};

struct plugin_word {
    enum name_kind kind; /* NAME_COMMAND, NAME_PLUGIN, NAME_LOSS ... NAME_METRIC */
    const char *name;
    /* COMMAND and PART, else "": "times=3 name=you". What has a number for its default is a number,
       also of a PART without one, which then must be given; anything else is a text. */
    const char *parameters;
    const char *help; /* "" = none */
};

/* Adds a word, in the place of an older one of its kind and name. False with error (ERROR_USAGE):
   it is no name, means something already, or its parameters cannot be read. */
__attribute__((warn_unused_result)) bool plugin_words_add(const struct plugin_word *word,
                                                          struct error *error);
void plugin_words_clear(void);

/* The word's first line of help; NULL = there is no such word. */
const char *plugin_words_find(enum name_kind kind, const char *name);

/* The help of a word that is no command and no layer. Caller frees; NULL = there is none of this
   name, or no memory. */
char *plugin_words_help(const char *name);

/* Words of a kind, oldest first, NULL past the last. */
const char *plugin_words_at(enum name_kind kind, size_t index);

/* Commands and layers as the vocabulary has them; NULL past the last. */
const struct command *plugin_words_command(size_t index);

/* All words as names, and from names: the list that travels to the front process. False: no
   memory. */
bool plugin_words_names(struct live_names *names);
void plugin_words_learn(const struct live_names *names);

#endif
