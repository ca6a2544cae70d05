/*
 * unit_pieces - what the makers of a translation unit share: pieces of the cell at their places, entries of the scope.
 *
 * Private to unit.c and unit_variables.c.
 */
#ifndef MNIST_C_UNIT_PIECES_H
#define MNIST_C_UNIT_PIECES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/c/scope.h"
#include "mnist/c/unit.h"

struct writing {
    struct unit *unit;
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
json_int_t unit_number(const json_t *item, const char *key);
const char *unit_word(const json_t *item, const char *key);
bool unit_truth(const json_t *item, const char *key);
size_t unit_start_of(const json_t *item);
size_t unit_end_of(const json_t *item);

/* What follows is ours, for the piece of the cell at `at`: so say the messages about it. */
void unit_put_line(const struct writing *w, FILE *to, size_t at);

/* text[from..end) at its line and column, with the ranges of hide (a list of [from, end], or NULL) blank; unit_put_hiding:
   wherever the file stands; unit_put_item: all of the item. */
void unit_put_range(const struct writing *w, FILE *to, size_t from, size_t end, const json_t *hide);
void unit_put_hiding(const struct writing *w, FILE *to, size_t from, size_t end,
                     const json_t *hide);
void unit_put_item(const struct writing *w, FILE *to, const json_t *item);

/* NULL without memory; unit_add_entry then fails. */
FILE *unit_text_open(struct text *text);

/* Adds the entry whose text was written, and frees it. */
void unit_add_entry(struct writing *w, enum scope_kind kind, const char *names, struct text *text,
                    const char *type, const char *symbol);

/* "f$3", and "\nf\n" for an entry. Caller frees; NULL without memory. */
char *unit_symbol_of(const struct writing *w, const char *name);
char *unit_one_name(const char *name);

/* A type's definition is text[from..end) and what closes it. */
void unit_keep_type(struct writing *w, size_t from, size_t end, const json_t *list,
                    const json_t *hide, const char *closing);

/* unit_variables.c */
void unit_put_variables(struct writing *w, const json_t *item);

#endif
