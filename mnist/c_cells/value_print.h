/*
 * value_print - a C value as text: the result of a cell whose last expression has no semicolon.
 *
 *     3.5     'A' (65)     "text"     RED (0)     {.x = 1, .y = 2}     float[3] {1, 2, 3}
 *     (struct point *) 0x7f..
 *
 * Floats have the smallest number of digits that reads back as the same value. Long arrays are
 * shortened in the middle. cell_run.c calls it with the type that mnist-clang has described
 * (type_json.h).
 */
#ifndef MNIST_C_CELLS_VALUE_PRINT_H
#define MNIST_C_CELLS_VALUE_PRINT_H

#include <jansson.h>

/* type: JSON of type_json.h. value: its address; of an array, that of the first element. An
   unreadable string is printed as its address. Caller frees; NULL: out of memory. */
char *value_print(const json_t *type, const void *value);

#endif
