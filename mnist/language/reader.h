/*
 * reader - the state of reading one cell: its text and the diagnostics found so far.
 *
 * Private to program.c, parse_statement.c and argument_check.c. Reading continues after a
 * diagnostic, so that a cell with several errors shows all of them. The first DIAGNOSTICS_MAX are
 * kept, the others are counted.
 */
#ifndef MNIST_LANGUAGE_READER_H
#define MNIST_LANGUAGE_READER_H

#include "mnist/language/cell.h"
#include "mnist/language/diagnostic.h"

struct statement;

struct reader {
    const char *text;
    struct diagnostic diagnostics[DIAGNOSTICS_MAX];
    size_t diagnostic_count;       /* including those that are not kept                       */
    struct cell_text cell;         /* `%%c` is allowed only in the line of the cell's header  */
    bool failed;                   /* out of memory                                           */
    const struct statement *above; /* the statements before the line that is read             */
    size_t above_count;
};

/* Adds a diagnostic, unless there is one with the same location. */
void reader_report(struct reader *reader, const struct diagnostic *diagnostic);
__attribute__((format(printf, 3, 4))) void reader_diagnostic(struct reader *reader,
                                                             struct span span, const char *format,
                                                             ...);

/* array_grow; sets reader->failed and returns NULL if memory runs out. count must be below
   maximum. */
void *reader_grow(struct reader *reader, void *items, size_t count, size_t item_size,
                  size_t maximum);

#endif
