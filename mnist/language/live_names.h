/*
 * live_names - the names that exist only in the running session: variables, saved models, layers
 * of the network, words of plugins.
 *
 * The session builds the list after each cell (session_names) and sends it to the front process,
 * which uses it for completion and inspection while a cell runs.
 */
#ifndef MNIST_LANGUAGE_LIVE_NAMES_H
#define MNIST_LANGUAGE_LIVE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { LIVE_NAMES_MAX = 10000 };

enum name_kind {
    NAME_NONE,     /* of a parameter: no live name completes it                        */
    NAME_VARIABLE, /* note: its value, shortened                                       */
    NAME_MODEL,    /* a saved model or one defined in this session; note: its card     */
    NAME_LAYER,    /* a layer of the current network: "conv1"; note: its shape         */
    NAME_DATA,     /* a saved data set                                                 */
    NAME_TOPIC,    /* of a parameter: verbs and subjects complete it; never in a list  */
    NAME_COMMAND,  /* from here on: words of plugins (plugin_words.h)                  */
    NAME_PLUGIN,   /* a type of layer                                                  */
    NAME_LOSS,
    NAME_OPTIMIZER,
    NAME_SCHEDULE,
    NAME_AUGMENTATION,
    NAME_METRIC,
    NAME_KIND_COUNT,
};

struct name {
    enum name_kind kind;
    char *name;
    char *note; /* one line shown next to the name, or "" */
};

struct live_names {
    struct name *items;
    size_t count;
};

void live_names_init(struct live_names *names);
void live_names_release(struct live_names *names);

/* Copies name and note (NULL = no note). False if memory runs out or LIVE_NAMES_MAX is reached. */
bool live_names_add(struct live_names *names, enum name_kind kind, const char *name,
                    const char *note);

/* NULL if there is none. Borrowed until the next change. */
const struct name *live_names_find(const struct live_names *names, enum name_kind kind,
                                   const char *name);

/* "variable", "model" and so on: the word for a kind in frames and completions. name_kind_of is
   the inverse; an unknown word is NAME_NONE. */
const char *name_kind_word(enum name_kind kind);
enum name_kind name_kind_of(const char *word);

#endif
