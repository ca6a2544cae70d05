/*
 * clang_complete - what may stand at a place of a C cell, and what a word there is: libclang's code completion.
 *
 * Part of mnist-clang. What the cell defines before the place goes to file scope; the piece that the place is in stands at
 * the end, in a function unless it is the body of one itself.
 *
 *     {"start": 12, "matches": [{"text": "printf", "type": "function", "detail": "int printf(const char *format, ...)",
 *                                "comment": ""}, ...]}
 */
#ifndef MNIST_C_CELLS_CLANG_CLANG_COMPLETE_H
#define MNIST_C_CELLS_CLANG_CLANG_COMPLETE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CLANG_COMPLETE_MAX = 200 };

/* cursor: bytes from the text's beginning. whole: only what is called exactly as the word around the cursor. NULL: no memory,
   or libclang failed. Caller owns the answer; start is in bytes. */
json_t *clang_complete(CXIndex index, const char *text, size_t size, size_t cursor, bool whole,
                       const char *scope, const json_t *flags);

#endif
