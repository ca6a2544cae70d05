/*
 * cell_probe - what libclang is given of a cell, and the way back from there to the cell's text.
 *
 * Part of split.c, which asks it. The cell's chunks are lexed by libclang and cut (cell_tokens.h), then written into a probe:
 *
 *     #include "scope"            what earlier cells defined
 *     the cell's directives       up to its last #include
 *     void mnist_cell_(void) {    the chunks, other directives; heads of functions
 *     }
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_PROBE_H
#define MNIST_C_CELLS_CLANG_CELL_PROBE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/c_cells/clang/cell_tokens.h"

#define CELL_PROBE "mnist_cell_" /* the function */

/* Bytes of the probe that stand for bytes of the cell. */
struct probe_piece {
    size_t probe, cell, size;
};

/* What the tree said of a chunk. */
struct chunk_finding {
    bool seen, declares, wrong, skipped;
    CXCursor cursor; /* the first one of the chunk */
};

struct cell_probe {
    const char *text;
    size_t size;
    struct token *tokens;
    size_t token_count;
    struct cell_tokens chunks;
    struct chunk_finding *findings;
    char *probe;
    size_t probe_size;
    FILE *writer;
    struct probe_piece *pieces;
    size_t piece_count, piece_capacity;
    CXTranslationUnit unit;
    CXFile file;
};

/* Lexes text, of which s has the size; cuts; writes the probe; parses it behind scope. False: no memory, or libclang failed. */
bool cell_probe_make(struct cell_probe *s, CXIndex index, const char *scope, const json_t *flags);
void cell_probe_release(struct cell_probe *s);

/* Offset of a place, in its file, where a macro is used rather than where it was written. */
size_t cell_probe_offset(CXSourceLocation location);

/* The cell's offset for one of the probe; false: of what we wrote ourselves. */
bool cell_probe_to_cell(const struct cell_probe *s, size_t probe, size_t *cell);

/* The words of a declaration's head that say how it is linked: they are not for a cell. Calls hide(context, token) for
   each, before `before`. */
void cell_probe_each_hidden(const struct cell_probe *s, const struct chunk *chunk, size_t before,
                            void (*hide)(void *context, const struct token *token), void *context);

#endif
