/*
 * scope - an array of entries in the order of their definition.
 *
 * The names of an entry are one string with a newline before and after each name: has_name compares
 * at each newline.
 */
#include "mnist/c_cells/scope.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

void scope_init(struct scope *scope)
{
    *scope = (struct scope){0};
}

static void release_entry(struct scope_entry *entry)
{
    free(entry->names);
    free(entry->text);
    free(entry->type);
    free(entry->symbol);
}

void scope_release(struct scope *scope)
{
    for (size_t i = 0; i < scope->count; i++)
        release_entry(&scope->items[i]);
    free(scope->items);
    scope_init(scope);
}

static bool append(struct scope *scope, const struct scope_entry *entry)
{
    struct scope_entry *items =
        array_grow(scope->items, scope->count, sizeof *items, SCOPE_ENTRIES_MAX);
    if (items == NULL)
        return false;
    scope->items = items;
    struct scope_entry copy = {entry->kind,
                               strdup(entry->names),
                               strdup(entry->text),
                               strdup(entry->type != NULL ? entry->type : ""),
                               strdup(entry->symbol != NULL ? entry->symbol : ""),
                               entry->serial};
    if (copy.names == NULL || copy.text == NULL || copy.type == NULL || copy.symbol == NULL) {
        release_entry(&copy);
        return false;
    }
    scope->items[scope->count++] = copy;
    return true;
}

bool scope_copy(struct scope *to, const struct scope *from)
{
    scope_init(to);
    for (size_t i = 0; i < from->count; i++)
        if (!append(to, &from->items[i])) {
            scope_release(to);
            return false;
        }
    return true;
}

static bool has_name(const struct scope_entry *entry, const char *name, size_t size)
{
    for (const char *at = entry->names; (at = strchr(at, '\n')) != NULL && at[1] != '\0'; at++)
        if (strncmp(at + 1, name, size) == 0 && at[1 + size] == '\n')
            return true;
    return false;
}

static void remove_at(struct scope *scope, size_t index)
{
    release_entry(&scope->items[index]);
    memmove(&scope->items[index], &scope->items[index + 1],
            (scope->count - index - 1) * sizeof *scope->items);
    scope->count--;
}

void scope_remove(struct scope *scope, const char *name)
{
    for (size_t i = scope->count; i-- > 0;)
        if (has_name(&scope->items[i], name, strlen(name)))
            remove_at(scope, i);
}

/* Calls visit(context, name, size) for each name of the list "\nname\nname\n". */
static void each_name(const char *names,
                      void (*visit)(void *context, const char *name, size_t size), void *context)
{
    for (const char *at = names; *at == '\n' && at[1] != '\0';) {
        size_t size = strcspn(at + 1, "\n");
        visit(context, at + 1, size);
        at += 1 + size;
    }
}

static void remove_name(void *context, const char *name, size_t size)
{
    struct scope *scope = context;
    for (size_t i = scope->count; i-- > 0;)
        if (has_name(&scope->items[i], name, size))
            remove_at(scope, i);
}

bool scope_add(struct scope *scope, const struct scope_entry *entry)
{
    each_name(entry->names, remove_name, scope);
    return append(scope, entry);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* True if the text contains the identifier as a whole word. */
static bool mentions(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !is_word(at[-1])) && !is_word(at[size]))
            return true;
    return false;
}

struct forget_job {
    struct scope *scope;
    void (*forgotten)(void *context, const char *names);
    void *context;
};

static void forget_name(void *context, const char *name, size_t size)
{
    struct forget_job *f = context;
    char *copy = strndup(name, size);
    if (copy != NULL)
        scope_forget(f->scope, copy, f->forgotten, f->context);
    free(copy);
}

void scope_forget(struct scope *scope, const char *name,
                  void (*forgotten)(void *context, const char *names), void *context)
{
    struct forget_job f = {scope, forgotten, context};
    scope_remove(scope, name);
    for (size_t i = 0; i < scope->count;) {
        struct scope_entry *entry = &scope->items[i];
        if (entry->kind == SCOPE_DIRECTIVE || !mentions(entry->text, name)) {
            i++;
            continue;
        }
        struct scope_entry removed = *entry;
        memmove(entry, entry + 1, (scope->count - i - 1) * sizeof *entry);
        scope->count--;
        if (forgotten != NULL && removed.kind != SCOPE_TYPE)
            forgotten(context, removed.names);
        each_name(removed.names, forget_name, &f);
        release_entry(&removed);
        i = 0;
    }
}

const struct scope_entry *scope_find(const struct scope *scope, const char *name)
{
    for (size_t i = scope->count; i-- > 0;)
        if (has_name(&scope->items[i], name, strlen(name)))
            return &scope->items[i];
    return NULL;
}

char *scope_text(const struct scope *scope, unsigned before)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return NULL;
    for (size_t i = 0; i < scope->count; i++)
        if (scope->items[i].serial < before)
            fputs(scope->items[i].text, file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
