/*
 * diagnostic - an error with its location in a cell, shown with carets below the location.
 *
 *     train epochs=ten
 *           ^^^^^^^^^^ epochs must be an integer from 1 to 10000, not "ten"
 *
 * The parser reports diagnostics before a cell runs, bound_call.c when a command is about to run,
 * and run functions while it runs (bound_call_diagnostic). The struct belongs to the caller.
 */
#ifndef MNIST_LANGUAGE_DIAGNOSTIC_H
#define MNIST_LANGUAGE_DIAGNOSTIC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"

enum {
    DIAGNOSTIC_TEXT_SIZE = 1024,
    DIAGNOSTICS_MAX = 5, /* kept of one cell; more are only counted */
};

/* A range of the cell's text. */
struct span {
    size_t start; /* bytes from the beginning of the cell */
    size_t size;  /* bytes                                */
    int line;     /* from 1                               */
    int column;   /* code points, from 1                  */
};

struct diagnostic {
    enum error_kind kind; /* ERROR_USAGE, or ERROR_NUMBER (arithmetic), ERROR_SYSTEM (memory) */
    struct span span;
    char text[DIAGNOSTIC_TEXT_SIZE];
};

/* diagnostic_set with a list of values. */
__attribute__((format(printf, 4, 0))) bool diagnostic_set_list(struct diagnostic *diagnostic,
                                                               enum error_kind kind,
                                                               struct span span, const char *format,
                                                               va_list values);

/* Fills diagnostic (which may be NULL) and returns false. */
__attribute__((format(printf, 4, 5))) bool diagnostic_set(struct diagnostic *diagnostic,
                                                          enum error_kind kind, struct span span,
                                                          const char *format, ...);

/* The line of the cell, carets below it, and the message; "line 3:" before it if the cell has
   several lines. `text` is the cell. Further lines of a message are indented below its first
   line. Caller frees; NULL if memory runs out. */
char *diagnostic_print(const struct diagnostic *diagnostic, const char *text, size_t size);

#endif
