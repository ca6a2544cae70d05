/*
 * split_probe - what libclang is given of a cell, and the way back from there to the cell's text.
 *
 * Part of split.c, which asks it. The cell's chunks are lexed by libclang and cut (chunks.h), then written into a probe:
 *
 *     #include "scope"            what earlier cells defined
 *     the cell's directives       up to its last #include
 *     void mnist_cell_(void) {    the chunks, other directives; heads of functions
 *     }
 */
#ifndef MNIST_C_SPLIT_PROBE_H
#define MNIST_C_SPLIT_PROBE_H

#include <clang-c/Index.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mnist/c/chunks.h"

#define SPLIT_PROBE "mnist_cell_" /* the function */

/* Bytes of the probe that stand for bytes of the cell. */
struct piece {
    size_t probe, cell, size;
};

/* What the tree said of a chunk. */
struct finding {
    bool seen, declares, wrong, skipped;
    CXCursor cursor; /* the first one of the chunk */
};

struct split {
    const char *text;
    size_t size;
    struct token *tokens;
    size_t token_count;
    struct chunks chunks;
    struct finding *findings;
    char *probe;
    size_t probe_size;
    FILE *writer;
    struct piece *pieces;
    size_t piece_count, piece_capacity;
    CXTranslationUnit unit;
    CXFile file;
};

/* Lexes text, of which s has the size; cuts; writes the probe; parses it behind scope. False: no memory, or libclang failed. */
bool split_probe_make(struct split *s, CXIndex index, const char *scope, const json_t *flags);
void split_probe_release(struct split *s);

/* Offset of a place, in its file, where a macro is used rather than where it was written. */
size_t split_offset(CXSourceLocation location);

/* The cell's offset for one of the probe; false: of what we wrote ourselves. */
bool split_to_cell(const struct split *s, size_t probe, size_t *cell);

/* The words of a declaration's head that say how it is linked: they are not for a cell. Calls hide(context, token) for
   each, before `before`. */
void split_each_hidden(const struct split *s, const struct chunk *chunk, size_t before,
                       void (*hide)(void *context, const struct token *token), void *context);

#endif
