/*
 * translation_unit - the translation unit that a C cell becomes.
 *
 * From the cell's text and what split.h says of it. Definitions go to file scope, statements into one function, in
 * their order; each keeps its line and column (#line and blanks), so that the compiler's messages and the debugger's lines are
 * those of the cell.
 *
 *     #include "scope.h"                       what earlier cells defined (scope.h)
 *     #pragma redefine_extname f f$3           this cell's own symbols
 *     int f(int a) { return a; }
 *     __typeof__(int) x;                       a value that is not constant is given where it stands:
 *     void mnist_cell(void)
 *     {
 *         x = f(2);
 *         printf("%d\n", x);
 *         { __auto_type value = (x + 1); mnist_c_value(&value); }
 *     }
 */
#ifndef MNIST_C_CELLS_TRANSLATION_UNIT_H
#define MNIST_C_CELLS_TRANSLATION_UNIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "mnist/c_cells/scope.h"

#define TRANSLATION_UNIT_ENTRY "mnist_cell_" /* the function's name */

struct translation_unit {
    char *source;
    json_t *value; /* the type of the cell's value (type_json.h); NULL = none. Owned by items */
    char *notes;   /* lines for the user: what was forgotten; "" = nothing                  */
};

/* items: split.h's answer, borrowed while the unit lives. scope is what it will be once the cell is loaded. name: the cell's
   file in messages, serial: a number no other cell of this session has. False: no memory. Caller releases. */
bool translation_unit_make(struct translation_unit *unit, struct scope *scope, const char *text,
                           const json_t *items, const char *name, unsigned serial);
void translation_unit_release(struct translation_unit *unit);

#endif
