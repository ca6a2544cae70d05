/*
 * unit - from items to source text.
 */
#include "mnist/c/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writing {
    struct unit *unit;
    struct scope *scope;
    const char *text, *name;
    unsigned serial;
    FILE *head, *file, *body, *notes; /* pragmas, file scope, the function, for the user */
    bool failed;
};

static json_int_t number(const json_t *item, const char *key)
{
    return json_integer_value(json_object_get(item, key));
}

static const char *word(const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text != NULL ? text : "";
}

static bool truth(const json_t *item, const char *key)
{
    return json_is_true(json_object_get(item, key));
}

static size_t start_of(const json_t *item)
{
    return (size_t)number(item, "start");
}

static size_t end_of(const json_t *item)
{
    return (size_t)number(item, "end");
}

/* ---- pieces of the cell, at their places ------------------------------------------------------- */

static unsigned line_of(const struct writing *w, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at; i++)
        line += w->text[i] == '\n';
    return line;
}

/* What follows is ours, for the piece of the cell at `at`: so say the messages about it. */
static void put_line(const struct writing *w, FILE *to, size_t at)
{
    fprintf(to, "\n#line %u \"%s\"\n", line_of(w, at), w->name);
}

static void put_place(const struct writing *w, FILE *to, size_t at)
{
    size_t begin = at;
    while (begin > 0 && w->text[begin - 1] != '\n')
        begin--;
    put_line(w, to, at);
    for (size_t i = begin; i < at; i++)
        if ((w->text[i] & 0xC0) != 0x80)
            fputc(w->text[i] == '\t' ? '\t' : ' ', to);
}

/* text[from..to), with the hidden ranges blank. */
static void put_hiding(const struct writing *w, FILE *to, size_t from, size_t end,
                       const json_t *hide)
{
    for (size_t i = from; i < end; i++) {
        bool hidden = false;
        size_t index;
        const json_t *range;
        json_array_foreach(hide, index, range) hidden |=
            i >= (size_t)json_integer_value(json_array_get(range, 0)) &&
            i < (size_t)json_integer_value(json_array_get(range, 1));
        fputc(hidden && w->text[i] != '\n' ? ' ' : w->text[i], to);
    }
}

static void put_range(const struct writing *w, FILE *to, size_t from, size_t end,
                      const json_t *hide)
{
    put_place(w, to, from);
    put_hiding(w, to, from, end, hide);
}

static void put_item(const struct writing *w, FILE *to, const json_t *item)
{
    put_range(w, to, start_of(item), end_of(item), json_object_get(item, "hide"));
    fputc('\n', to);
}

/* ---- entries of the scope ------------------------------------------------------------------------ */

struct text {
    char *bytes;
    size_t size;
    FILE *file;
};

static FILE *text_open(struct text *text)
{
    text->bytes = NULL;
    text->file = open_memstream(&text->bytes, &text->size);
    return text->file;
}

/* Adds the entry whose text was written, and frees it. */
static void add_entry(struct writing *w, enum scope_kind kind, const char *names, struct text *text,
                      const char *type, const char *symbol)
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

static char *symbol_of(const struct writing *w, const char *name)
{
    char *symbol = NULL;
    return asprintf(&symbol, "%s$%u", name, w->serial) < 0 ? NULL : symbol;
}

static char *one_name(const char *name)
{
    char *names = NULL;
    return asprintf(&names, "\n%s\n", name) < 0 ? NULL : names;
}

static void tell_forgotten(void *context, const char *names)
{
    struct writing *w = context;
    const char *name = names + 1;
    fprintf(w->notes, "%.*s is forgotten: it was made of an earlier definition\n",
            (int)strcspn(name, "\n"), name);
}

/* ---- items ------------------------------------------------------------------------------------------ */

/* "define N", from the tokens after #; "" for another directive. */
static void directive_name(const struct writing *w, const json_t *item, char *kind,
                           size_t kind_size, char *name, size_t name_size)
{
    const char *at = w->text + start_of(item) + 1, *end = w->text + end_of(item);
    at += strspn(at, " \t");
    size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
    snprintf(kind, kind_size, "%.*s", (int)size, at);
    at += size + strspn(at + size, " \t");
    size_t left = at < end ? (size_t)(end - at) : 0;
    size = strcspn(at, " \t\n\r(");
    snprintf(name, name_size, "%.*s", (int)(size < left ? size : left), at);
}

static void put_directive(struct writing *w, const json_t *item)
{
    char kind[32], name[256], names[600];
    put_item(w, w->file, item);
    directive_name(w, item, kind, sizeof kind, name, sizeof name);
    if (strcmp(kind, "undef") == 0) {
        scope_remove(w->scope, name);
        return;
    }
    bool define = strcmp(kind, "define") == 0;
    if (!define && strcmp(kind, "include") != 0 && strcmp(kind, "pragma") != 0)
        return;
    struct text text;
    int size = (int)(end_of(item) - start_of(item));
    snprintf(names, sizeof names, "\n%s%s\n", define ? "" : "#", name);
    if (text_open(&text) != NULL)
        fprintf(text.file, "%.*s\n", size, w->text + start_of(item));
    add_entry(w, SCOPE_DIRECTIVE, names, &text, "", "");
}

/* A list of names, each between newlines. Caller frees. */
static char *join_names(const json_t *names)
{
    struct text text;
    size_t i;
    const json_t *name;
    if (text_open(&text) == NULL)
        return NULL;
    fputc('\n', text.file);
    json_array_foreach(names, i, name) fprintf(text.file, "%s\n", json_string_value(name));
    return fclose(text.file) == 0 ? text.bytes : NULL;
}

/* A type's definition is text[from..end) and what closes it. */
static void keep_type(struct writing *w, size_t from, size_t end, const json_t *list,
                      const json_t *hide, const char *closing)
{
    struct text text;
    char *names = join_names(list);
    size_t i;
    const json_t *name;
    if (text_open(&text) != NULL) {
        put_range(w, text.file, from, end, hide);
        fputs(closing, text.file);
    }
    if (names == NULL || text.file == NULL) {
        w->failed = true;
        return;
    }
    fflush(text.file);
    json_array_foreach(list, i, name)
    {
        const struct scope_entry *old = scope_find(w->scope, json_string_value(name));
        if (old != NULL && strstr(json_string_value(name), "enum ") == NULL)
            scope_forget(w->scope, json_string_value(name), tell_forgotten, w);
    }
    add_entry(w, SCOPE_TYPE, names, &text, "", "");
    free(names);
}

static void put_type(struct writing *w, const json_t *item)
{
    put_item(w, w->file, item);
    keep_type(w, start_of(item), end_of(item), json_object_get(item, "names"), NULL, "\n");
}

/* A prototype needs no entry of its own where the function is known. */
static void put_prototype(struct writing *w, const json_t *item)
{
    const char *name = word(item, "name");
    put_item(w, w->file, item);
    if (scope_find(w->scope, name) != NULL)
        return;
    struct text text;
    char *names = one_name(name);
    if (text_open(&text) != NULL)
        put_item(w, text.file, item);
    if (names != NULL)
        add_entry(w, SCOPE_FUNCTION, names, &text, word(item, "type"), "");
    free(names);
}

/* The function's declaration, which says what its symbol is. */
static void put_head(const struct writing *w, FILE *to, const json_t *item, const char *symbol)
{
    put_range(w, to, start_of(item), (size_t)number(item, "body"), json_object_get(item, "hide"));
    fprintf(to, " __asm__(\"%s\");\n", symbol);
}

static void put_function(struct writing *w, const json_t *item)
{
    const char *name = word(item, "name");
    bool is_main = strcmp(name, "main") == 0, is_inline = truth(item, "inline");
    char *symbol = symbol_of(w, name), *names = one_name(name);
    struct text text;
    if (symbol == NULL || names == NULL) {
        w->failed = true;
        goto out;
    }
    if (is_inline) {
        put_range(w, w->file, start_of(item), end_of(item), NULL);
        fputc('\n', w->file);
        if (text_open(&text) != NULL) {
            put_range(w, text.file, start_of(item), end_of(item), NULL);
            fputc('\n', text.file);
        }
        add_entry(w, SCOPE_INLINE, names, &text, word(item, "type"), "");
        goto out;
    }
    if (is_main)
        fprintf(w->file, "\n#define main mnist_main_\n");
    else if (!truth(item, "wrong"))
        put_head(w, w->file, item, symbol);
    put_item(w, w->file, item);
    if (is_main) {
        fputs("#undef main\n", w->file);
        goto out;
    }
    if (text_open(&text) != NULL)
        put_head(w, text.file, item, symbol);
    add_entry(w, SCOPE_FUNCTION, names, &text, word(item, "type"), symbol);
out:
    free(symbol);
    free(names);
}

/* The type without the const of the object itself, which is filled while the cell runs. */
static void put_unqualified(FILE *to, const char *type)
{
    size_t size = strlen(type);
    bool pointer = strpbrk(type, "*") != NULL;
    if (!pointer && strncmp(type, "const ", 6) == 0)
        fputs(type + 6, to);
    else if (pointer && size > 6 && strcmp(type + size - 6, "*const") == 0)
        fprintf(to, "%.*s", (int)size - 5, type);
    else
        fputs(type, to);
}

/* The variable gets its value where it stands among the statements. */
static void put_assignment(struct writing *w, const json_t *variable)
{
    const char *name = word(variable, "name");
    const json_t *init = json_object_get(variable, "init");
    if (init == NULL) {
        fprintf(w->body, "\n__builtin_memset((void *)&%s, 0, sizeof %s);\n", name, name);
        return;
    }
    fprintf(w->body, "\n{ __typeof__(%s) mnist_value_ =", name);
    put_range(w, w->body, (size_t)json_integer_value(json_array_get(init, 0)),
              (size_t)json_integer_value(json_array_get(init, 1)), NULL);
    fprintf(w->body, ";\n__builtin_memcpy((void *)&%s, (void *)&mnist_value_, sizeof %s); }\n",
            name, name);
}

static void put_definition(struct writing *w, const json_t *variable, bool constant)
{
    const json_t *init = json_object_get(variable, "init");
    const char *name = word(variable, "name"), *type = word(variable, "type");
    put_line(w, w->file, (size_t)number(variable, "at"));
    fputs("__typeof__(", w->file);
    if (init == NULL || constant)
        fputs(type, w->file);
    else
        put_unqualified(w->file, type);
    fprintf(w->file, ") %s", name);
    if (init != NULL && constant) {
        fputs(" =", w->file);
        put_range(w, w->file, (size_t)json_integer_value(json_array_get(init, 0)),
                  (size_t)json_integer_value(json_array_get(init, 1)), NULL);
    }
    fputs(";\n", w->file);
}

static void put_variable(struct writing *w, const json_t *variable)
{
    const char *name = word(variable, "name");
    const struct scope_entry *old = scope_find(w->scope, name);
    bool constant = truth(variable, "constant");
    if (old != NULL && old->kind == SCOPE_VARIABLE &&
        strcmp(old->type, word(variable, "canonical")) == 0 && old->symbol[0] != '\0' &&
        strncmp(old->type, "const ", 6) != 0) {
        put_assignment(w, variable);
        return;
    }
    char *symbol = symbol_of(w, name), *names = one_name(name);
    struct text text;
    if (symbol != NULL && names != NULL) {
        fprintf(w->head, "#pragma redefine_extname %s %s\n", name, symbol);
        put_definition(w, variable, constant);
        if (!constant)
            put_assignment(w, variable);
        if (text_open(&text) != NULL) {
            fputs("extern __typeof__(", text.file);
            if (!constant)
                put_unqualified(text.file, word(variable, "type"));
            else
                fputs(word(variable, "type"), text.file);
            fprintf(text.file, ") %s __asm__(\"%s\");\n", name, symbol);
        }
        add_entry(w, SCOPE_VARIABLE, names, &text, word(variable, "canonical"), symbol);
    }
    w->failed |= symbol == NULL || names == NULL;
    free(symbol);
    free(names);
}

/* The declaration as it stands, when it has what only its own words can say (alignment, a type without a name). */
static void put_verbatim(struct writing *w, const json_t *item)
{
    size_t i;
    const json_t *variable;
    const json_t *variables = json_object_get(item, "variables");
    struct text text;
    struct text names;
    if (text_open(&text) == NULL || text_open(&names) == NULL) {
        w->failed = true;
        return;
    }
    fputc('\n', names.file);
    json_t *blank = json_deep_copy(json_object_get(item, "hide"));
    blank = blank != NULL ? blank : json_array();
    json_array_foreach(variables, i, variable)
    {
        const char *name = word(variable, "name");
        json_t *init = json_object_get(variable, "init");
        fprintf(w->head, "#pragma redefine_extname %s %s$%u\n", name, name, w->serial);
        fprintf(text.file, "#pragma redefine_extname %s %s$%u\n", name, name, w->serial);
        fprintf(names.file, "%s\n", name);
        if (init != NULL) {
            json_int_t equals = json_integer_value(json_array_get(init, 0)) - 1;
            json_array_append_new(blank, json_pack("[I, O]", equals, json_array_get(init, 1)));
        }
    }
    put_item(w, w->file, item);
    if (!truth(json_array_get(variables, 0), "extern"))
        fputs("extern ", text.file);
    put_hiding(w, text.file, start_of(item), end_of(item), blank);
    fputc('\n', text.file);
    json_decref(blank);
    if (fclose(names.file) == 0)
        add_entry(w, SCOPE_VARIABLE, names.bytes, &text, "", "");
    free(names.bytes);
}

static bool has_local(const json_t *variables)
{
    size_t i;
    const json_t *variable;
    json_array_foreach(variables, i, variable) if (truth(variable, "local")) return true;
    return false;
}

static bool nameless(const json_t *variables)
{
    size_t i;
    const json_t *variable;
    json_array_foreach(variables, i,
                       variable) if (strstr(word(variable, "canonical"), " at ") != NULL ||
                                     truth(variable, "extern")) return true;
    return false;
}

static void put_variables(struct writing *w, const json_t *item)
{
    const json_t *variables = json_object_get(item, "variables"), *variable;
    size_t i, type_end = (size_t)number(item, "type_end");
    if (has_local(variables)) {
        put_item(w, w->body, item);
        fprintf(w->notes, "%s lives in this cell only: its size is known only when the cell runs\n",
                word(json_array_get(variables, 0), "name"));
        return;
    }
    if (truth(item, "verbatim") || truth(item, "wrong") || nameless(variables)) {
        put_verbatim(w, item);
        return;
    }
    if (type_end > 0) {
        put_range(w, w->file, start_of(item), type_end, json_object_get(item, "hide"));
        fputs(";\n", w->file);
        keep_type(w, start_of(item), type_end, json_object_get(item, "names"),
                  json_object_get(item, "hide"), ";\n");
    }
    json_array_foreach(variables, i, variable) put_variable(w, variable);
}

static void put_value(struct writing *w, const json_t *item)
{
    json_t *type = json_object_get(item, "type");
    const char *kind = word(type, "k");
    if (strcmp(kind, "void") == 0) {
        put_item(w, w->body, item);
        fputs(";\n", w->body);
        return;
    }
    bool decays = strcmp(kind, "array") == 0 || strcmp(kind, "function") == 0;
    fputs("\n{ __auto_type mnist_value_ = (", w->body);
    put_item(w, w->body, item);
    fprintf(w->body, "); mnist_c_value(%s(const void *)%smnist_value_); }\n", decays ? "" : "",
            decays ? "" : "&");
    w->unit->value = type;
}

static void put_any(struct writing *w, const json_t *item)
{
    static const struct {
        const char *kind;
        void (*put)(struct writing *w, const json_t *item);
    } table[] = {{"directive", put_directive}, {"type", put_type},
                 {"function", put_function},   {"prototype", put_prototype},
                 {"variables", put_variables}, {"value", put_value}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(word(item, "kind"), table[i].kind) == 0) {
            table[i].put(w, item);
            return;
        }
    put_item(w, w->body, item);
}

static bool defines_main(const json_t *items)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item) if (strcmp(word(item, "kind"), "function") == 0 &&
                                           strcmp(word(item, "name"), "main") == 0) return true;
    return false;
}

/* The parts, one after the other. */
static void put_together(struct writing *w, FILE *to, const char *head, const char *file,
                         const char *body, const char *scope, bool has_main)
{
    fprintf(to, "%s\n%svoid mnist_c_value(const void *value);\n", scope, head);
    fprintf(to, "%s\n#line 1 \"%s\"\nvoid " UNIT_ENTRY "%u(void)\n{\n%s\n", file, w->name,
            w->serial, body);
    if (has_main)
        fputs(
            "extern char **environ;\nint (*mnist_begin_)(int, char **, char **) = (void *)mnist_main_;\n"
            "mnist_begin_(1, (char *[]){\"cell\", 0}, environ);\n",
            to);
    /* what is open at the end is said of the cell's last line */
    size_t last = strlen(w->text);
    while (last > 0 && w->text[last - 1] == '\n')
        last--;
    put_line(w, to, last);
    /* behind the last call, which would else leave this function's frame behind: no line of the cell in a crash */
    fputs("__asm__ volatile(\"\");\n}\n", to);
}

bool unit_make(struct unit *unit, struct scope *scope, const char *text, const json_t *items,
               const char *name, unsigned serial)
{
    struct text head, file, body, notes, all;
    *unit = (struct unit){0};
    struct writing w = {.unit = unit, .scope = scope, .text = text, .name = name, .serial = serial};
    w.head = text_open(&head);
    w.file = text_open(&file);
    w.body = text_open(&body);
    w.notes = text_open(&notes);
    bool opened = w.head != NULL && w.file != NULL && w.body != NULL && w.notes != NULL;
    size_t i;
    const json_t *item;
    if (opened)
        json_array_foreach(items, i, item) put_any(&w, item);
    bool closed = opened && fclose(w.head) == 0 && fclose(w.file) == 0 && fclose(w.body) == 0 &&
                  fclose(w.notes) == 0;
    char *before = scope_text(scope, serial); /* without what the cell defines anew */
    if (closed && before != NULL && text_open(&all) != NULL) {
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

void unit_release(struct unit *unit)
{
    free(unit->source);
    free(unit->notes);
    *unit = (struct unit){0};
}
