/*
 * diagnostic - what is wrong in a cell, and where, so that it can be shown with a caret below.
 *
 *     train epochs=ten
 *           ^^^^^^^^^^ epochs wants a whole number from 1 to 10000, not "ten"
 *
 * program.c finds them before anything runs, bound_call.c when a command is about to run, and run
 * functions while it runs (bound_call_diagnostic). The struct belongs to the caller.
 */
#ifndef MNIST_LANGUAGE_DIAGNOSTIC_H
#define MNIST_LANGUAGE_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum {
    DIAGNOSTIC_TEXT_SIZE = 1024,
    DIAGNOSTICS_MAX = 5, /* kept of one cell; more are only counted */
};

/* A piece of the cell's text. */
struct span {
    size_t start; /* bytes from the beginning of the cell */
    size_t size;  /* bytes                                */
    int line;     /* from 1                               */
    int column;   /* code points, from 1                  */
};

struct diagnostic {
    enum error_kind kind; /* ERROR_USAGE unless the arithmetic or the memory failed */
    struct span span;
    char text[DIAGNOSTIC_TEXT_SIZE];
};

/* Fills diagnostic (which may be NULL) and returns false. */
__attribute__((format(printf, 4, 5))) bool diagnostic_set(struct diagnostic *diagnostic,
                                                          enum error_kind kind, struct span span,
                                                          const char *format, ...);

/* The cell's line, carets below, the text; "line 3:" before it when the cell has more than one
   line. `text` is the cell. A text of several lines goes on below its first. Caller frees; NULL
   when out of memory. */
char *diagnostic_print(const struct diagnostic *diagnostic, const char *text, size_t size);

#endif
