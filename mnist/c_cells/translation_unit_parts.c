/*
 * translation_unit_parts - pieces of the cell are written after a #line directive and blanks up to
 * their column; entries of the scope are written into a memory stream.
 */
#include "mnist/c_cells/translation_unit_parts.h"

#include <stdlib.h>
#include <string.h>

json_int_t translation_unit_number(const json_t *item, const char *key)
{
    return json_integer_value(json_object_get(item, key));
}

const char *translation_unit_word(const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text != NULL ? text : "";
}

bool translation_unit_truth(const json_t *item, const char *key)
{
    return json_is_true(json_object_get(item, key));
}

size_t translation_unit_start_of(const json_t *item)
{
    return (size_t)translation_unit_number(item, "start");
}

size_t translation_unit_end_of(const json_t *item)
{
    return (size_t)translation_unit_number(item, "end");
}

/* ---- pieces of the cell ------------------------------------------------------------------------
   */

static unsigned line_of(const struct writing *w, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at; i++)
        line += w->text[i] == '\n';
    return line;
}

void translation_unit_put_line(const struct writing *w, FILE *to, size_t at)
{
    fprintf(to, "\n#line %u \"%s\"\n", line_of(w, at), w->name);
}

/* A #line directive, and blanks up to the column of text[at]. */
static void put_position(const struct writing *w, FILE *to, size_t at)
{
    size_t begin = at;
    while (begin > 0 && w->text[begin - 1] != '\n')
        begin--;
    translation_unit_put_line(w, to, at);
    for (size_t i = begin; i < at; i++)
        if ((w->text[i] & 0xC0) != 0x80)
            fputc(w->text[i] == '\t' ? '\t' : ' ', to);
}

void translation_unit_put_hiding(const struct writing *w, FILE *to, size_t from, size_t end,
                                 const json_t *hide)
{
    for (size_t i = from; i < end; i++) {
        bool hidden = false;
        size_t index;
        const json_t *range;
        json_array_foreach(hide, index, range)
            hidden |= i >= (size_t)json_integer_value(json_array_get(range, 0)) &&
                      i < (size_t)json_integer_value(json_array_get(range, 1));
        fputc(hidden && w->text[i] != '\n' ? ' ' : w->text[i], to);
    }
}

void translation_unit_put_range(const struct writing *w, FILE *to, size_t from, size_t end,
                                const json_t *hide)
{
    put_position(w, to, from);
    translation_unit_put_hiding(w, to, from, end, hide);
}

void translation_unit_put_item(const struct writing *w, FILE *to, const json_t *item)
{
    translation_unit_put_range(w, to, translation_unit_start_of(item),
                               translation_unit_end_of(item), json_object_get(item, "hide"));
    fputc('\n', to);
}

/* ---- entries of the scope
   ------------------------------------------------------------------------ */

FILE *translation_unit_text_open(struct text *text)
{
    text->bytes = NULL;
    text->file = open_memstream(&text->bytes, &text->size);
    return text->file;
}

void translation_unit_add_entry(struct writing *w, enum scope_kind kind, const char *names,
                                struct text *text, const char *type, const char *symbol)
{
    struct scope_entry entry = {kind, (char *)names, NULL, (char *)type, (char *)symbol, w->serial};
    if (text->file == NULL || fclose(text->file) != 0) {
        w->failed = true;
    } else {
        entry.text = text->bytes;
        w->failed |= !scope_add(w->scope, &entry);
    }
    free(text->bytes);
}

char *translation_unit_symbol_of(const struct writing *w, const char *name)
{
    char *symbol = NULL;
    return asprintf(&symbol, "%s$%u", name, w->serial) < 0 ? NULL : symbol;
}

char *translation_unit_one_name(const char *name)
{
    char *names = NULL;
    return asprintf(&names, "\n%s\n", name) < 0 ? NULL : names;
}

static void note_forgotten(void *context, const char *names)
{
    struct writing *w = context;
    const char *name = names + 1;
    fprintf(w->notes, "%.*s is forgotten: it uses a definition that has been replaced\n",
            (int)strcspn(name, "\n"), name);
}

/* A list of names, each between newlines. Caller frees. */
static char *join_names(const json_t *names)
{
    struct text text;
    size_t i;
    const json_t *name;
    if (translation_unit_text_open(&text) == NULL)
        return NULL;
    fputc('\n', text.file);
    json_array_foreach(names, i, name)
        fprintf(text.file, "%s\n", json_string_value(name));
    return fclose(text.file) == 0 ? text.bytes : NULL;
}

void translation_unit_keep_type(struct writing *w, size_t from, size_t end, const json_t *list,
                                const json_t *hide, const char *closing)
{
    struct text text;
    char *names = join_names(list);
    size_t i;
    const json_t *name;
    if (translation_unit_text_open(&text) != NULL) {
        translation_unit_put_range(w, text.file, from, end, hide);
        fputs(closing, text.file);
    }
    if (names == NULL || text.file == NULL) {
        w->failed = true;
        return;
    }
    fflush(text.file);
    json_array_foreach(list, i, name) {
        const struct scope_entry *old = scope_find(w->scope, json_string_value(name));
        if (old != NULL && strstr(json_string_value(name), "enum ") == NULL)
            scope_forget(w->scope, json_string_value(name), note_forgotten, w);
    }
    translation_unit_add_entry(w, SCOPE_TYPE, names, &text, "", "");
    free(names);
}
