/*
 * cell_parse - what each piece of a C cell is: libclang parses, this file asks it.
 *
 * Part of the program mnist-clang (main.c). The cell's chunks are written into the body of a function, behind
 * what earlier cells have defined, and parsed: a declaration there is one at file scope, too, and everything else is a
 * statement. Of a function only the head is shown, since C has none inside another.
 *
 * The answer is a JSON object; offsets are bytes of the cell's text.
 *
 *     {"items": [
 *        {"kind": "directive", "start": 0, "end": 18},
 *        {"kind": "type",      ..., "names": ["struct point"]},
 *        {"kind": "function",  ..., "name": "f", "type": "int (int)", "body": 30, "hide": [[s, e]], "inline": true},
 *        {"kind": "prototype", ..., "names": ["f"]},
 *        {"kind": "variables", ..., "type_end": 40, "verbatim": false, "variables":
 *             [{"name": "x", "type": "double", "init": [s, e], "constant": true}]},
 *        {"kind": "statement", ...},
 *        {"kind": "value",     ..., "type": {...}}                     see type_json.h
 *        {"kind": "broken",    ..., "closes": true}],                                  for the compiler to judge
 *      "tail": 120}       where the piece begins that nothing ends; the text's size if there is none
 *
 * A broken piece "closes" when its last bracket closes one that was never opened; else one is open at the end.
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_PARSE_H
#define MNIST_C_CELLS_CLANG_CELL_PARSE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* scope: what earlier cells defined, as C. flags: of the compiler, a list of texts. NULL: no memory, or libclang failed.
   Caller owns the answer. */
json_t *cell_parse(CXIndex index, const char *text, size_t size, const char *scope,
                   const json_t *flags);

#endif
