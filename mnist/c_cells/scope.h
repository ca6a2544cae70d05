/*
 * scope - what the C cells so far have defined, as the text that the next one is compiled behind.
 *
 * translation_unit.c makes entries from a cell's items, on a copy of the scope; when the cell has compiled and is loaded, the copy
 * becomes the scope (cell.c). Functions and variables stand here as declarations of the symbols they have in their
 * shared objects: `name$cell`, so that a later definition of the same name is another symbol.
 *
 *     #include <math.h>                                     DIRECTIVE   "#include <math.h>"
 *     #define N 3                                           DIRECTIVE   "N"
 *     struct point { int x, y; };                           TYPE        "struct point"
 *     extern __typeof__(float[3]) table __asm__("table$2"); VARIABLE    "table"
 *     double f(double a) __asm__("f$4");                    FUNCTION    "f"
 *     static inline int g(int a) { ... }                    INLINE      "g"
 */
#ifndef MNIST_C_CELLS_SCOPE_H
#define MNIST_C_CELLS_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

enum scope_kind { SCOPE_DIRECTIVE, SCOPE_TYPE, SCOPE_VARIABLE, SCOPE_FUNCTION, SCOPE_INLINE };

enum { SCOPE_ENTRIES_MAX = 1000000 };

struct scope_entry {
    enum scope_kind kind;
    char *names;     /* each between newlines: "\nenum color\nRED\nGREEN\n" */
    char *text;      /* whole lines of C                                     */
    char *type;      /* VARIABLE, FUNCTION: canonical; else ""               */
    char *symbol;    /* VARIABLE, FUNCTION: of the shared object; else ""    */
    unsigned serial; /* of the cell */
};

struct scope {
    struct scope_entry *items;
    size_t count;
};

void scope_init(struct scope *scope);
void scope_release(struct scope *scope);
bool scope_copy(struct scope *to, const struct scope *from);

/* Copies the texts. Entries with one of these names are removed before. False: no memory. */
bool scope_add(struct scope *scope, const struct scope_entry *entry);
void scope_remove(struct scope *scope, const char *name);

/* Removes, too, what mentions a name in its text, and what mentions that. Calls forgotten(context, name) for each
   variable and function that goes; may be NULL. */
void scope_forget(struct scope *scope, const char *name,
                  void (*forgotten)(void *context, const char *name), void *context);

const struct scope_entry *scope_find(const struct scope *scope, const char *name);

/* The texts of cells before this serial, one after the other. Caller frees; NULL without memory. */
char *scope_text(const struct scope *scope, unsigned before);

#endif
