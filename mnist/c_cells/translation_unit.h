/*
 * translation_unit - makes the C source that is compiled from a cell.
 *
 * Input: the cell's text, and its items as mnist-clang has split it (clang/cell_parse.h).
 * Definitions go to file scope, statements into one function, in their order. #line directives and
 * blanks keep the line and column of each piece, so messages of the compiler and lines in a
 * traceback are those of the cell.
 *
 *     double f(double a) __asm__("f$2");       the scope: definitions of earlier cells (scope.h)
 *     #pragma redefine_extname x x$3           symbols of this cell's variables
 *     int g(int a) __asm__("g$3");             a function: declared with its symbol, then defined
 *     int g(int a) { return a; }
 *     __typeof__(int) x;                       a variable; its value is assigned below
 *     void mnist_cell_...(void)
 *     {
 *         x = g(2);
 *         printf("%d\n", x);
 *         { __auto_type mnist_value_ = (x + 1); mnist_c_value(&mnist_value_); }
 *     }
 */
#ifndef MNIST_C_CELLS_TRANSLATION_UNIT_H
#define MNIST_C_CELLS_TRANSLATION_UNIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "mnist/c_cells/scope.h"

#define TRANSLATION_UNIT_ENTRY "mnist_cell_" /* the function's name, followed by the serial */

struct translation_unit {
    char *source;
    json_t
        *value;  /* the type of the cell's value (type_json.h); NULL = none. Borrowed from items */
    char *notes; /* lines for the user about forgotten definitions; "" = none              */
};

/* items: of the answer of mnist-clang, borrowed while the unit exists. The cell's entries are added
   to scope. name: the file name in messages ("cell 3"). serial: unique in the session. False: out
   of memory. Caller releases in both cases. */
bool translation_unit_make(struct translation_unit *unit, struct scope *scope, const char *text,
                           const json_t *items, const char *name, unsigned serial);
void translation_unit_release(struct translation_unit *unit);

#endif
