/*
 * translation_unit_parts - functions shared by translation_unit.c and translation_unit_variables.c,
 * and private to them: values of an item, pieces of the cell at their line and column, entries of
 * the scope.
 */
#ifndef MNIST_C_CELLS_TRANSLATION_UNIT_PARTS_H
#define MNIST_C_CELLS_TRANSLATION_UNIT_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/c_cells/scope.h"
#include "mnist/c_cells/translation_unit.h"

struct writing {
    struct translation_unit *unit;
    struct scope *scope;
    const char *text, *name; /* of the cell */
    unsigned serial;
    FILE *head, *file, *body, *notes; /* pragmas, file scope, statements, lines for the user */
    bool failed;
};

/* A growing text, for an entry of the scope. */
struct text {
    char *bytes;
    size_t size;
    FILE *file;
};

/* The value of a key of an item (clang/cell_parse.h); 0, "" and false if the item does not have it.
   */
json_int_t translation_unit_number(const json_t *item, const char *key);
const char *translation_unit_word(const json_t *item, const char *key);
bool translation_unit_truth(const json_t *item, const char *key);
size_t translation_unit_start_of(const json_t *item);
size_t translation_unit_end_of(const json_t *item);

/* A #line directive with the line of text[at]. */
void translation_unit_put_line(const struct writing *w, FILE *to, size_t at);

/* translation_unit_put_range writes text[from..end) at its line and column;
   translation_unit_put_hiding writes it without a #line directive; translation_unit_put_item writes
   a whole item at its line and column. hide: a list of ranges [from, end] that are replaced by
   blanks, or NULL. */
void translation_unit_put_range(const struct writing *w, FILE *to, size_t from, size_t end,
                                const json_t *hide);
void translation_unit_put_hiding(const struct writing *w, FILE *to, size_t from, size_t end,
                                 const json_t *hide);
void translation_unit_put_item(const struct writing *w, FILE *to, const json_t *item);

/* NULL: out of memory; then translation_unit_add_entry fails. */
FILE *translation_unit_text_open(struct text *text);

/* Closes the text, adds the entry with it to the scope, and frees the text. */
void translation_unit_add_entry(struct writing *w, enum scope_kind kind, const char *names,
                                struct text *text, const char *type, const char *symbol);

/* The symbol "f$3", and the list of names "\nf\n". Caller frees; NULL: out of memory. */
char *translation_unit_symbol_of(const struct writing *w, const char *name);
char *translation_unit_one_name(const char *name);

/* Adds the entry of a type definition: text[from..end), followed by `closing`. list: its names. An
   older definition of one of them is forgotten, with all that uses it. */
void translation_unit_keep_type(struct writing *w, size_t from, size_t end, const json_t *list,
                                const json_t *hide, const char *closing);

/* translation_unit_variables.c */
void translation_unit_put_variables(struct writing *w, const json_t *item);

#endif
