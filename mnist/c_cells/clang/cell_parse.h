/*
 * cell_parse - splits a C cell into items: directives, types, functions, variables, statements, a
 * value.
 *
 * Part of the program mnist-clang (main.c). The cell's chunks are written into the body of a
 * function, after the definitions of earlier cells, and parsed by libclang (cell_probe.h): a
 * declaration there is one at file scope, too, and everything else is a statement. C has no nested
 * functions, so only the head of a function is written.
 *
 * The answer is a JSON object; offsets are bytes of the cell's text.
 *
 *     {"items": [
 *        {"kind": "directive", "start": 0, "end": 18},
 *        {"kind": "type",      ..., "names": ["struct point"]},
 *        {"kind": "function",  ..., "name": "f", "type": "int (int)", "body": 30,
 *                                   "hide": [[s, e]], "inline": true},
 *        {"kind": "prototype", ..., "name": "f", "type": "int (int)"},
 *        {"kind": "variables", ..., "type_end": 40, "verbatim": false, "variables":
 *             [{"name": "x", "type": "double", "init": [s, e], "constant": true}]},
 *        {"kind": "statement", ...},
 *        {"kind": "value",     ..., "type": {...}}                     see type_json.h
 *        {"kind": "broken",    ..., "closes": true}],                  for the compiler to report
 *      "tail": 120}       start of the unfinished piece at the end; without one, the text's size
 *
 * A broken piece "closes" if its last bracket is an unmatched closing one; else a bracket is open
 * at its end. "wrong": true marks an item with an error.
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_PARSE_H
#define MNIST_C_CELLS_CLANG_CELL_PARSE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* scope: definitions of earlier cells as C text. flags: options of the compiler, a list of strings.
   NULL: out of memory, or libclang failed. Caller owns the answer. */
json_t *cell_parse(CXIndex index, const char *text, size_t size, const char *scope,
                   const json_t *flags);

#endif
