/*
 * translation_unit_parts - what the makers of a translation unit share: pieces of the cell at their places, entries of the scope.
 *
 * Private to translation_unit.c and translation_unit_variables.c.
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
    const char *text, *name;
    unsigned serial;
    FILE *head, *file, *body, *notes; /* pragmas, file scope, the function, for the user */
    bool failed;
};

/* An entry's text while it is written. */
struct text {
    char *bytes;
    size_t size;
    FILE *file;
};

/* Of an item (split.h); 0, "" and false where it has none. */
json_int_t translation_unit_number(const json_t *item, const char *key);
const char *translation_unit_word(const json_t *item, const char *key);
bool translation_unit_truth(const json_t *item, const char *key);
size_t translation_unit_start_of(const json_t *item);
size_t translation_unit_end_of(const json_t *item);

/* What follows is ours, for the piece of the cell at `at`: so say the messages about it. */
void translation_unit_put_line(const struct writing *w, FILE *to, size_t at);

/* text[from..end) at its line and column, with the ranges of hide (a list of [from, end], or NULL) blank; translation_unit_put_hiding:
   wherever the file stands; translation_unit_put_item: all of the item. */
void translation_unit_put_range(const struct writing *w, FILE *to, size_t from, size_t end,
                                const json_t *hide);
void translation_unit_put_hiding(const struct writing *w, FILE *to, size_t from, size_t end,
                                 const json_t *hide);
void translation_unit_put_item(const struct writing *w, FILE *to, const json_t *item);

/* NULL without memory; translation_unit_add_entry then fails. */
FILE *translation_unit_text_open(struct text *text);

/* Adds the entry whose text was written, and frees it. */
void translation_unit_add_entry(struct writing *w, enum scope_kind kind, const char *names,
                                struct text *text, const char *type, const char *symbol);

/* "f$3", and "\nf\n" for an entry. Caller frees; NULL without memory. */
char *translation_unit_symbol_of(const struct writing *w, const char *name);
char *translation_unit_one_name(const char *name);

/* A type's definition is text[from..end) and what closes it. */
void translation_unit_keep_type(struct writing *w, size_t from, size_t end, const json_t *list,
                                const json_t *hide, const char *closing);

/* translation_unit_variables.c */
void translation_unit_put_variables(struct writing *w, const json_t *item);

#endif
