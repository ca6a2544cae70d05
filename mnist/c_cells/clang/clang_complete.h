/*
 * clang_complete - completion and inspection in a C cell, by libclang's code completion.
 *
 * Part of mnist-clang. The text that libclang completes has the definitions of the cell before the
 * cursor at file scope, and at its end the unfinished piece that contains the cursor: inside a
 * function, unless it is the body of one.
 *
 *     {"start": 12, "matches": [{"text": "printf", "type": "function",
 *                                "detail": "int printf(const char *format, ...)",
 *                                "comment": ""}, ...]}
 */
#ifndef MNIST_C_CELLS_CLANG_CLANG_COMPLETE_H
#define MNIST_C_CELLS_CLANG_CLANG_COMPLETE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CLANG_COMPLETE_MAX = 200 };

/* cursor: a byte offset of the text. whole: returns only the name that equals the word around the
   cursor. Returns at most CLANG_COMPLETE_MAX matches; "start" is a byte offset. NULL: out of
   memory, or libclang failed. Caller owns the answer. */
json_t *clang_complete(CXIndex index, const char *text, size_t size, size_t cursor, bool whole,
                       const char *scope, const json_t *flags);

#endif
