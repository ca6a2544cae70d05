/*
 * translation_unit - writes each item into the part of the source where it belongs.
 *
 * Four parts are written at the same time: head (pragmas), file (file scope), body (statements) and
 * notes (lines for the user). put_together joins the first three after the scope of earlier cells.
 * One function for each kind of item writes the item and adds its entry to the scope.
 */
#include "mnist/c_cells/translation_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/translation_unit_parts.h"

/* ---- items
   ------------------------------------------------------------------------------------------ */

/* "define" and "N" of `#define N 3`: the first two words after the #. */
static void directive_name(const struct writing *w, const json_t *item, char *kind,
                           size_t kind_size, char *name, size_t name_size)
{
    const char *at = w->text + translation_unit_start_of(item) + 1,
               *end = w->text + translation_unit_end_of(item);
    at += strspn(at, " \t");
    size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
    snprintf(kind, kind_size, "%.*s", (int)size, at);
    at += size + strspn(at + size, " \t");
    size_t left = at < end ? (size_t)(end - at) : 0;
    size = strcspn(at, " \t\n\r(");
    snprintf(name, name_size, "%.*s", (int)(size < left ? size : left), at);
}

/* The macro is unchanged. Its entry keeps its position, because entries after it may use it. */
static bool is_known(const struct writing *w, const char *name, const char *text, size_t size)
{
    const struct scope_entry *entry = scope_find(w->scope, name);
    return entry != NULL && strlen(entry->text) == size + 1 &&
           strncmp(entry->text, text, size) == 0;
}

/* The name of its entry: "\nN\n", "\n#<math.h>\n". The first inclusion of a header keeps its
   position, because entries after it may use it. The latest inclusion is a second entry, because
   macros may change the header's content (NDEBUG). */
static void directive_names(const struct writing *w, const char *kind, const char *name,
                            char *names, size_t size)
{
    char known[300];
    snprintf(known, sizeof known, "#%s", name);
    bool define = strcmp(kind, "define") == 0, include = strcmp(kind, "include") == 0;
    bool again = include && scope_find(w->scope, known) != NULL;
    snprintf(names, size, "\n%s%s%s\n", define ? "" : "#", again ? "#" : "", name);
}

static void put_directive(struct writing *w, const json_t *item)
{
    char kind[32], name[256], names[600];
    translation_unit_put_item(w, w->file, item);
    directive_name(w, item, kind, sizeof kind, name, sizeof name);
    if (strcmp(kind, "undef") == 0) {
        scope_remove(w->scope, name);
        return;
    }
    bool define = strcmp(kind, "define") == 0;
    if (!define && strcmp(kind, "include") != 0 && strcmp(kind, "pragma") != 0)
        return;
    struct text text;
    int size = (int)(translation_unit_end_of(item) - translation_unit_start_of(item));
    if (define && is_known(w, name, w->text + translation_unit_start_of(item), (size_t)size))
        return;
    directive_names(w, kind, name, names, sizeof names);
    if (translation_unit_text_open(&text) != NULL)
        fprintf(text.file, "%.*s\n", size, w->text + translation_unit_start_of(item));
    translation_unit_add_entry(w, SCOPE_DIRECTIVE, names, &text, "", "");
}

static void put_type(struct writing *w, const json_t *item)
{
    translation_unit_put_item(w, w->file, item);
    translation_unit_keep_type(w, translation_unit_start_of(item), translation_unit_end_of(item),
                               json_object_get(item, "names"), NULL, "\n");
}

/* A prototype gets no entry if the function has one. */
static void put_prototype(struct writing *w, const json_t *item)
{
    const char *name = translation_unit_word(item, "name");
    translation_unit_put_item(w, w->file, item);
    if (scope_find(w->scope, name) != NULL)
        return;
    struct text text;
    char *names = translation_unit_one_name(name);
    if (translation_unit_text_open(&text) != NULL)
        translation_unit_put_item(w, text.file, item);
    if (names != NULL)
        translation_unit_add_entry(w, SCOPE_FUNCTION, names, &text,
                                   translation_unit_word(item, "type"), "");
    free(names);
}

/* The function's declaration with its symbol. */
static void put_head(const struct writing *w, FILE *to, const json_t *item, const char *symbol)
{
    translation_unit_put_range(w, to, translation_unit_start_of(item),
                               (size_t)translation_unit_number(item, "body"),
                               json_object_get(item, "hide"));
    fprintf(to, " __asm__(\"%s\");\n", symbol);
}

static void put_function(struct writing *w, const json_t *item)
{
    const char *name = translation_unit_word(item, "name");
    bool is_main = strcmp(name, "main") == 0, is_inline = translation_unit_truth(item, "inline");
    char *symbol = translation_unit_symbol_of(w, name), *names = translation_unit_one_name(name);
    struct text text;
    if (symbol == NULL || names == NULL) {
        w->failed = true;
        goto out;
    }
    if (is_inline) {
        translation_unit_put_range(w, w->file, translation_unit_start_of(item),
                                   translation_unit_end_of(item), NULL);
        fputc('\n', w->file);
        if (translation_unit_text_open(&text) != NULL) {
            translation_unit_put_range(w, text.file, translation_unit_start_of(item),
                                       translation_unit_end_of(item), NULL);
            fputc('\n', text.file);
        }
        translation_unit_add_entry(w, SCOPE_INLINE, names, &text,
                                   translation_unit_word(item, "type"), "");
        goto out;
    }
    if (is_main)
        fprintf(w->file, "\n#define main mnist_main_\n");
    else if (!translation_unit_truth(item, "wrong"))
        put_head(w, w->file, item, symbol);
    translation_unit_put_item(w, w->file, item);
    if (is_main) {
        fputs("#undef main\n", w->file);
        goto out;
    }
    if (translation_unit_text_open(&text) != NULL)
        put_head(w, text.file, item, symbol);
    translation_unit_add_entry(w, SCOPE_FUNCTION, names, &text, translation_unit_word(item, "type"),
                               symbol);
out:
    free(symbol);
    free(names);
}

static void put_value(struct writing *w, const json_t *item)
{
    json_t *type = json_object_get(item, "type");
    const char *kind = translation_unit_word(type, "k");
    if (strcmp(kind, "void") == 0) {
        translation_unit_put_item(w, w->body, item);
        fputs(";\n", w->body);
        return;
    }
    bool decays = strcmp(kind, "array") == 0 || strcmp(kind, "function") == 0;
    translation_unit_put_line(w, w->body, translation_unit_start_of(item));
    fputs("{ __auto_type mnist_value_ = (", w->body);
    translation_unit_put_item(w, w->body, item);
    fprintf(w->body, "); mnist_c_value((const void *)%smnist_value_); }\n", decays ? "" : "&");
    w->unit->value = type;
}

static void put_any(struct writing *w, const json_t *item)
{
    static const struct {
        const char *kind;
        void (*put)(struct writing *w, const json_t *item);
    } table[] = {{"directive", put_directive},
                 {"type", put_type},
                 {"function", put_function},
                 {"prototype", put_prototype},
                 {"variables", translation_unit_put_variables},
                 {"value", put_value}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(translation_unit_word(item, "kind"), table[i].kind) == 0) {
            table[i].put(w, item);
            return;
        }
    translation_unit_put_item(w, w->body, item);
}

static bool defines_main(const json_t *items)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
        if (strcmp(translation_unit_word(item, "kind"), "function") == 0 &&
            strcmp(translation_unit_word(item, "name"), "main") == 0)
            return true;
    return false;
}

/* Joins the parts. */
static void put_together(struct writing *w, FILE *to, const char *head, const char *file,
                         const char *body, const char *scope, bool has_main)
{
    fprintf(to, CELL_THREADS_NAMES "%s\n%svoid mnist_c_value(const void *value);\n", scope, head);
    fprintf(to, "%s\n#line 1 \"%s\"\nvoid " TRANSLATION_UNIT_ENTRY "%u(void)\n{\n%s\n", file,
            w->name, w->serial, body);
    if (has_main)
        fputs("extern char **environ;\n"
              "int (*mnist_begin_)(int, char **, char **) = (void *)mnist_main_;\n"
              "mnist_begin_(1, (char *[]){\"cell\", 0}, environ);\n",
              to);
    /* the compiler reports an unclosed bracket at this line: the cell's last one */
    size_t last = strlen(w->text);
    while (last > 0 && w->text[last - 1] == '\n')
        last--;
    translation_unit_put_line(w, to, last);
    /* after the last call, so that it is no tail call: a crash in it then shows the cell's line */
    fputs("__asm__ volatile(\"\");\n}\n", to);
}

bool translation_unit_make(struct translation_unit *unit, struct scope *scope, const char *text,
                           const json_t *items, const char *name, unsigned serial)
{
    struct text head, file, body, notes, all;
    *unit = (struct translation_unit){0};
    struct writing w = {.unit = unit, .scope = scope, .text = text, .name = name, .serial = serial};
    w.head = translation_unit_text_open(&head);
    w.file = translation_unit_text_open(&file);
    w.body = translation_unit_text_open(&body);
    w.notes = translation_unit_text_open(&notes);
    bool opened = w.head != NULL && w.file != NULL && w.body != NULL && w.notes != NULL;
    size_t i;
    const json_t *item;
    if (opened)
        json_array_foreach(items, i, item)
            put_any(&w, item);
    bool closed = opened && fclose(w.head) == 0 && fclose(w.file) == 0 && fclose(w.body) == 0 &&
                  fclose(w.notes) == 0;
    char *before =
        scope_text(scope, serial); /* of earlier cells, less what this cell defines again */
    if (closed && before != NULL && translation_unit_text_open(&all) != NULL) {
        put_together(&w, all.file, head.bytes, file.bytes, body.bytes, before, defines_main(items));
        if (fclose(all.file) == 0)
            unit->source = all.bytes;
    }
    unit->notes = notes.bytes;
    free(before);
    free(head.bytes);
    free(file.bytes);
    free(body.bytes);
    return unit->source != NULL && !w.failed;
}

void translation_unit_release(struct translation_unit *unit)
{
    free(unit->source);
    free(unit->notes);
    *unit = (struct translation_unit){0};
}
