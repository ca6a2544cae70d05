/*
 * live_names - the words that only the live session knows: variables, saved models, layers of the
 * network.
 *
 * The session makes the list after each cell (session_names); it travels to the front process,
 * which completes and explains with it while a cell runs.
 */
#ifndef MNIST_LANGUAGE_LIVE_NAMES_H
#define MNIST_LANGUAGE_LIVE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { LIVE_NAMES_MAX = 10000 };

enum name_kind {
    NAME_NONE,     /* in a parameter: nothing live completes it                   */
    NAME_VARIABLE, /* note: its value, shortened                                  */
    NAME_MODEL,    /* a saved model or one defined in this session; note: its card */
    NAME_LAYER,    /* a layer of the present network: "conv1"; note: its shape    */
    NAME_DATA,     /* a saved data set                                            */
    NAME_TOPIC,    /* in a parameter: verbs and subjects; never in a list         */
    NAME_COMMAND,  /* from here on: what cells of C have registered (plugin_words.h) */
    NAME_PLUGIN,   /* a layer for a model's block                                 */
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
    char *note; /* one line, shown beside the name; "" when there is nothing to say */
};

struct live_names {
    struct name *items;
    size_t count;
};

void live_names_init(struct live_names *names);
void live_names_release(struct live_names *names);

/* Copies both texts (note may be NULL). False: no memory, or LIVE_NAMES_MAX reached. */
bool live_names_add(struct live_names *names, enum name_kind kind, const char *name,
                    const char *note);

/* NULL when there is none. Borrowed until the next change. */
const struct name *live_names_find(const struct live_names *names, enum name_kind kind,
                                   const char *name);

/* "variable", "model"...: how a kind is called on the wire and in completions; and back
   (NAME_NONE when unknown). */
const char *name_kind_word(enum name_kind kind);
enum name_kind name_kind_of(const char *word);

#endif
