/*
 * type_json - a C type as JSON, with all that is needed to print a value of it.
 *
 *     {"k": "int", "size": 4, "signed": true, "name": "int"}         also "bool", "char", "float" (by size), "void"
 *     {"k": "enum", "size": 4, "name": "enum color", "values": [["RED", 0], ...]}
 *     {"k": "pointer", "name": "struct point *", "text": true}       text: to char
 *     {"k": "array", "count": 3, "of": {...}}
 *     {"k": "struct", "name": "struct point", "size": 8, "fields": [["x", bit, width (-1 = whole), {...}], ...]}
 *     {"k": "union", ...}, {"k": "function", ...}, {"k": "complex", ...}, {"k": "other", "size": 16, "name": "..."}
 */
#ifndef MNIST_C_CELLS_CLANG_TYPE_JSON_H
#define MNIST_C_CELLS_CLANG_TYPE_JSON_H

#include <clang-c/Index.h>
#include <jansson.h>

/* Caller owns the answer; NULL without memory. */
json_t *type_json(CXType type);

#endif
