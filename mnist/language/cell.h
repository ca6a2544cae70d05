/*
 * cell - which language a cell is written in, and where its C begins.
 *
 *     %%c link=m          a cell of C: its first line is a command of the language, the rest is C
 *     int x = 3;
 *
 * The session asks before it runs a cell, the front before it completes; a file of cells
 * (cell_next) has several, one after the other: a line %%c begins one of C, a line %% one of
 * commands.
 */
#ifndef MNIST_LANGUAGE_CELL_H
#define MNIST_LANGUAGE_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum { CELL_SIZE_MAX = 4 * 1024 * 1024 }; /* bytes of a cell; also of a file of cells */

struct cell_text {
    bool is_c;
    size_t header_start, header_size; /* bytes: the line %%c without its end; is_c only */
};

struct cell_text cell_read(const char *text, size_t size);

/* The first command of the cell is `reset`: nothing of the session before it is needed. */
bool cell_resets(const char *text);

/* Whether a cell of this many bytes may run; else error states its size and the limit. */
bool cell_size_check(size_t size, struct error *error);

/* A line ends in LF, CRLF, or a lone CR. Each lone CR in the text becomes LF, so that whatever
   reads lines afterwards needs to know LF alone; no other byte changes or moves. */
void cell_mend_line_ends(char *text, size_t size);

/* The cell that begins at *start of a file's text: its size in bytes; *start is then the next
   one's. A line with %% alone belongs to no cell. 0: there is none any more, or it is empty (then
   *start < size). */
size_t cell_next(const char *text, size_t size, size_t *start);

#endif
