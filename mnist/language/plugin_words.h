/*
 * plugin_words - the words that plugins (functions registered by C cells) add to the language:
 * commands, layers, and values of parameters such as a loss or a schedule.
 *
 * The session adds a word when a cell registers it. vocabulary.c and parameter.c search here
 * after the built-in tables. The front process receives the words with the live names. Each
 * process has one list. The text of a word is never freed after the word is published, even when
 * it is replaced, because a parsed cell may refer to it.
 *
 * The help of a word is the comment above its function. The first line is the summary. A line that
 * begins with a parameter's name and a colon is the help of that parameter. All other lines are the
 * details.
 */
#ifndef MNIST_LANGUAGE_PLUGIN_WORDS_H
#define MNIST_LANGUAGE_PLUGIN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"
#include "mnist/language/live_names.h"
#include "mnist/language/command.h"

enum {
    PLUGIN_WORDS_MAX = 256,          /* words */
    PLUGIN_WORDS_PARAMETERS_MAX = 8, /* of a command or a layer */
    PLUGIN_WORDS_NAME_MAX = 23,      /* bytes of the name of a word or parameter */
    PLUGIN_WORDS_HELP_MAX = 4000,    /* bytes of a help; the rest is cut off */
};

struct plugin_word {
    enum name_kind kind; /* NAME_COMMAND, NAME_PLUGIN, NAME_LOSS ... NAME_METRIC */
    const char *name;
    /* of a command or layer: "times=3 name=you", else "". A parameter whose default is a number
       is a number; in a layer all are numbers, and one without a default is required. All others
       are strings. */
    const char *parameters;
    const char *help; /* "" = none */
};

/* Adds a word, or replaces the word of the same kind and name. False with error (ERROR_USAGE) if
   the name is invalid or already has a meaning, or the parameters are invalid. */
__attribute__((warn_unused_result)) bool plugin_words_add(const struct plugin_word *word,
                                                          struct error *error);
void plugin_words_clear(void);

/* The summary of a word; NULL if there is none of this kind and name. */
const char *plugin_words_find(enum name_kind kind, const char *name);

/* The help of a word that is neither command nor layer. Caller frees; NULL if there is none or
   memory runs out. */
char *plugin_words_help(const char *name);

/* The words of a kind, oldest first; NULL after the last. */
const char *plugin_words_at(enum name_kind kind, size_t index);

/* Commands and layers; NULL after the last. */
const struct command *plugin_words_command(size_t index);

/* Writes all words to the live names, which are sent to the front process; plugin_words_learn
   reads them there. False if memory runs out. */
bool plugin_words_names(struct live_names *names);
void plugin_words_learn(const struct live_names *names);

#endif
