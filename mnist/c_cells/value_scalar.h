/*
 * value_scalar - values of C types that have no parts: numbers, characters, strings, pointers.
 *
 * value_print.c calls it for the parts of structs and arrays. A type is the JSON of type_json.h. A
 * number is printed with the fewest digits that give the same value when it is read again.
 */
#ifndef MNIST_C_CELLS_VALUE_SCALAR_H
#define MNIST_C_CELLS_VALUE_SCALAR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A text of the type, such as "name"; "" if there is none. */
const char *value_type_text(const json_t *type, const char *key);

/* True if the type is of this kind: "int", "float", "array" ... */
bool value_type_is(const json_t *type, const char *kind);

/* Bytes of a value. */
size_t value_type_size(const json_t *type);

/* Any value that is neither struct, union nor array. `at` may be unaligned. */
void value_scalar_print(FILE *to, const json_t *type, const void *at);

void value_scalar_integer(FILE *to, int64_t value, bool is_signed);

/* A string in quotes: UTF-8 characters are printed unchanged, invalid bytes and control characters
   as escapes. Longer strings are shortened. */
void value_scalar_characters(FILE *to, const char *bytes, size_t size);

#endif
