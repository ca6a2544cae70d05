/*
 * unit - the translation unit that a C cell becomes.
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
#ifndef MNIST_C_UNIT_H
#define MNIST_C_UNIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "mnist/c/scope.h"

#define UNIT_ENTRY "mnist_cell_" /* the function's name */

struct unit {
    char *source;
    json_t *value; /* the type of the cell's value (describe.h); NULL = none. Owned by items */
    char *notes;   /* lines for the user: what was forgotten; "" = nothing                  */
};

/* items: split.h's answer, borrowed while the unit lives. scope is what it will be once the cell is loaded. name: the cell's
   file in messages, serial: a number no other cell of this session has. False: no memory. Caller releases. */
bool unit_make(struct unit *unit, struct scope *scope, const char *text, const json_t *items,
               const char *name, unsigned serial);
void unit_release(struct unit *unit);

#endif
