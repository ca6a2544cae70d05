/*
 * cell - the kind of a cell: commands, or C code with a header line.
 *
 *     %%c link=m          the header, a command of the language
 *     int x = 3;          the rest is C
 *
 * The session reads it before it runs a cell, the front process before completion. A command file
 * (cell_next) contains several cells: a line `%%c` begins a C cell, a line `%%` a cell of commands.
 */
#ifndef MNIST_LANGUAGE_CELL_H
#define MNIST_LANGUAGE_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum { CELL_SIZE_MAX = 4 * 1024 * 1024 }; /* bytes of a cell or of a command file */

struct cell_text {
    bool is_c;
    size_t header_start,
        header_size; /* bytes: the header line without its line end; only if is_c */
};

struct cell_text cell_read(const char *text, size_t size);

/* True if the first command of the cell is `reset`, so that the previous state of the session is
   not needed. */
bool cell_resets(const char *text);

/* False with error (the size and the limit) if a cell of this many bytes is too long to run. */
bool cell_size_check(size_t size, struct error *error);

/* Replaces each lone CR by LF, so that later code handles only LF and CRLF. No other byte
   changes. */
void cell_mend_line_ends(char *text, size_t size);

/* Returns the size in bytes of the cell at *start in the text of a command file, and sets *start
   to the next cell. A line `%%` belongs to no cell. 0: no cell is left, or this cell is empty
   (then *start < size). */
size_t cell_next(const char *text, size_t size, size_t *start);

#endif
