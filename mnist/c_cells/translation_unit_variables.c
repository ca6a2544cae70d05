/*
 * translation_unit_variables - writes a declaration of variables.
 *
 * Each variable is defined separately at file scope. A constant initialiser is part of that
 * definition; any other becomes an assignment at the declaration's position among the statements. A
 * variable that exists already with the same type keeps its address and is only assigned, so
 * functions of earlier cells see the new value.
 */
#include "mnist/c_cells/translation_unit_parts.h"

#include <stdlib.h>
#include <string.h>

/* The type without the const of the object itself, which is assigned while the cell runs. */
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

/* Assigns the initial value, among the statements; 0 without an initialiser. */
static void put_assignment(struct writing *w, const json_t *variable)
{
    const char *name = translation_unit_word(variable, "name");
    const json_t *init = json_object_get(variable, "init");
    if (init == NULL) {
        fprintf(w->body, "\n__builtin_memset((void *)&%s, 0, sizeof %s);\n", name, name);
        return;
    }
    fprintf(w->body, "\n{ __typeof__(%s) mnist_value_ =", name);
    translation_unit_put_range(w, w->body, (size_t)json_integer_value(json_array_get(init, 0)),
                               (size_t)json_integer_value(json_array_get(init, 1)), NULL);
    fprintf(w->body, ";\n__builtin_memcpy((void *)&%s, (void *)&mnist_value_, sizeof %s); }\n",
            name, name);
}

static void put_definition(struct writing *w, const json_t *variable, bool constant)
{
    const json_t *init = json_object_get(variable, "init");
    const char *name = translation_unit_word(variable, "name"),
               *type = translation_unit_word(variable, "type");
    translation_unit_put_line(w, w->file, (size_t)translation_unit_number(variable, "at"));
    fputs("__typeof__(", w->file);
    if (init == NULL || constant)
        fputs(type, w->file);
    else
        put_unqualified(w->file, type);
    fprintf(w->file, ") %s", name);
    if (init != NULL && constant) {
        fputs(" =", w->file);
        translation_unit_put_range(w, w->file, (size_t)json_integer_value(json_array_get(init, 0)),
                                   (size_t)json_integer_value(json_array_get(init, 1)), NULL);
    }
    fputs(";\n", w->file);
}

static void put_variable(struct writing *w, const json_t *variable)
{
    const char *name = translation_unit_word(variable, "name");
    const struct scope_entry *old = scope_find(w->scope, name);
    bool constant = translation_unit_truth(variable, "constant");
    if (old != NULL && old->kind == SCOPE_VARIABLE &&
        strcmp(old->type, translation_unit_word(variable, "canonical")) == 0 &&
        old->symbol[0] != '\0' && strncmp(old->type, "const ", 6) != 0) {
        put_assignment(w, variable);
        return;
    }
    char *symbol = translation_unit_symbol_of(w, name), *names = translation_unit_one_name(name);
    struct text text;
    if (symbol != NULL && names != NULL) {
        fprintf(w->head, "#pragma redefine_extname %s %s\n", name, symbol);
        put_definition(w, variable, constant);
        if (!constant)
            put_assignment(w, variable);
        if (translation_unit_text_open(&text) != NULL) {
            fputs("extern __typeof__(", text.file);
            if (!constant)
                put_unqualified(text.file, translation_unit_word(variable, "type"));
            else
                fputs(translation_unit_word(variable, "type"), text.file);
            fprintf(text.file, ") %s __asm__(\"%s\");\n", name, symbol);
        }
        translation_unit_add_entry(w, SCOPE_VARIABLE, names, &text,
                                   translation_unit_word(variable, "canonical"), symbol);
    }
    w->failed |= symbol == NULL || names == NULL;
    free(symbol);
    free(names);
}

/* Copies the declaration verbatim, if it cannot be rebuilt from its types: alignment, an unnamed
   type. */
static void put_verbatim(struct writing *w, const json_t *item)
{
    size_t i;
    const json_t *variable;
    const json_t *variables = json_object_get(item, "variables");
    struct text text;
    struct text names;
    if (translation_unit_text_open(&text) == NULL || translation_unit_text_open(&names) == NULL) {
        w->failed = true;
        return;
    }
    fputc('\n', names.file);
    json_t *blank = json_deep_copy(json_object_get(item, "hide"));
    blank = blank != NULL ? blank : json_array();
    json_array_foreach(variables, i, variable) {
        const char *name = translation_unit_word(variable, "name");
        json_t *init = json_object_get(variable, "init");
        fprintf(w->head, "#pragma redefine_extname %s %s$%u\n", name, name, w->serial);
        fprintf(text.file, "#pragma redefine_extname %s %s$%u\n", name, name, w->serial);
        fprintf(names.file, "%s\n", name);
        if (init != NULL) {
            json_int_t equals = json_integer_value(json_array_get(init, 0)) - 1;
            json_array_append_new(blank, json_pack("[I, O]", equals, json_array_get(init, 1)));
        }
    }
    translation_unit_put_item(w, w->file, item);
    if (!translation_unit_truth(json_array_get(variables, 0), "extern"))
        fputs("extern ", text.file);
    translation_unit_put_hiding(w, text.file, translation_unit_start_of(item),
                                translation_unit_end_of(item), blank);
    fputc('\n', text.file);
    json_decref(blank);
    if (fclose(names.file) == 0)
        translation_unit_add_entry(w, SCOPE_VARIABLE, names.bytes, &text, "", "");
    free(names.bytes);
}

static bool has_local(const json_t *variables)
{
    size_t i;
    const json_t *variable;
    json_array_foreach(variables, i, variable)
        if (translation_unit_truth(variable, "local"))
            return true;
    return false;
}

static bool nameless(const json_t *variables)
{
    size_t i;
    const json_t *variable;
    json_array_foreach(variables, i, variable)
        if (strstr(translation_unit_word(variable, "canonical"), " at ") != NULL ||
            translation_unit_truth(variable, "extern"))
            return true;
    return false;
}

void translation_unit_put_variables(struct writing *w, const json_t *item)
{
    const json_t *variables = json_object_get(item, "variables"), *variable;
    size_t i, type_end = (size_t)translation_unit_number(item, "type_end");
    if (has_local(variables)) {
        translation_unit_put_item(w, w->body, item);
        fprintf(w->notes, "%s exists in this cell only: its size is not a constant\n",
                translation_unit_word(json_array_get(variables, 0), "name"));
        return;
    }
    if (translation_unit_truth(item, "verbatim") || translation_unit_truth(item, "wrong") ||
        nameless(variables)) {
        put_verbatim(w, item);
        return;
    }
    if (type_end > 0) {
        translation_unit_put_range(w, w->file, translation_unit_start_of(item), type_end,
                                   json_object_get(item, "hide"));
        fputs(";\n", w->file);
        translation_unit_keep_type(w, translation_unit_start_of(item), type_end,
                                   json_object_get(item, "names"), json_object_get(item, "hide"),
                                   ";\n");
    }
    json_array_foreach(variables, i, variable)
        put_variable(w, variable);
}
