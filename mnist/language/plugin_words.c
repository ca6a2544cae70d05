/*
 * plugin_words - an array of entries (plugin_entry.h), searched linearly. Entries are never freed,
 * and a cleared list keeps them, so that learning the same words again allocates nothing.
 */
#include "mnist/language/plugin_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/language/plugin_entry.h"

static struct {
    struct plugin_entry *words[PLUGIN_WORDS_MAX];
    size_t count; /* words in use */
    size_t kept;  /* words after `count` were in use before plugin_words_clear and may be reused */
} list;

static size_t index_of(enum name_kind kind, const char *name)
{
    size_t i = 0;
    while (i < list.count &&
           (list.words[i]->kind != kind || strcmp(list.words[i]->name, name) != 0))
        i++;
    return i;
}

/* Reuses an identical word from before plugin_words_clear. */
static bool use_again(const struct plugin_word *from)
{
    for (size_t i = list.count; i < list.kept; i++)
        if (plugin_entry_equals(list.words[i], from)) {
            struct plugin_entry *word = list.words[i];
            list.words[i] = list.words[list.count];
            list.words[list.count++] = word;
            return true;
        }
    return false;
}

static void put(struct plugin_entry *word, size_t index)
{
    if (index == list.count) {
        if (list.kept < PLUGIN_WORDS_MAX) {
            list.words[list.kept] = list.words[list.count];
            list.words[list.count] = NULL;
            list.kept++;
        }
        list.count++;
    }
    word->before = list.words[index];
    list.words[index] = word;
}

bool plugin_words_add(const struct plugin_word *from, struct error *error)
{
    size_t index = index_of(from->kind, from->name);
    if ((index < list.count && plugin_entry_equals(list.words[index], from)) ||
        (index == list.count && use_again(from)))
        return true;
    if (!plugin_entry_check_name(from, error))
        return false;
    if (index == PLUGIN_WORDS_MAX)
        return error_set(error, ERROR_STATE, "more than %d registered words", PLUGIN_WORDS_MAX);
    struct plugin_entry *word = plugin_entry_new(from, error);
    if (word == NULL)
        return false;
    put(word, index);
    return true;
}

void plugin_words_clear(void)
{
    list.count = 0;
}

const char *plugin_words_find(enum name_kind kind, const char *name)
{
    size_t index = index_of(kind, name);
    return index < list.count ? list.words[index]->summary : NULL;
}

char *plugin_words_help(const char *name)
{
    char *text = NULL;
    for (size_t i = 0; i < list.count; i++) {
        const struct plugin_entry *word = list.words[i];
        const char *kind = name_kind_word(word->kind);
        if (plugin_entry_is_verb(word->kind) || strcmp(word->name, name) != 0)
            continue;
        if (asprintf(&text, "%s: %s %s, registered by a C cell\n\n%s\n%s%s", name,
                     strchr("aeiou", kind[0]) != NULL ? "an" : "a", kind, word->summary,
                     word->details, word->details[0] != '\0' ? "\n" : "") < 0)
            return NULL;
        return text;
    }
    return NULL;
}

const char *plugin_words_at(enum name_kind kind, size_t index)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.words[i]->kind == kind && index-- == 0)
            return list.words[i]->name;
    return NULL;
}

const struct command *plugin_words_command(size_t index)
{
    for (size_t i = 0; i < list.count; i++)
        if (plugin_entry_is_verb(list.words[i]->kind) && index-- == 0)
            return &list.words[i]->command;
    return NULL;
}

/* A word's parameters follow its name, its help is the note. */
bool plugin_words_names(struct live_names *names)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct plugin_entry *word = list.words[i];
        char *text = NULL;
        if (asprintf(&text, "%s %s", word->name, word->parameters_text) < 0)
            return false;
        if (!plugin_entry_is_verb(word->kind))
            text[strlen(word->name)] = '\0';
        bool added = live_names_add(names, word->kind, text,
                                    plugin_entry_is_verb(word->kind) ? word->help : word->summary);
        free(text);
        if (!added)
            return false;
    }
    return true;
}

void plugin_words_learn(const struct live_names *names)
{
    plugin_words_clear();
    for (size_t i = 0; i < names->count; i++) {
        const struct name *from = &names->items[i];
        char name[PLUGIN_WORDS_NAME_MAX + 1];
        struct error ignored; /* the session has checked the word */
        if (from->kind < NAME_COMMAND)
            continue;
        size_t size = strcspn(from->name, " ");
        snprintf(name, sizeof name, "%.*s", (int)size, from->name);
        const struct plugin_word word = {
            from->kind, name, from->name + size + (from->name[size] != '\0'), from->note};
        if (!plugin_words_add(&word, &ignored))
            continue;
    }
}
