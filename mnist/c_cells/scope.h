/*
 * scope - the definitions of all C cells so far, as the C text that precedes the next cell.
 *
 * translation_unit.c adds a cell's entries to a copy of the scope. When the cell has compiled and
 * is loaded, the copy replaces the scope (cells.c), so a cell that does not compile changes
 * nothing. Functions and variables are entries that declare the symbol of their shared object,
 * `name$cell`: a later definition of the same name is a different symbol.
 *
 *     text                                                  kind        name
 *     #include <math.h>                                     DIRECTIVE   "#<math.h>"
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
    char *type;      /* VARIABLE, FUNCTION: the canonical type; else ""      */
    char *symbol;    /* VARIABLE, FUNCTION: in the shared object; else ""    */
    unsigned serial; /* number of the cell that defined it                   */
};

struct scope {
    struct scope_entry *items;
    size_t count;
};

void scope_init(struct scope *scope);
void scope_release(struct scope *scope);
bool scope_copy(struct scope *to, const struct scope *from);

/* Removes all entries that have one of the entry's names, then appends a copy of the entry, its
   texts included. False: out of memory. */
bool scope_add(struct scope *scope, const struct scope_entry *entry);
/* Removes all entries of this name. */
void scope_remove(struct scope *scope, const char *name);

/* Removes all entries of this name, and, recursively, all entries whose text mentions a removed
   name, except directives. Calls forgotten(context, names) for each of the mentioning variables and
   functions; forgotten may be NULL. */
void scope_forget(struct scope *scope, const char *name,
                  void (*forgotten)(void *context, const char *names), void *context);

/* The newest entry of this name; NULL = there is none. Borrowed until the scope changes. */
const struct scope_entry *scope_find(const struct scope *scope, const char *name);

/* The concatenated texts of all entries with a smaller serial. Caller frees; NULL: out of memory.
   */
char *scope_text(const struct scope *scope, unsigned before);

#endif
