/*
 * live_names - a growable array of names, searched linearly.
 */
#include "mnist/language/live_names.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

void live_names_init(struct live_names *names)
{
    *names = (struct live_names){0};
}

void live_names_release(struct live_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i].name);
        free(names->items[i].note);
    }
    free(names->items);
    live_names_init(names);
}

bool live_names_add(struct live_names *names, enum name_kind kind, const char *name,
                    const char *note)
{
    struct name *items = array_grow(names->items, names->count, sizeof *items, LIVE_NAMES_MAX);
    if (items == NULL)
        return false;
    names->items = items;
    struct name item = {kind, strdup(name), strdup(note == NULL ? "" : note)};
    if (item.name == NULL || item.note == NULL) {
        free(item.name);
        free(item.note);
        return false;
    }
    names->items[names->count++] = item;
    return true;
}

const struct name *live_names_find(const struct live_names *names, enum name_kind kind,
                                   const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].kind == kind && strcmp(names->items[i].name, name) == 0)
            return &names->items[i];
    }
    return NULL;
}

static const char *const words[NAME_KIND_COUNT] = {
    [NAME_NONE] = "none",         [NAME_VARIABLE] = "variable",
    [NAME_MODEL] = "model",       [NAME_LAYER] = "layer",
    [NAME_DATA] = "data",         [NAME_TOPIC] = "topic",
    [NAME_COMMAND] = "command",   [NAME_PLUGIN] = "kind of layer",
    [NAME_LOSS] = "loss",         [NAME_OPTIMIZER] = "optimizer",
    [NAME_SCHEDULE] = "schedule", [NAME_AUGMENTATION] = "augmentation",
    [NAME_METRIC] = "metric",
};

const char *name_kind_word(enum name_kind kind)
{
    return words[kind];
}

enum name_kind name_kind_of(const char *word)
{
    for (size_t kind = 0; kind < NAME_KIND_COUNT; kind++) {
        if (strcmp(words[kind], word) == 0)
            return (enum name_kind)kind;
    }
    return NAME_NONE;
}
