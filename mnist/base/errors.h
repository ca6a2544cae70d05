/*
 * errors - what went wrong, in words, in a struct that the caller owns.
 *
 * Every function of mnist/ that can fail because of the world (a file, a size, a user's word) takes
 * a `struct error *` and returns false, NULL or -1. The text says where, what was expected, what
 * came, and what to do. A programmer's diagnostic is an assert, never an error.
 */
#ifndef MNIST_BASE_ERRORS_H
#define MNIST_BASE_ERRORS_H

#include <stdbool.h>

enum { ERROR_TEXT_SIZE = 1024 };

enum error_kind {
    ERROR_NONE,
    ERROR_USAGE,       /* a word or value in the cell: name, type, range     */
    ERROR_DATA,        /* a file's content                                   */
    ERROR_SYSTEM,      /* the operating system said no: open, write, memory  */
    ERROR_STATE,       /* a command that needs what is not there (no model)  */
    ERROR_NUMBER,      /* arithmetic: a loss that is NaN, a division by zero */
    ERROR_INTERRUPTED, /* the user asked to stop                             */
};

struct error {
    enum error_kind kind;
    int line; /* where in a text that the caller passed, from 1; 0 = not said */
    char text[ERROR_TEXT_SIZE];
};

/* Fills error (which may be NULL) and returns false, so that `return error_set(...)` reads well. A
   text too long is cut. The text is one line without control characters, whatever a file name or a
   file's content brings (utf8_visible). */
__attribute__((format(printf, 3, 4))) bool error_set(struct error *error, enum error_kind kind,
                                                     const char *format, ...);

/* strerror(number); where a file would be larger than the process may write, also the limit and
   what to do about it. Returns text. */
enum { ERROR_REASON_SIZE = 256 };
const char *error_reason(char text[ERROR_REASON_SIZE], int number);

/* error_set with ": " and error_reason(errno) at the end. */
__attribute__((format(printf, 2, 3))) bool error_system(struct error *error, const char *format,
                                                        ...);

/* error_set for a stop that the user asked for. */
bool error_interrupted(struct error *error);

/* error_set for memory that could not be had: size bytes for what ("the training images"). */
bool error_memory(struct error *error, const char *what, unsigned long long size);

/* The kind's name as a cell's `ename`: "UsageError", "DataError", "KeyboardInterrupt"... Static. */
const char *error_name(enum error_kind kind);

#endif
