/*
 * type_json - describes a C type as JSON, with the names, sizes and offsets that value_print.c
 * needs.
 *
 *     {"k": "int", "size": 4, "signed": true, "name": "int"}
 *                         also "bool", "char", "float" (any size), "complex", "void", "function"
 *     {"k": "enum", "size": 4, "name": "enum color", "values": [["RED", 0], ...]}
 *     {"k": "pointer", "name": "struct point *", "text": true}       text: a pointer to char
 *     {"k": "array", "count": 3, "of": {...}}
 *     {"k": "struct", "name": "struct point", "size": 8,             also "union"
 *                     "fields": [["x", bit offset, width (-1 = not a bit-field), {...}], ...]}
 *     {"k": "other", "size": 16, "name": "..."}                      also beyond DEPTH_MAX levels
 */
#ifndef MNIST_C_CELLS_CLANG_TYPE_JSON_H
#define MNIST_C_CELLS_CLANG_TYPE_JSON_H

#include <clang-c/Index.h>
#include <jansson.h>

/* Caller owns the result; NULL: out of memory. */
json_t *type_json(CXType type);

#endif
