/*
 * value_print - a C value in words: what a cell answers when its last expression has no semicolon.
 *
 *     3.5     'A' (65)     "text"     RED (0)     {.x = 1, .y = 2}     float[3] {1, 2, 3}     (struct point *) 0x7f..
 *
 * Floats have as many digits as it takes to read the same value back. Large arrays are shortened in the middle.
 */
#ifndef MNIST_C_CELLS_VALUE_PRINT_H
#define MNIST_C_CELLS_VALUE_PRINT_H

#include <jansson.h>

/* type: type_json.h's JSON. value: where it is; of an array, its first element. Memory that cannot be read is said so.
   Caller frees; NULL without memory. */
char *value_print(const json_t *type, const void *value);

#endif
