/*
 * cell_probe - the text that libclang parses for a cell, and the mapping of its offsets to the
 * cell's.
 *
 * Used by cell_parse.c. libclang lexes the cell; cell_tokens.h cuts it into chunks, which are
 * written into a probe:
 *
 *     #include "scope"            definitions of earlier cells
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

#define CELL_PROBE            "mnist_cell_"   /* name of the function */
#define CELL_PROBE_FILE       "/mnist/cell.c" /* for libclang; no such files exist */
#define CELL_PROBE_SCOPE_FILE "/mnist/scope.h"

enum { CELL_PROBE_ARGUMENTS_MAX = 68 };

/* A range of bytes of the probe that was copied from the cell. */
struct probe_piece {
    size_t probe, cell, size;
};

/* What the syntax tree shows about a chunk. */
struct chunk_finding {
    bool seen, declares, wrong, skipped;
    CXCursor cursor; /* the first in the chunk */
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
    size_t piece_count;
    CXTranslationUnit unit;
    CXFile file;
};

/* Lexes s->text [s->size], cuts it, writes the probe and parses it after scope. False: out of
   memory, or libclang failed. Caller releases in both cases. */
bool cell_probe_make(struct cell_probe *s, CXIndex index, const char *scope, const json_t *flags);
void cell_probe_release(struct cell_probe *s);

/* The arguments for libclang: the language, then flags, as many as there is room for. Returns their
   number, less than CELL_PROBE_ARGUMENTS_MAX. */
int cell_probe_arguments(const char *arguments[CELL_PROBE_ARGUMENTS_MAX], const json_t *flags);

/* Offset of a location in its file; inside a macro, that of the macro's use. */
size_t cell_probe_offset(CXSourceLocation location);

/* Maps an offset of the probe to the cell; false: the byte is not from the cell. */
bool cell_probe_to_cell(const struct cell_probe *s, size_t probe, size_t *cell);

/* Calls hide(context, token) for each `static` and `inline` in the chunk's head that begins before
   the offset `before`: definitions of cells are visible to later cells. */
void cell_probe_each_hidden(const struct cell_probe *s, const struct chunk *chunk, size_t before,
                            void (*hide)(void *context, const struct token *token), void *context);

#endif
